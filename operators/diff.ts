import type { OperatorFunction } from 'rxjs';
import { healing } from '../state/healing.ts';
import { MergeDiff } from '../state/merge-diff.ts';
import type { ChangedKeys, DeltaChunk, DeltaCounts, PairChunk } from '../state/pairs.ts';
import { pairCount } from '../state/segments.ts';
import type { StateStore, VersionWriter } from '../state/store.ts';
import type { FileVersion, VersionMeta } from '../state/records.ts';
import type { EpochSession } from '../src/engine/engine.ts';
import type { Drop, FileWork, Work } from './batch.ts';
import { stageStep, type StageTools } from './stage-step.ts';

/** What `diff` needs. */
export interface DiffDeps extends StageTools {
  readonly state: StateStore;
  /** True where the warehouse is made anew: every record goes in, whatever the watermarks say. */
  readonly isRebuild: boolean;
  /**
   * From so many records on in force, only the pairs that differ are read, where the sieve knows them. To ask it takes some
   * statements a file; those of small files are read many at a time.
   */
  readonly differingRecords: number;
}

/**
 * Compares each file's records with its watermarks: which keys are new, have other contents, are gone.
 *
 * Both sides come sorted by key and are merged in one pass; memory is one chunk of each, or, of a file that is read in
 * parts, what came and went. The new pairs become the file's pending version. A file whose date order is another than
 * before is taken as wholly changed: the same text means another thing. Another shape alone is no change: rows have the
 * same canonical columns in all shapes, and key hashes say which columns are the key.
 */
export function diff(deps: DiffDeps): OperatorFunction<Work, Work> {
  return stageStep('diff', deps, (work) => diffBatch(work, deps));
}

/** The pure step of `diff`. */
export async function diffBatch(work: Work, deps: DiffDeps): Promise<Work> {
  const files: FileWork[] = [];
  for (const file of work.files) files.push(await diffFile(file, work, deps));
  return { ...work, files, drops: work.drops.map(withoutBlocks) };
}

async function diffFile(work: FileWork, batch: Work, deps: DiffDeps): Promise<FileWork> {
  const { state } = deps;
  const { session } = batch;
  const { file } = work.drop;
  if (work.account.status === 'removed') {
    const deleted = await session.deleteAll(file.source, file.fileId);
    const { versionId } = state.markRemoved(file.fileId, work.drop.fingerprint);
    return { ...work, versionId, account: { ...work.account, deleted } };
  }
  if (work.account.status === 'restored') {
    session.insertAll(file.source, file.fileId);
    return { ...work, account: { ...work.account, unchanged: work.account.read } };
  }
  if (work.account.status !== 'taken' || work.meta === null) {
    work.recordKeys?.close();
    return { ...work, recordKeys: null };
  }
  const before = state.fileState(file.fileId)?.inForce ?? null;
  const writer = state.openWriter(file.fileId, work.meta);
  const effects: Effects = {
    insertAll: () => session.insertAll(file.source, file.fileId),
    replaceAll: async () => {
      await session.deleteAll(file.source, file.fileId);
      session.insertAll(file.source, file.fileId);
    },
    change: (chunk) => session.change(file.source, file.fileId, chunk),
    readPairs: (versionId) => state.readPairs(versionId),
    isRebuild: deps.isRebuild,
  };
  const counts = await compareFile(work, work.meta, before, { session, writer, effects }, deps);
  // Nearly always there is none, and to say so would wait for the disk.
  if (work.quarantined.length > 0) state.addQuarantine(writer.versionId, work.quarantined);
  const version = writer.finish(profileOf(work));
  saveBlocks(work, version, state);
  const healed =
    before === null ? 0 : healing(state.quarantineEntries(before.versionId), work.quarantined).healed;
  work.recordKeys?.close();
  return {
    ...work,
    drop: withoutBlocks(work.drop),
    recordKeys: null,
    parts: null,
    versionId: version.versionId,
    account: { ...work.account, ...counts, healed },
  };
}

/** The blocks of a large file take memory, and stand in the store now. */
function withoutBlocks(drop: Drop): Drop {
  return drop.kind === 'changed' ? { ...drop, blocks: null } : drop;
}

/** Lets the next version of a large file be compared by its blocks; not where a key says nothing of which record it is. */
function saveBlocks(
  { drop, account, recordKeys, parts }: FileWork,
  version: FileVersion,
  state: StateStore,
): void {
  if (drop.kind !== 'changed' || drop.blocks === null || account.shadowed > 0) return;
  const { versionId } = version;
  if (parts !== null) {
    state.saveBlocks(versionId, drop.blocks, parts.recordKeys, parts.before.versionId);
  } else if (recordKeys !== null) state.saveBlocks(versionId, drop.blocks, recordKeys.keys());
}

/** By what differs, where that is known or soon found; else by all pairs of both versions. */
async function compareFile(
  { drop: { file }, parts }: FileWork,
  { dateOrder }: VersionMeta,
  before: FileVersion | null,
  { session, writer, effects }: { session: EpochSession; writer: VersionWriter; effects: Effects },
  { isRebuild, differingRecords }: DiffDeps,
): Promise<DeltaCounts> {
  const pairs = session.pairs(file.source, file.fileId);
  if (parts !== null) return compareDiffering(parts.before, parts.gone, pairs, writer, effects);
  const isComparable = before?.dateOrder === dateOrder;
  if (before !== null && isComparable && !isRebuild && before.records >= differingRecords) {
    const most = Math.min(mostDiffering, before.records / 2);
    const differing = await session.differing(file.source, file.fileId, most);
    if (differing !== null) return compareDiffering(before, differing.gone, differing.come, writer, effects);
  }
  return compare(before, isComparable, pairs, writer, effects);
}

/** So many pairs of either version are held in memory; of more, both are read through. */
const mostDiffering = 500_000;

interface Effects {
  insertAll(): void;
  replaceAll(): Promise<void>;
  change(chunk: ChangedKeys): Promise<void>;
  readPairs(versionId: number): Iterable<PairChunk>;
  readonly isRebuild: boolean;
}

async function compare(
  before: FileVersion | null,
  isComparable: boolean,
  pairs: AsyncIterable<PairChunk>,
  writer: Pick<VersionWriter, 'append'>,
  effects: Effects,
): Promise<DeltaCounts> {
  if (before === null) return takeAsNew(pairs, writer, effects);
  const merge = new MergeDiff(effects.readPairs(before.versionId));
  const isByRow = isComparable && !effects.isRebuild;
  const noteAll = async (chunks: Iterable<ChangedKeys>): Promise<void> => {
    for (const chunk of chunks) if (isByRow) await effects.change(chunk);
  };
  for await (const chunk of pairs) {
    writer.append(chunk);
    await noteAll(merge.push(chunk));
  }
  await noteAll(merge.end());
  if (!isByRow && effects.isRebuild) effects.insertAll();
  else if (!isByRow) await effects.replaceAll();
  const { counts } = merge;
  if (isComparable) return counts;
  return { ...counts, updated: counts.updated + counts.unchanged, unchanged: 0 };
}

/** Of a file that nobody knows every record is new. */
async function takeAsNew(
  pairs: AsyncIterable<PairChunk>,
  writer: Pick<VersionWriter, 'append'>,
  effects: Effects,
): Promise<DeltaCounts> {
  let inserted = 0;
  for await (const chunk of pairs) {
    writer.append(chunk);
    inserted += pairCount(chunk);
  }
  effects.insertAll();
  return { inserted, updated: 0, deleted: 0, unchanged: 0 };
}

/**
 * Compares a file by the pairs that differ from those of its version in force, or may: of a file that was read in parts those of
 * the parts. All others are as they were.
 *
 * Memory: these pairs and what differs, 32 bytes each, of less than half of the file either way (see `openParts`).
 *
 * @param gone pairs of the version in force that the new one hasn't, or that stand in a part
 */
async function compareDiffering(
  before: FileVersion,
  gone: readonly PairChunk[],
  come: AsyncIterable<PairChunk> | Iterable<PairChunk>,
  writer: Pick<VersionWriter, 'derive'>,
  effects: Effects,
): Promise<DeltaCounts> {
  const merge = new MergeDiff(gone);
  const changes: DeltaChunk[] = [];
  for await (const chunk of come) changes.push(...merge.push(chunk));
  changes.push(...merge.end());
  writer.derive(before.versionId, changes);
  for (const chunk of changes) await effects.change(chunk);
  const outside = before.records - gone.reduce((sum, chunk) => sum + pairCount(chunk), 0);
  return { ...merge.counts, unchanged: merge.counts.unchanged + outside };
}

/** What the guard asks of a version when its successor comes. */
function profileOf({ isTruncated }: FileWork): string {
  return JSON.stringify({ isTruncated });
}
