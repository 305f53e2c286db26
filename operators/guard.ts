import type { OperatorFunction } from 'rxjs';
import type { CellLoss } from '../src/engine/engine.ts';
import type { FileRecord, FileVersion } from '../state/records.ts';
import type { StateStore } from '../state/store.ts';
import type { FileWork, Work } from './batch.ts';
import { stageStep, type StageTools } from './stage-step.ts';

/** What `guard` needs. */
export interface GuardDeps extends StageTools {
  readonly state: StateStore;
  /** Judge files that have at least this many records in force. */
  readonly minRows: number;
  /** The share of records, or of a guarded column's cells, that may go without a question. */
  readonly maxLossShare: number;
  /** False where whatever comes is taken, because a person said so. */
  readonly isOn: boolean;
  /** False where marquee itself changed: that other records come out may be its doing. What is gone or cut off is not. */
  readonly isJudgingContents: boolean;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Sources whose folder went away as a whole. */
  vanished(batch: Work): ReadonlySet<string>;
  /** Keeps the rows of a version whose bytes stand no more in raw/ where losing the warehouse can't lose them. */
  keepInForce(file: FileRecord, version: FileVersion): Promise<void>;
}

/**
 * Holds drops that would lose implausibly much: the previous version stays in force until a person accepts.
 *
 * 1. Judged is each file against its version in force: the share of records that would go (of a source without
 *    record keys the net loss, since there a changed record is one that goes and one that comes), and for each
 *    guarded column the share of its cells that would become null.
 * 2. A removal is held where its whole source vanished; a single removed file is a person's decision, unless its
 *    bytes turn up elsewhere in the batch, which is a move and always fine.
 * 3. A file that was cut off may not lose a single record: the rest of them may just not have arrived.
 * 4. An accepted fingerprint passes, and so do a first version and the very bytes in force, read anew.
 */
export function guard(deps: GuardDeps): OperatorFunction<Work, Work> {
  return stageStep('guard', deps, (work) => guardBatch(work, deps));
}

/** The pure step of `guard`. */
export async function guardBatch(work: Work, deps: GuardDeps): Promise<Work> {
  if (!deps.isOn) return work;
  const vanished = deps.vanished(work);
  const files: FileWork[] = [];
  for (const file of work.files) {
    const before = deps.state.fileState(file.drop.file.fileId)?.inForce ?? null;
    const reason = before === null ? null : await judge(file, before, work, vanished, deps);
    files.push(reason === null || before === null ? file : await hold(file, before, reason, work, deps));
  }
  return { ...work, files };
}

async function judge(
  file: FileWork,
  before: FileVersion,
  work: Work,
  vanished: ReadonlySet<string>,
  deps: GuardDeps,
): Promise<string | null> {
  const { account, drop } = file;
  if (deps.state.isAccepted(drop.fingerprint) || drop.fingerprint === before.fingerprint) return null;
  if (account.status === 'removed') {
    return vanished.has(drop.file.source) && !isMoved(before, work)
      ? `all files of ${drop.file.source} are gone, this one with ${before.records} records`
      : null;
  }
  if (account.status !== 'taken') return null;
  if (file.isTruncated && account.deleted > 0) {
    return `the file was cut off inside a quoted field, and ${account.deleted} of ${before.records} records would go`;
  }
  if (!deps.isJudgingContents || before.records < deps.minRows) return null;
  const lost = file.isUnique ? account.deleted : Math.max(0, account.deleted - account.inserted);
  if (lost > deps.maxLossShare * before.records) {
    return `${lost} of ${before.records} records would go (${percent(lost, before.records)})`;
  }
  const losses = await work.session.losses(drop.file.source, drop.file.fileId);
  const worst = losses.find((loss) => loss.had >= deps.minRows && loss.lost > deps.maxLossShare * loss.had);
  return worst === undefined ? null : describeCells(worst);
}

/** The same bytes came under another name. */
function isMoved(before: FileVersion, work: Work): boolean {
  return work.drops.some((drop) => drop.kind === 'changed' && drop.fingerprint === before.fingerprint);
}

async function hold(
  file: FileWork,
  before: FileVersion,
  message: string,
  work: Work,
  deps: GuardDeps,
): Promise<FileWork> {
  const { fileId, source } = file.drop.file;
  await deps.keepInForce(file.drop.file, before);
  const examples = await work.session.examples(source, fileId, 10);
  await work.session.withhold(source, fileId);
  const reason = {
    code: 'implausible-loss',
    message,
    hint: `if that is right: marquee accept ${file.drop.fingerprint.slice(0, 12)}; until then the previous version stays in force`,
  };
  const detail = JSON.stringify({ ...reason, heldAtMs: deps.wallClock(), account: file.account, examples });
  if (file.versionId !== null) deps.state.demote(file.versionId, 'held', detail);
  return { ...file, account: { ...file.account, status: 'held', reason } };
}

function describeCells({ column, lost, had }: CellLoss): string {
  return `${lost} of ${had} values of ${column} would become empty (${percent(lost, had)})`;
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
