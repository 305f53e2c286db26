import { concatMap, type OperatorFunction } from 'rxjs';
import type {
  BulkFile,
  EpochSession,
  QuarantineEntry,
  RowBatch,
  StagedFile,
  StageOutcome,
} from '../src/engine/engine.ts';
import type { StateStore } from '../state/store.ts';
import type { FileRecord, FileVersion, VersionMeta } from '../state/records.ts';
import type { Batch, Drop, FileAccount, FileStatus, FileWork, Work } from './batch.ts';
import type { StageTools } from './stage-step.ts';

/** A whole file that can't be taken. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** A file opened as CSV: what it is, and its rows. */
export interface OpenedDrop {
  readonly shape: string;
  readonly key: readonly string[];
  readonly isUnique: boolean;
  readonly dateOrder: string;
  readonly encoding: string;
  readonly delimiter: string;
  readonly rank: number;
  /** Bytes. */
  readonly size: number;
  /** Rows, then what could not be read as a record, or why the file as a whole is refused after all. */
  read(): AsyncGenerator<RowBatch, ReadEnd>;
  /** How the engine can read it by itself, or why it can't. */
  readonly bulk: BulkDrop | { readonly declined: string };
}

/** A drop that the engine reads by itself, where its bytes are sound. */
export interface BulkDrop {
  readonly file: BulkFile;
  /** Looks at every byte: whether the engine finds the very records in it that `read` would. */
  readonly examine: () => Promise<Soundness>;
  /** The lines on which records start; `records` ascend, from 0 for the first one after the header. */
  readonly linesOf: (records: readonly number[]) => Promise<number[]>;
}

/** What an examination found. `records` includes the header; `isPadded`: fields have to be trimmed. */
export type Soundness =
  | { readonly kind: 'sound'; readonly records: number; readonly isPadded: boolean }
  | { readonly kind: 'unsound'; readonly reason: string };

/** How reading ended. */
export type ReadEnd =
  | {
      readonly kind: 'read';
      readonly records: number;
      readonly bytes: number;
      readonly quarantined: readonly QuarantineEntry[];
      readonly quarantinedCount: number;
      /** The file ends inside a quoted field, but in a column that nobody reads: all its records are whole. */
      readonly isTruncated: boolean;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Quarantine entries of a version beyond which not all of them are kept. */
const maxRecalled = 10_000;

/** What `stage` needs of the world. */
export interface StageDeps extends StageTools {
  readonly state: StateStore;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** True where the warehouse is made anew: there is nothing to compare with. */
  readonly isRebuild: boolean;
  /** From so many bytes on the engine reads a file by itself, where it can. */
  readonly bulkBytes: number;
  /** Where so many records are in force, only what is new or changed is typed and checked. */
  readonly sieveRecords: number;
  openSession(): Promise<EpochSession>;
  /** Recognises a file of raw/, or says why it can't be taken. */
  open(path: string, source: string): Promise<OpenedDrop | Refusal>;
  /** The rows of a version that was saved because its bytes stand no more in raw/. */
  openSaved(drop: Extract<Drop, { kind: 'restored' }>): OpenedDrop;
  /** Keeps the rows of a version whose bytes stand no more in raw/ where losing the warehouse can't lose them. */
  keepInForce(file: FileRecord, version: FileVersion): Promise<void>;
  /** Fails when the file is not any more what was fingerprinted. */
  assertSame(drop: Extract<Drop, { kind: 'changed' }>): Promise<void>;
}

/**
 * Reads each changed file into raw rows, or quarantine.
 *
 * Opens the session of the epoch. A file that is refused keeps its previous version in force and is remembered,
 * so that the same bytes are not read again. Each file is looked at again after reading: an epoch uses one consistent
 * version of it, or none.
 *
 * There are two lanes. Small files come record by record; memory stays at one row batch. Large ones are read in bulk by
 * the engine, where every byte says that it will find the same records; else the receipt says why not.
 */
export function stage(deps: StageDeps): OperatorFunction<Batch, Work> {
  return concatMap((batch: Batch) => stageBatch(batch, deps));
}

/** The pure step of `stage`. */
export async function stageBatch(batch: Batch, deps: StageDeps): Promise<Work> {
  const startedAtMs = deps.wallClock();
  const began = deps.now();
  const session = await deps.openSession();
  try {
    const files = new Map<number, FileWork>();
    for (const drop of batch.drops) files.set(drop.file.fileId, await stageDrop(drop, session, deps));
    const read = [...files.values()].filter(({ account }) => ['taken', 'restored'].includes(account.status));
    for (const source of new Set(read.map(({ drop }) => drop.file.source))) {
      for (const outcome of await session.settle(source)) {
        const file = files.get(outcome.fileId);
        if (file !== undefined) files.set(outcome.fileId, await settleFile(file, outcome, session, deps));
      }
    }
    return {
      ...batch,
      session,
      files: [...files.values()],
      scope: null,
      steps: [],
      timings: { stage: deps.now() - began },
      startedAtMs,
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function stageDrop(drop: Drop, session: EpochSession, deps: StageDeps): Promise<FileWork> {
  if (drop.kind === 'removed') return fileWork(drop, emptyAccount(drop, 'removed'), null);
  const { file } = drop;
  const opened = drop.kind === 'restored' ? deps.openSaved(drop) : await deps.open(file.path, file.source);
  if (!('read' in opened)) {
    // What is refused has to be what was fingerprinted: else these bytes would count as refused when they come again.
    if (drop.kind === 'changed') await deps.assertSame(drop);
    return refuse(drop, opened, metaOf(drop, null), deps);
  }
  const meta = metaOf(drop, opened);
  const progress = deps.report.begin(`read ${file.path}`);
  const staged = { ...opened, fileId: file.fileId, source: file.source, path: file.path };
  const { lane, end, declined } = await read(staged, opened, session, deps, progress);
  if (drop.kind === 'changed') await deps.assertSame(drop);
  if (end.kind === 'refused') {
    progress.done('rejected');
    await session.unstage(file.source, file.fileId);
    return refuse(drop, end.refusal, meta, deps);
  }
  progress.done(`${end.records} records`);
  await compareWithKnown(drop, meta, session, deps);
  const account: FileAccount = {
    ...emptyAccount(drop, drop.kind === 'restored' ? 'restored' : 'taken'),
    shape: opened.shape,
    read: end.records,
    quarantined: end.quarantinedCount,
    bytes: end.bytes,
    lane,
    declined,
  };
  return {
    ...fileWork(drop, account, meta),
    isUnique: opened.isUnique,
    isTruncated: end.isTruncated,
    quarantined: end.quarantined,
    linesOf: lane === 'bulk' && 'file' in opened.bulk ? opened.bulk.linesOf : null,
  };
}

interface Reading {
  readonly lane: 'bulk' | 'records';
  readonly end: ReadEnd;
  /** Why a large file was not read in bulk. */
  readonly declined: string | null;
}

/** Reads a file in bulk if it is large and sound, else record by record. */
async function read(
  file: StagedFile,
  opened: OpenedDrop,
  session: EpochSession,
  deps: StageDeps,
  progress: { advance(n?: number): void },
): Promise<Reading> {
  let declined: string | null = null;
  if (opened.size >= deps.bulkBytes) {
    const bulk = 'file' in opened.bulk ? await readBulk(file, opened.bulk, session) : opened.bulk;
    if ('records' in bulk) {
      progress.advance(bulk.records);
      const end = {
        kind: 'read',
        ...bulk,
        quarantined: [],
        quarantinedCount: 0,
        isTruncated: false,
      } as const;
      return { lane: 'bulk', end: { ...end, bytes: opened.size }, declined };
    }
    declined = bulk.declined;
  }
  const ends: ReadEnd[] = [];
  await session.stage(file, forward(opened.read(), ends, progress));
  const [end] = ends;
  if (end === undefined) throw new Error(`the reader of ${file.path} ended without saying how`);
  return { lane: 'records', end, declined };
}

/** The engine reads while the file is examined; most often both agree, and nothing was lost by not waiting. */
async function readBulk(
  file: StagedFile,
  bulk: BulkDrop,
  session: EpochSession,
): Promise<{ readonly records: number } | { readonly declined: string }> {
  const [first, soundness] = await Promise.all([session.stageBulk(file, bulk.file, false), bulk.examine()]);
  let outcome = first;
  const decline = async (reason: string): Promise<{ declined: string }> => {
    if (outcome.kind === 'read') await session.discard(file.source, file.fileId);
    return { declined: reason };
  };
  if (soundness.kind === 'unsound') return decline(soundness.reason);
  if (soundness.isPadded && outcome.kind === 'read') {
    await session.discard(file.source, file.fileId);
    outcome = await session.stageBulk(file, bulk.file, true);
  }
  if (outcome.kind === 'declined') return { declined: outcome.reason };
  if (outcome.records !== soundness.records - 1) {
    return decline(`the engine found ${outcome.records} records, expected ${soundness.records - 1}`);
  }
  if (outcome.lacking > 0)
    return decline(`${outcome.lacking} records lack ${bulk.file.required.join(' or ')}`);
  return { records: outcome.records };
}

/** Has only what is new or changed typed and checked, where the version in force was read the same way. */
async function compareWithKnown(
  drop: Drop,
  meta: VersionMeta,
  session: EpochSession,
  deps: StageDeps,
): Promise<void> {
  const { fileId, source } = drop.file;
  const before = deps.state.fileState(fileId)?.inForce ?? null;
  if (drop.kind !== 'changed' || deps.isRebuild || before === null) return;
  // Beyond so many entries only their number is known.
  if (before.dateOrder !== meta.dateOrder || before.quarantined >= maxRecalled) return;
  if (before.records < deps.sieveRecords) return;
  const cells = [...deps.state.quarantineEntries(before.versionId)].filter(
    ({ key, column }) => key !== null && column !== null,
  );
  await session.compareWith(source, fileId, { pairs: deps.state.readPairs(before.versionId), cells });
}

/** Adds what typing and checking found; a file may be rejected only here, by what its values say. */
async function settleFile(
  file: FileWork,
  outcome: StageOutcome,
  session: EpochSession,
  deps: StageDeps,
): Promise<FileWork> {
  if (outcome.rejection !== null && file.meta !== null) {
    await session.unstage(file.drop.file.source, outcome.fileId);
    const hint =
      'drop a file with the expected contents under the same name; until then the previous version stays in force';
    return refuse(
      file.drop,
      { code: 'implausible-values', message: outcome.rejection, hint },
      file.meta,
      deps,
    );
  }
  const found = await located(outcome.quarantined, file.linesOf);
  return {
    ...file,
    account: {
      ...file.account,
      shadowed: outcome.shadowed,
      quarantined: file.account.quarantined + outcome.quarantinedCount,
    },
    quarantined: [...file.quarantined, ...found],
  };
}

/** Says lines in place of record numbers. */
async function located(
  entries: readonly QuarantineEntry[],
  linesOf: FileWork['linesOf'],
): Promise<readonly QuarantineEntry[]> {
  if (linesOf === null || entries.length === 0) return entries;
  const records = [...new Set(entries.map(({ line }) => line))].sort((a, b) => a - b);
  const lines = await linesOf(records);
  const lineOf = new Map(records.map((record, index) => [record, lines[index] ?? 0]));
  return entries.map((entry) => ({ ...entry, line: lineOf.get(entry.line) ?? 0 }));
}

/** Remembers a file that can't be taken, so that the same bytes are not read again, and keeps what is in force. */
async function refuse(drop: Drop, refusal: Refusal, meta: VersionMeta, deps: StageDeps): Promise<FileWork> {
  const { code, message, hint } = refusal;
  const inForce = deps.state.fileState(drop.file.fileId)?.inForce ?? null;
  if (inForce !== null) await deps.keepInForce(drop.file, inForce);
  deps.state.recordUnaccepted(drop.file.fileId, meta, 'rejected', JSON.stringify({ code, message, hint }));
  return fileWork(drop, { ...emptyAccount(drop, 'rejected'), reason: { code, message, hint } }, meta);
}

async function* forward(
  rows: AsyncGenerator<RowBatch, ReadEnd>,
  ends: ReadEnd[],
  progress: { advance(n?: number): void },
): AsyncGenerator<RowBatch> {
  for (;;) {
    const next = await rows.next();
    if (next.done === true) {
      ends.push(next.value);
      return;
    }
    progress.advance(next.value.lines.length);
    yield next.value;
  }
}

function metaOf(drop: Exclude<Drop, { kind: 'removed' }>, opened: OpenedDrop | null): VersionMeta {
  return {
    fingerprint: drop.fingerprint,
    stat: drop.kind === 'changed' ? drop.stat : drop.version.stat,
    shape: opened?.shape ?? null,
    dateOrder: opened?.dateOrder ?? null,
    encoding: opened?.encoding ?? null,
    delimiter: opened?.delimiter ?? null,
  };
}

function fileWork(drop: Drop, account: FileAccount, meta: VersionMeta | null): FileWork {
  return {
    drop,
    account,
    isUnique: true,
    isTruncated: false,
    meta,
    quarantined: [],
    versionId: null,
    linesOf: null,
  };
}

function emptyAccount(drop: Drop, status: FileStatus): FileAccount {
  return {
    file: drop.file,
    fingerprint: drop.fingerprint,
    status,
    shape: null,
    read: 0,
    inserted: 0,
    updated: 0,
    deleted: 0,
    unchanged: 0,
    shadowed: 0,
    quarantined: 0,
    healed: 0,
    bytes: 0,
    lane: null,
    declined: null,
    reason: null,
  };
}
