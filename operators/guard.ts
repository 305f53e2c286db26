import type { OperatorFunction } from 'rxjs';
import type { CellLoss } from '../src/engine/engine.ts';
import type { FileRecord, FileVersion } from '../state/records.ts';
import type { FileWork, Work } from './batch.ts';
import { hasFilesLeft, type FilesLeftDeps } from './files-left.ts';
import { stageStep, type StageTools } from './stage-step.ts';

/** What `guard` needs. */
export interface GuardDeps extends StageTools, FilesLeftDeps {
  /** Judge files that have at least this many records in force. */
  readonly minRows: number;
  /** The share of records, or of a guarded column's cells, that may go without a question. */
  readonly maxLossShare: number;
  /** False where whatever comes is taken, because a person said so. */
  readonly isOn: boolean;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Whether the folder of a source is gone. */
  isFolderGone(source: string): boolean;
  /** Keeps the rows of a version whose bytes stand no more in raw/ where losing the warehouse can't lose them. */
  keepInForce(file: FileRecord, version: FileVersion): Promise<void>;
}

/**
 * Holds drops that would lose implausibly much: the previous version stays in force until a person accepts.
 *
 * 1. Judged is each file against its version in force: the share of records that would go (of a source without
 *    record keys the net loss, since there a changed record is one that goes and one that comes), and for each
 *    guarded column the share of its cells that would become null.
 * 2. A removal is held where its source would keep no row: its folder is gone, or the last of its files that could be taken (a
 *    share that is not mounted leaves an empty folder, a failed download a page of HTML). That one file of several goes
 *    is a person's decision.
 * 3. A file that was cut off, unlike its predecessor, may not lose a single record: the rest of them may just not
 *    have arrived.
 * 4. Where the bytes in force turn up under another name in the batch, and are taken there, it is a move (two files
 *    that swap names, a file set aside for its successor) and always fine.
 * 5. An accepted fingerprint passes, and so do a first version and the very bytes in force, read anew.
 */
export function guard(deps: GuardDeps): OperatorFunction<Work, Work> {
  return stageStep('guard', deps, (work) => guardBatch(work, deps));
}

/** The pure step of `guard`. */
export async function guardBatch(work: Work, deps: GuardDeps): Promise<Work> {
  if (!deps.isOn) return work;
  const emptied = emptiedSources(work, deps);
  const verdicts: Verdict[] = [];
  for (const file of work.files) {
    const before = deps.state.fileState(file.drop.file.fileId)?.inForce ?? null;
    verdicts.push({
      file,
      before,
      reason: before === null ? null : await judge(file, before, work, emptied, deps),
    });
  }
  const files: FileWork[] = [];
  for (const { file, before, reason } of excuseMoves(verdicts)) {
    files.push(reason === null || before === null ? file : await hold(file, before, reason, work, deps));
  }
  return { ...work, files };
}

/** What was made of one file of the batch. */
interface Verdict {
  readonly file: FileWork;
  /** The version in force. */
  readonly before: FileVersion | null;
  /** Why it is to be held. */
  readonly reason: string | null;
}

/**
 * Lets losses pass whose rows come again under another name. That other file has to be taken: one that is held itself
 * brings nothing. In a ring of moves each passes for the others.
 */
function excuseMoves(verdicts: readonly Verdict[]): readonly Verdict[] {
  let passing = verdicts;
  let count: number;
  do {
    count = passing.length;
    const arriving = new Set(
      passing.filter(({ file }) => file.account.status === 'taken').map(({ file }) => file.drop.fingerprint),
    );
    passing = passing.filter(
      ({ before, reason }) => reason === null || arriving.has(before?.fingerprint ?? ''),
    );
  } while (passing.length < count);
  const passed = new Set(passing);
  return verdicts.map((verdict) => (passed.has(verdict) ? { ...verdict, reason: null } : verdict));
}

async function judge(
  file: FileWork,
  before: FileVersion,
  work: Work,
  emptied: ReadonlySet<string>,
  deps: GuardDeps,
): Promise<string | null> {
  const { account, drop } = file;
  if (deps.state.isAccepted(drop.fingerprint) || drop.fingerprint === before.fingerprint) return null;
  if (account.status === 'removed') {
    return emptied.has(drop.file.source)
      ? `all files of ${drop.file.source} are gone, this one with ${before.records} records`
      : null;
  }
  if (account.status !== 'taken') return null;
  if (file.isTruncated && account.deleted > 0 && !wasTruncated(before)) {
    return `the file was cut off inside a quoted field, and ${account.deleted} of ${before.records} records would go`;
  }
  if (before.records < deps.minRows) return null;
  const lost = file.isUnique ? account.deleted : Math.max(0, account.deleted - account.inserted);
  // A division, because 29 of 100 is exactly 0.29, while 0.29 * 100 is less than 29.
  if (lost / before.records > deps.maxLossShare) {
    return `${lost} of ${before.records} records would go (${percent(lost, before.records)})`;
  }
  const losses = await work.session.losses(drop.file.source, drop.file.fileId);
  const worst = losses.find((loss) => loss.had >= deps.minRows && loss.lost / loss.had > deps.maxLossShare);
  return worst === undefined ? null : describeCells(worst);
}

/** Sources that would keep no row: their folder is gone, or the last of their files and with them enough records to judge. */
function emptiedSources(work: Work, deps: GuardDeps): ReadonlySet<string> {
  const removed = work.files.filter(({ account }) => account.status === 'removed');
  const leaving = new Set(removed.map(({ drop }) => drop.file.fileId));
  const arriving = new Set(
    work.files
      .filter(({ account }) => account.status === 'taken' || account.status === 'restored')
      .map(({ drop }) => drop.file.source),
  );
  const sources = [...new Set(removed.map(({ drop }) => drop.file.source))];
  return new Set(
    sources.filter(
      (source) =>
        !arriving.has(source) &&
        !hasFilesLeft(source, leaving, deps) &&
        (deps.isFolderGone(source) || recordsOf(source, deps) >= deps.minRows),
    ),
  );
}

/** Records of a source in force. */
function recordsOf(source: string, { state }: GuardDeps): number {
  const states = state.fileStates().filter(({ file }) => file.source === source);
  return states.reduce((sum, { inForce }) => sum + (inForce?.records ?? 0), 0);
}

function wasTruncated({ profile }: FileVersion): boolean {
  return profile !== null && (JSON.parse(profile) as { isTruncated?: boolean }).isTruncated === true;
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
