import { concatMap, type OperatorFunction } from 'rxjs';
import type { EpochSession, StagedFile } from '../src/engine/engine.ts';
import { recordCount } from '../state/block-table.ts';
import type { VersionMeta } from '../state/records.ts';
import type { Batch, Drop, FileWork, Work } from './batch.ts';
import { emptyAccount, fileWork, metaOf, readWork, refuse } from './file-work.ts';
import type { KeySpool } from './key-spool.ts';
import type { OpenedDrop, Refusal } from './opened-drop.ts';
import { unlessPostponed, type PostponeDeps } from './postpone.ts';
import { readDrop, type Reading } from './read-lanes.ts';
import { settleFile } from './settle-file.ts';
import { maxRecalled, stageParts, type StagePartsDeps } from './stage-parts.ts';

/** What `stage` needs of the world. */
export interface StageDeps extends StagePartsDeps, PostponeDeps {
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** From so many bytes on the engine reads a file by itself, where it can. */
  readonly bulkBytes: number;
  /** Where so many records are in force, only what is new or changed is typed and checked. */
  readonly sieveRecords: number;
  openSession(): Promise<EpochSession>;
  /** A place for the keys of a file's records. */
  spool(fileId: number): KeySpool;
  /** Recognises a file of raw/, or says why it can't be taken. */
  open(path: string, source: string): Promise<OpenedDrop | Refusal>;
  /** The rows of a version that was saved because its bytes stand no more in raw/. */
  openSaved(drop: Extract<Drop, { kind: 'restored' }>): Promise<OpenedDrop>;
}

/**
 * Reads each changed file into raw rows, or quarantine.
 *
 * Opens the session of the epoch. A file that is refused keeps its previous version in force and is remembered,
 * so that the same bytes are not read again. Each file is looked at again after reading: an epoch uses one consistent
 * version of it, or none; one that did not hold still is postponed and leaves the batch.
 *
 * There are three lanes. Small files come record by record; memory stays at one row batch. Large ones are read in bulk by
 * the engine, where every byte says that it will find the same records; else the receipt says why not. Of a large file
 * that was read so before, only the records that are new are read.
 */
export function stage(deps: StageDeps): OperatorFunction<Batch, Work> {
  return concatMap((batch: Batch) => stageBatch(batch, deps));
}

/** The pure step of `stage`. */
export async function stageBatch(batch: Batch, deps: StageDeps): Promise<Work> {
  const startedAtMs = deps.wallClock();
  const began = deps.now();
  // Awaited as late as may be: opening the engine takes a while, and what blocks tell of a large file needs none.
  const opening = deps.openSession();
  // Whoever awaits it is told of a failure; until then nobody does.
  opening.catch(() => undefined);
  const files = new Map<number, FileWork>();
  try {
    for (const drop of batch.drops) {
      const { file } = drop;
      const work = await unlessPostponed(file, deps, () => stageDrop(drop, opening, deps));
      if (work === 'postponed') await (await opening).unstage(file.source, file.fileId);
      else files.set(file.fileId, work);
    }
    const session = await opening;
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
    const session = await opening.catch(() => null);
    await session?.close();
    throw error;
  } finally {
    // Not before everything is settled: only then it is known which lines are asked for.
    for (const { parts } of files.values()) parts?.close();
  }
}

async function stageDrop(drop: Drop, opening: Promise<EpochSession>, deps: StageDeps): Promise<FileWork> {
  if (drop.kind === 'removed') return fileWork(drop, emptyAccount(drop, 'removed'), null);
  const inParts = await stageParts(drop, opening, deps);
  if (inParts !== null && 'work' in inParts) return inParts.work;
  const session = await opening;
  const { file } = drop;
  const opened = await (drop.kind === 'restored' ? deps.openSaved(drop) : deps.open(file.path, file.source));
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
    recordKeys: await keysOf(drop, staged, reading, session, deps),
  };
}

/** The keys of all records of a large file, for its next version; null where they would be of no use. */
async function keysOf(
  drop: Drop,
  { source, fileId }: StagedFile,
  { lane, end }: Reading,
  session: EpochSession,
  deps: StageDeps,
): Promise<KeySpool | null> {
  if (drop.kind !== 'changed' || drop.blocks === null || lane !== 'bulk' || end.kind !== 'read') return null;
  if (recordCount(drop.blocks) !== end.records) return null;
  const spool = deps.spool(fileId);
  for await (const chunk of session.recordKeys(source, fileId)) spool.append(chunk);
  return spool;
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
