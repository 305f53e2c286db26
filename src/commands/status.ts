import { totals, type Receipt } from '../../operators/batch.ts';
import type { EpochRecord, FileState, FileVersion } from '../../state/records.ts';
import type { StateStore } from '../../state/store.ts';
import type { Invocation } from '../cli/invocation.ts';
import { describeHolder, lockHolder, type LockHolder } from '../lock.ts';
import { parseRefusal, readState, type Refusal } from '../state-reader.ts';
import { formatCount, formatDuration, plural, printable } from '../terminal/format.ts';
import { placed } from '../terminal/receipt.ts';
import { describePulse } from '../terminal/describe-pulse.ts';
import { renderTable } from '../terminal/table.ts';
import type * as PulseModule from '../watch/pulse.ts';
import type { Pulse } from '../watch/pulse.ts';

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

/** What an epoch did, in short. */
interface RecentEpoch {
  readonly epoch: number;
  readonly committedAt: string;
  readonly files: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly durationMs: number;
}

/** All that `marquee status` says. */
interface Status {
  readonly root: string;
  readonly holder: LockHolder | null;
  readonly epoch: number | null;
  readonly committedAt: string | null;
  readonly receipt: Receipt | null;
  /** The last epochs, newest first. */
  readonly recent: readonly RecentEpoch[];
  /** How the watcher that holds the root is; null where none does, or where it hasn't said yet. */
  readonly watcher: Pulse | null;
  /** Milliseconds that the oldest drop has been waiting; 0 where none does, null where no watcher tells. */
  readonly lagMs: number | null;
  readonly quarantined: number;
  readonly held: number;
  readonly rejected: number;
  readonly files: readonly FileLine[];
  readonly untaken: readonly Untaken[];
}

/** `marquee status`: what is in force, and what is not and why. Works beside a running pipeline. */
export async function run({ root, json, options }: Invocation): Promise<number> {
  const look = async (): Promise<string> => {
    const holder = lockHolder(root);
    // Loaded only where there is a watcher to tell of: a status should be there at once.
    const pulses = holder === null ? null : await import('../watch/pulse.ts');
    const status = readState(root, (state) => collect(root, state, holder, pulses));
    return json ? `${JSON.stringify(status)}\n` : describe(status, pulses?.restMs ?? 0);
  };
  if (options['follow'] === true) {
    const { follow } = await import('../terminal/follow.ts');
    await follow(look, { isClearing: process.stdout.isTTY && !json });
  } else process.stdout.write(await look());
  return 0;
}

/** Epochs that are listed. */
const maxRecent = 5;

/** How to read what a watcher says of itself. */
type Pulses = Pick<typeof PulseModule, 'parsePulse' | 'pulseKey'>;

function collect(root: string, state: StateStore, holder: LockHolder | null, pulses: Pulses | null): Status {
  const states = state.fileStates();
  const epoch = state.lastEpoch();
  const untaken = states.flatMap((file) => toUntaken(file, state));
  const pulse = pulses?.parsePulse(state.meta(pulses.pulseKey)) ?? null;
  // What a watcher that is gone said last is of no interest.
  const watcher = holder !== null && pulse?.pid === holder.pid ? pulse : null;
  return {
    root,
    holder,
    recent: state.history(maxRecent).flatMap(toRecent),
    watcher,
    lagMs: watcher === null ? null : watcher.oldestAtMs === null ? 0 : Date.now() - watcher.oldestAtMs,
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

function toRecent({ epoch, committedAtMs, receipt: text }: EpochRecord): readonly RecentEpoch[] {
  if (typeof committedAtMs !== 'number' || typeof text !== 'string') return [];
  const { files, timings } = JSON.parse(text) as Receipt;
  const durationMs = Object.values(timings).reduce((sum, ms) => sum + ms, 0);
  const committedAt = new Date(committedAtMs).toISOString();
  return [{ epoch, committedAt, files: files.length, ...totals(files), durationMs: Math.round(durationMs) }];
}

function toLine(source: string, file: string, version: FileVersion): FileLine {
  const { shape, records, quarantined, epoch } = version;
  return { source, path: `raw/${file}`, shape, records, quarantined, epoch };
}

function toUntaken(
  { file, inForce, unaccepted }: FileState,
  state: Pick<StateStore, 'isAccepted'>,
): readonly Untaken[] {
  if (unaccepted === null) return [];
  const isAccepted = unaccepted.status === 'held' && state.isAccepted(unaccepted.fingerprint);
  return [
    {
      path: `raw/${file.path}`,
      status: unaccepted.status === 'held' ? 'held' : 'rejected',
      fingerprint: unaccepted.fingerprint,
      hasVersionInForce: inForce !== null,
      ...parseRefusal(unaccepted.reason),
      ...(isAccepted ? { hint: 'accepted: marquee backfill, or a watcher, takes it' } : {}),
    },
  ];
}

function describe(status: Status, restMs: number): string {
  const lines = [printable(status.root), describeEpoch(status)];
  if (status.holder !== null) lines.push(`held by ${describeHolder(status.holder)}`);
  lines.push(...describeWatcher(status, restMs));
  if (status.recent.length > 1) lines.push('', ...status.recent.map(describeRecent));
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

function describeWatcher({ watcher, epoch, held }: Status, restMs: number): readonly string[] {
  if (watcher === null) return [];
  const silentMs = Date.now() - watcher.atMs;
  const stale = silentMs > 3 * restMs ? ` (not heard of for ${formatDuration(silentMs)})` : '';
  return describePulse(watcher, { epoch, held }).map((line) => `watcher: ${line}${stale}`);
}

function describeRecent(epoch: RecentEpoch): string {
  const counts = (['inserted', 'updated', 'deleted'] as const)
    .filter((what) => epoch[what] > 0)
    .map((what) => `${formatCount(epoch[what])} ${what}`);
  const changes = counts.length === 0 ? 'no record changed' : counts.join(', ');
  return `epoch ${epoch.epoch}, ${epoch.committedAt}: ${plural(epoch.files, 'file')}, ${changes}, ${formatDuration(epoch.durationMs)}`;
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
