import { concatMap, type OperatorFunction } from 'rxjs';
import type { EpochSession, QuarantineEntry, StagedFile, StageOutcome } from '../src/engine/engine.ts';
import { recordCount } from '../state/block-table.ts';
import type { StateStore } from '../state/store.ts';
import type { FileRecord, FileVersion, VersionMeta } from '../state/records.ts';
import type { Batch, Drop, FileAccount, FileStatus, FileWork, Work } from './batch.ts';
import type { OpenedDrop, OpenedParts, Refusal } from './opened-drop.ts';
import { bulkEnd, readDrop, type Reading } from './read-lanes.ts';
import { readParts, type PartsRead } from './read-parts.ts';
import { unlessPostponed, type PostponeDeps } from './postpone.ts';
import type { StageTools } from './stage-step.ts';

/** Quarantine entries of a version beyond which not all of them are kept. */
const maxRecalled = 10_000;

/** What `stage` needs of the world. */
export interface StageDeps extends StageTools, PostponeDeps {
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
  /** The parts of a large file that the version in force lacks; null where the file has to be read whole. */
  openParts(drop: ChangedDrop, before: FileVersion): Promise<OpenedParts | null>;
  /** The rows of a version that was saved because its bytes stand no more in raw/. */
  openSaved(drop: Extract<Drop, { kind: 'restored' }>): OpenedDrop;
  /** Keeps the rows of a version whose bytes stand no more in raw/ where losing the warehouse can't lose them. */
  keepInForce(file: FileRecord, version: FileVersion): Promise<void>;
  /** Fails when the file is not any more what was fingerprinted. */
  assertSame(drop: ChangedDrop): Promise<void>;
}

type ChangedDrop = Extract<Drop, { kind: 'changed' }>;

/**
 * Reads each changed file into raw rows, or quarantine.
 *
 * Opens the session of the epoch. A file that is refused keeps its previous version in force and is remembered,
 * so that the same bytes are not read again. Each file is looked at again after reading: an epoch uses one consistent
 * version of it, or none; one that did not hold still is postponed and leaves the batch.
 *
 * There are three lanes. Small files come record by record; memory stays at one row batch. Large ones are read in bulk by
 * the engine, where every byte says that it will find the same records; else the receipt says why not. Of a large file
 * that was read so before, only the blocks that are new are read.
 */
export function stage(deps: StageDeps): OperatorFunction<Batch, Work> {
  return concatMap((batch: Batch) => stageBatch(batch, deps));
}

/** The pure step of `stage`. */
export async function stageBatch(batch: Batch, deps: StageDeps): Promise<Work> {
  const startedAtMs = deps.wallClock();
  const began = deps.now();
  const session = await deps.openSession();
  const files = new Map<number, FileWork>();
  try {
    for (const drop of batch.drops) {
      const { file } = drop;
      const work = await unlessPostponed(file, deps, () => stageDrop(drop, session, deps));
      if (work === 'postponed') await session.unstage(file.source, file.fileId);
      else files.set(file.fileId, work);
    }
    const read = [...files.values()].filter(({ account }) => ['taken', 'restored'].includes(account.status));
    for (const source of new Set(read.map(({ drop }) => drop.file.source))) {
      for (const outcome of await session.settle(source)) {
        const file = files.get(outcome.fileId);
        if (file !== undefined) files.set(outcome.fileId, await settleFile(file, outcome, session, deps));
      }
    }
    return {
      ...batch,
      drops: batch.drops.filter(({ file }) => files.has(file.fileId)),
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
  } finally {
    // Not before everything is settled: only then it is known which lines are asked for.
    for (const { parts } of files.values()) parts?.close();
  }
}

async function stageDrop(drop: Drop, session: EpochSession, deps: StageDeps): Promise<FileWork> {
  if (drop.kind === 'removed') return fileWork(drop, emptyAccount(drop, 'removed'), null);
  const inParts = await stageParts(drop, session, deps);
  if (inParts !== null && 'work' in inParts) return inParts.work;
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
  const reading = await readDrop(staged, opened, session, deps.bulkBytes, progress);
  if (drop.kind === 'changed') await deps.assertSame(drop);
  if (reading.end.kind === 'refused') {
    progress.done('rejected');
    await session.unstage(file.source, file.fileId);
    return refuse(drop, reading.end.refusal, meta, deps);
  }
  progress.done(`${reading.end.records} records`);
  await compareWithKnown(drop, meta, session, deps);
  const declined = reading.declined ?? inParts?.declined ?? null;
  return {
    ...readWork(drop, opened, { ...reading, end: reading.end, declined }),
    linesOf: reading.lane === 'bulk' && 'file' in opened.bulk ? opened.bulk.linesOf : null,
    recordKeys: await keysOf(drop, staged, reading, session),
  };
}

/** Stages only what is new in a large file; null where it is no such file, or why it has to be read whole. */
async function stageParts(
  drop: Drop,
  session: EpochSession,
  deps: StageDeps,
): Promise<{ readonly work: FileWork } | { readonly declined: string } | null> {
  const before = deps.state.fileState(drop.file.fileId)?.inForce ?? null;
  if (drop.kind !== 'changed' || deps.isRebuild || before === null) return null;
  if (before.quarantined >= maxRecalled || session.judgesFiles(drop.file.source)) return null;
  const parts = await deps.openParts(drop, before);
  if (parts === null) return null;
  let work: FileWork | null = null;
  try {
    const { opened } = parts;
    const { fileId, source, path } = drop.file;
    const isReadAlike = (['shape', 'dateOrder', 'encoding', 'delimiter'] as const).every(
      (trait) => opened[trait] === before[trait],
    );
    if (!isReadAlike) return null;
    const progress = deps.report.begin(`read what is new in ${path}`);
    const read = await readParts({ ...opened, fileId, source, path }, parts, before, session, deps.state);
    await deps.assertSame(drop);
    if ('declined' in read) {
      progress.done(`read whole: ${read.declined}`);
      return read;
    }
    progress.advance(read.count);
    progress.done(`${read.count} of ${read.records} records`);
    work = partsWork(drop, parts, read);
    return { work };
  } finally {
    if (work === null) parts.close();
  }
}

/** A file of which only parts were read, as one that was read whole. */
function partsWork(drop: ChangedDrop, { opened, wholeLine }: OpenedParts, read: PartsRead): FileWork {
  const work = readWork(drop, opened, {
    lane: 'blocks',
    end: { ...bulkEnd(read.records, opened.size), quarantinedCount: read.quarantined.length },
    declined: null,
  });
  const { bulk } = opened;
  return {
    ...work,
    quarantined: read.quarantined,
    linesOf: 'file' in bulk ? async (records) => (await bulk.linesOf(records)).map(wholeLine) : null,
    parts: read,
  };
}

/** What is known of a file once its records stand in the session. */
function readWork(
  drop: Exclude<Drop, { kind: 'removed' }>,
  opened: OpenedDrop,
  { lane, end, declined }: ReadFully,
): FileWork {
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
    ...fileWork(drop, account, metaOf(drop, opened)),
    isUnique: opened.isUnique,
    isTruncated: end.isTruncated,
    quarantined: end.quarantined,
  };
}

interface ReadFully {
  readonly lane: FileAccount['lane'];
  readonly end: Extract<Reading['end'], { kind: 'read' }>;
  readonly declined: string | null;
}

/** The keys of all records of a large file, for its next version; null where they would be of no use. */
async function keysOf(
  drop: Drop,
  { source, fileId }: StagedFile,
  { lane, end }: Reading,
  session: EpochSession,
): Promise<readonly BigUint64Array[] | null> {
  if (drop.kind !== 'changed' || drop.blocks === null || lane !== 'bulk' || end.kind !== 'read') return null;
  if (recordCount(drop.blocks) !== end.records) return null;
  const keys: BigUint64Array[] = [];
  for await (const chunk of session.recordKeys(source, fileId)) keys.push(chunk);
  return keys;
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
    recordKeys: null,
    parts: null,
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
