import { totals, type FileAccount, type Receipt } from '../../operators/batch.ts';
import { formatCount, formatDuration, plural, printable } from './format.ts';

/** Files said one by one: of those that went well, and of those that did not. */
const maxFiles = 20;

/** Columns named of one file that nobody reads. */
const maxUnread = 6;

/** A drop receipt as lines for a person. */
export function describeReceipt(receipt: Receipt): string[] {
  const lines = [
    `epoch ${receipt.epoch}: ${plural(receipt.files.length, 'file')}, ${plural(receipt.films.affected, 'film')} ${receipt.scope === 'everything' ? 'computed' : 'affected'}, ${formatCount(receipt.films.total)} in all`,
  ];
  lines.push(...describeFiles(receipt.files));
  const partitions = receipt.partitionsRewritten.length;
  lines.push(
    `  rewritten: ${plural(partitions, 'partition')}, ${plural(receipt.aggregatesRewritten.length, 'aggregate')}`,
  );
  if (receipt.proportionality !== null && receipt.scope === 'changes') {
    const { bytesReadPerRow, rowsRecomputedPerRow, bytesWrittenPerRow } = receipt.proportionality;
    const parts = [
      `${formatCount(Math.round(bytesReadPerRow))} bytes read`,
      `${formatCount(Math.round(rowsRecomputedPerRow))} rows recomputed`,
      ...(bytesWrittenPerRow === null
        ? []
        : [`${formatCount(Math.round(bytesWrittenPerRow))} bytes written`]),
    ];
    lines.push(`  work per changed row: ${parts.join(', ')}`);
  }
  const timings = Object.entries(receipt.timings).map(([stage, ms]) => `${stage} ${formatDuration(ms)}`);
  lines.push(`  time: ${timings.join(', ')}`);
  return lines;
}

/** A reason with the file it is about, fit to print. One that knows its line begins so: `raw/cpi/x.csv:12: got ...` */
export function placed(path: string, message: string): string {
  return printable(message.startsWith(path) ? message : `${path}: ${message}`);
}

function describeFiles(files: readonly FileAccount[]): string[] {
  const fine = files.filter(({ reason }) => reason === null);
  const refused = files.filter(({ reason }) => reason !== null);
  const shown = new Set([...fine.slice(0, maxFiles), ...refused.slice(0, maxFiles)]);
  const lines = files.filter((file) => shown.has(file)).flatMap(describeFile);
  const rest = fine.slice(maxFiles);
  if (rest.length > 0) {
    const { inserted, updated, deleted } = totals(rest);
    const changes = `${formatCount(inserted)} inserted, ${formatCount(updated)} updated, ${formatCount(deleted)} deleted`;
    lines.push(`  and ${plural(rest.length, 'more file')}: ${changes}`);
  }
  if (refused.length > maxFiles) {
    lines.push(
      `  and ${plural(refused.length - maxFiles, 'more file')} not taken: marquee status names them all`,
    );
  }
  return lines;
}

function describeFile(file: FileAccount): string[] {
  const counts = [
    ['inserted', file.inserted],
    ['updated', file.updated],
    ['deleted', file.deleted],
    ['unchanged', file.unchanged],
    ['shadowed', file.shadowed],
    ['quarantined', file.quarantined],
    ['healed', file.healed],
  ] as const;
  const said = counts
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${formatCount(count)} ${what}`);
  const shape = file.shape === null ? '' : ` (${file.shape})`;
  const name = printable(file.file.path);
  const { reason } = file;
  if (reason === null) {
    return [
      `  ${file.status} ${name}${shape}: ${said.length === 0 ? 'no records' : said.join(', ')}`,
      ...describeUnread(file),
    ];
  }
  return [
    `  ${file.status} ${placed(`raw/${file.file.path}`, reason.message)}`,
    `    next: ${printable(reason.hint)}`,
  ];
}

/**
 * Columns that nobody reads: of a file that is new all the first ones, of one that was there before those alone that
 * look like a slip of the pen.
 */
function describeUnread({ unread = [], unchanged, updated, deleted, status }: FileAccount): string[] {
  if (status !== 'taken') return [];
  const slips = unread.filter(({ meant }) => meant !== null);
  const isNew = unchanged + updated + deleted === 0;
  const told = isNew ? [...slips, ...unread.filter(({ meant }) => meant === null)] : slips;
  if (told.length === 0) return [];
  const names = told
    .slice(0, maxUnread)
    .map(({ header, meant }) => printable(meant === null ? header : `${header} (did you mean ${meant}?)`));
  const rest = told.length > maxUnread ? ` and ${plural(told.length - maxUnread, 'more column')}` : '';
  return [`    not read: ${names.join(', ')}${rest}`];
}
