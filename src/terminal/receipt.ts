import type { FileAccount, Receipt } from '../../operators/batch.ts';
import { formatCount, formatDuration, plural } from './format.ts';

/** A drop receipt as lines for a person. */
export function describeReceipt(receipt: Receipt): string[] {
  const lines = [
    `epoch ${receipt.epoch}: ${plural(receipt.files.length, 'file')}, ${plural(receipt.films.affected, 'film')} of ${formatCount(receipt.films.total)} ${receipt.scope === 'everything' ? 'computed' : 'affected'}`,
  ];
  for (const file of receipt.files) lines.push(...describeFile(file));
  const partitions = receipt.partitionsRewritten.length;
  lines.push(
    `  rewritten: ${plural(partitions, 'partition')}, ${plural(receipt.aggregatesRewritten.length, 'aggregate')}`,
  );
  if (receipt.proportionality !== null && receipt.scope === 'changes') {
    const { bytesReadPerRow, rowsRecomputedPerRow } = receipt.proportionality;
    lines.push(
      `  work per changed row: ${formatCount(Math.round(bytesReadPerRow))} bytes read, ${formatCount(Math.round(rowsRecomputedPerRow))} rows recomputed`,
    );
  }
  const timings = Object.entries(receipt.timings).map(([stage, ms]) => `${stage} ${formatDuration(ms)}`);
  lines.push(`  time: ${timings.join(', ')}`);
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
  const said = counts.filter(([, count]) => count > 0).map(([what, count]) => `${formatCount(count)} ${what}`);
  const shape = file.shape === null ? '' : ` (${file.shape})`;
  const head = `  ${file.status} ${file.file.path}${shape}: ${said.length === 0 ? 'no records' : said.join(', ')}`;
  if (file.reason === null) return [head];
  return [`  ${file.status} ${file.file.path}: ${file.reason.message}`, `    next: ${file.reason.hint}`];
}
