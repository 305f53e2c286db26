import { distinctUntilChanged, fromEvent, lastValueFrom, map, merge, takeUntil, tap, timer } from 'rxjs';
import type { Receipt } from '../../operators/batch.ts';
import type { FileState, FileVersion } from '../../state/records.ts';
import type { StateStore } from '../../state/store.ts';
import type { Invocation } from '../cli/invocation.ts';
import { describeHolder, lockHolder, type LockHolder } from '../lock.ts';
import { parseRefusal, readState, type Refusal } from '../state-reader.ts';
import { formatDuration, plural, printable } from '../terminal/format.ts';
import { placed } from '../terminal/receipt.ts';
import { renderTable } from '../terminal/table.ts';

/** A file and the version of it that counts. */
interface FileLine {
  readonly source: string;
  readonly path: string;
  readonly shape: string | null;
  readonly records: number;
  readonly quarantined: number;
  readonly epoch: number | null;
}

/** A version that was seen and not taken. */
interface Untaken extends Refusal {
  readonly path: string;
  readonly status: 'held' | 'rejected';
  readonly fingerprint: string;
  /** Whether an earlier version of the file is in force meanwhile. */
  readonly hasVersionInForce: boolean;
}

/** All that `marquee status` says. */
interface Status {
  readonly root: string;
  readonly holder: LockHolder | null;
  readonly epoch: number | null;
  readonly committedAt: string | null;
  readonly receipt: Receipt | null;
  readonly quarantined: number;
  readonly held: number;
  readonly rejected: number;
  readonly files: readonly FileLine[];
  readonly untaken: readonly Untaken[];
}

/** `marquee status`: what is in force, and what is not and why. Works beside a running pipeline. */
export async function run({ root, json, options }: Invocation): Promise<number> {
  const look = (): string => {
    const status = readState(root, (state) => collect(root, state));
    return json ? `${JSON.stringify(status)}\n` : describe(status);
  };
  if (options['follow'] !== true) {
    process.stdout.write(look());
    return 0;
  }
  const statuses = timer(0, followMs).pipe(
    map(look),
    distinctUntilChanged(),
    takeUntil(merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'))),
    tap((text) => process.stdout.write(process.stdout.isTTY && !json ? `${clearScreen}${text}` : text)),
  );
  await lastValueFrom(statuses, { defaultValue: null });
  return 0;
}

/** How often `--follow` looks; it prints what is new. */
const followMs = 1000;

/** Cursor to the top, everything below erased. */
const clearScreen = '\u001b[H\u001b[J';

function collect(root: string, state: StateStore): Status {
  const states = state.fileStates();
  const epoch = state.lastEpoch();
  const untaken = states.flatMap(toUntaken);
  return {
    root,
    holder: lockHolder(root),
    epoch: epoch?.epoch ?? null,
    committedAt:
      typeof epoch?.committedAtMs === 'number' ? new Date(epoch.committedAtMs).toISOString() : null,
    receipt: typeof epoch?.receipt === 'string' ? (JSON.parse(epoch.receipt) as Receipt) : null,
    quarantined: state.quarantineCounts().reduce((sum, { entries }) => sum + entries, 0),
    held: untaken.filter(({ status }) => status === 'held').length,
    rejected: untaken.filter(({ status }) => status === 'rejected').length,
    files: states.flatMap(({ file, inForce }) =>
      inForce === null ? [] : [toLine(file.source, file.path, inForce)],
    ),
    untaken,
  };
}

function toLine(source: string, file: string, version: FileVersion): FileLine {
  const { shape, records, quarantined, epoch } = version;
  return { source, path: `raw/${file}`, shape, records, quarantined, epoch };
}

function toUntaken({ file, inForce, unaccepted }: FileState): readonly Untaken[] {
  if (unaccepted === null) return [];
  return [
    {
      path: `raw/${file.path}`,
      status: unaccepted.status === 'held' ? 'held' : 'rejected',
      fingerprint: unaccepted.fingerprint,
      hasVersionInForce: inForce !== null,
      ...parseRefusal(unaccepted.reason),
    },
  ];
}

function describe(status: Status): string {
  const lines = [printable(status.root), describeEpoch(status)];
  if (status.holder !== null) lines.push(`held by ${describeHolder(status.holder)}`);
  if (status.files.length > 0) {
    const columns = ['file', 'shape', 'records', 'quarantined', 'epoch'];
    const table = renderTable(
      columns.map((name, index) => ({ name, isNumber: index > 1 })),
      status.files.map((file) => [file.path, file.shape, file.records, file.quarantined, file.epoch]),
      { width: process.stdout.columns || 120, cell: 60 },
    );
    lines.push('', table.trimEnd());
  }
  for (const file of status.untaken) lines.push('', ...describeUntaken(file));
  lines.push('', describeQuarantine(status.quarantined));
  return `${lines.join('\n')}\n`;
}

function describeEpoch({ epoch, committedAt, receipt }: Status): string {
  if (epoch === null || committedAt === null) return 'no epoch was committed yet; run `marquee backfill`';
  const at = `epoch ${epoch}, committed ${committedAt}`;
  if (receipt === null) return at;
  const elapsed = Object.values(receipt.timings).reduce((sum, ms) => sum + ms, 0);
  const films = `${plural(receipt.films.total, 'film')}, ${plural(receipt.films.affected, 'film')} affected`;
  return `${at}: ${films}, from ${plural(receipt.files.length, 'file')} in ${formatDuration(elapsed)}`;
}

function describeUntaken({ path, status, message, hint, hasVersionInForce }: Untaken): readonly string[] {
  const stays = hasVersionInForce ? '; its earlier version stays in force' : '';
  return [
    `${status}: ${placed(path, message)}${stays}`,
    ...(hint === undefined ? [] : [printable(`  next: ${hint}`)]),
  ];
}

function describeQuarantine(count: number): string {
  return count === 0
    ? 'nothing is quarantined'
    : `${plural(count, 'entry', 'entries')} in quarantine; see \`marquee quarantine\``;
}
