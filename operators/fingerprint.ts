import { concatMap, type OperatorFunction } from 'rxjs';
import type { BlockTable } from '../state/block-table.ts';
import type { FileRecord, FileStat, FileVersion } from '../state/records.ts';
import { removalFingerprint } from '../state/removal.ts';
import type { Batch, Drop, Sighting } from './batch.ts';
import { hasFilesLeft, type FilesLeftDeps } from './files-left.ts';
import { rejectedBy } from './file-work.ts';
import { unlessPostponed, type PostponeDeps } from './postpone.ts';
import type { StageTools } from './stage-step.ts';

/** What `fingerprint` needs of the world. */
export interface FingerprintDeps extends StageTools, PostponeDeps, FilesLeftDeps {
  /**
   * Hashes a file's bytes, a large one's block by block; checks that it did not change meanwhile. `known`: the blocks of
   * another version of it.
   */
  hash(
    path: string,
    known: BlockTable | null,
  ): Promise<{ fingerprint: string; stat: FileStat; blocks: BlockTable | null }>;
  /** True where every file is to be read again, whatever we know of its bytes: the warehouse is made anew. */
  readonly isRebuild: boolean;
  /** True where what is held is taken after all: a person said so for the whole run. */
  readonly isAcceptingAll: boolean;
  /** Fails where a file is there again, or it can't be told whether it is. */
  assertGone(path: string): void;
  /** Whether the rows of a file of this source go when the file goes. */
  isRetracted(source: string): boolean;
  /** What decides how files are read; another rejection may come of another. */
  readonly readBy: string;
  /** Keeps the rows of a version whose bytes stand no more in raw/ where losing the warehouse can't lose them. */
  keepInForce(file: FileRecord, version: FileVersion): Promise<void>;
}

/**
 * Turns sightings into a batch of the drops whose bytes differ from what we know.
 *
 * 1. A file whose size, times and inode say that it is surely the one we know is not read, unless it could not be
 *    read then: rights change without the file showing it.
 * 2. Otherwise its bytes are hashed; the known hash means unchanged, whatever the modification time says.
 * 3. Known is the version in force or, where a later one was held or rejected, that one; an acceptance of it makes
 *    it news again, and so does another way of reading files where it was rejected.
 * 4. A file that is gone is a removal if it has rows in force and its source retracts. One that is held is a removal again
 *    once its source has other files: it was held because it had none.
 */
export function fingerprint(deps: FingerprintDeps): OperatorFunction<readonly Sighting[], Batch> {
  return concatMap((sightings: readonly Sighting[]) => fingerprintAll(sightings, deps));
}

/** The pure step of `fingerprint`. */
export async function fingerprintAll(sightings: readonly Sighting[], deps: FingerprintDeps): Promise<Batch> {
  const drops: Drop[] = [];
  let unchanged = 0;
  const progress = deps.report.begin('fingerprint', sightings.length);
  const take = async (sighting: Sighting, find: () => Promise<Drop | null>): Promise<void> => {
    const drop = await unlessPostponed(sighting, deps, find);
    progress.advance();
    if (drop === 'postponed') return;
    if (drop === null) unchanged += sighting.kind === 'seen' ? 1 : 0;
    else drops.push(drop);
  };
  // Whether a source has files is seen before what is gone of it is judged.
  for (const sighting of sightings) {
    if (sighting.kind === 'seen') await take(sighting, () => seenDrop(sighting, deps));
  }
  const arriving = new Set(drops.filter(({ kind }) => kind === 'changed').map(({ file }) => file.source));
  for (const sighting of goneOf(sightings, arriving, deps)) {
    await take(sighting, () => goneDrop(sighting, arriving, deps));
  }
  drops.sort((a, b) => (a.file.path < b.file.path ? -1 : 1));
  progress.done(`${drops.length} of ${sightings.length} files changed`);
  return { drops, unchanged };
}

async function seenDrop(
  sighting: Extract<Sighting, { kind: 'seen' }>,
  deps: FingerprintDeps,
): Promise<Drop | null> {
  const { state } = deps;
  const sure = deps.isRebuild ? null : state.unchangedVersion(sighting.path, sighting.stat);
  if (sure !== null && !sure.fingerprint.startsWith(unreadable) && !isNews(sure, deps)) return null;
  const {
    fingerprint: hash,
    stat,
    blocks,
  } = await deps.hash(sighting.path, blocksInForce(sighting.path, deps));
  const file = state.ensureFile(sighting.source, sighting.path);
  const known = state.fileState(file.fileId);
  if (known?.unaccepted?.fingerprint === hash && !isNews(known.unaccepted, deps)) {
    state.updateStat(known.unaccepted.versionId, stat);
    if (!deps.isRebuild) return null;
    // Where these are the bytes in force, an earlier try rejected them and came to no commit: this one does so again.
    if (known.inForce?.fingerprint !== hash) return restoredDrop(file, known.inForce, deps);
  }
  if (!deps.isRebuild && known?.inForce?.fingerprint === hash) {
    // The bytes in force are back: a later version that was not taken is of no interest any more.
    if (known.unaccepted !== null) state.dropVersion(known.unaccepted.versionId);
    state.updateStat(known.inForce.versionId, stat);
    return null;
  }
  return { kind: 'changed', file, fingerprint: hash, stat, blocks };
}

function blocksInForce(path: string, { state }: FingerprintDeps): BlockTable | null {
  const file = state.fileByPath(path);
  const inForce = file === null ? null : (state.fileState(file.fileId)?.inForce ?? null);
  return inForce === null ? null : state.readBlocks(inForce.versionId);
}

/** What is gone: what was told, and what is held of sources of which something arrives. */
function goneOf(
  sightings: readonly Sighting[],
  arriving: ReadonlySet<string>,
  { state }: FingerprintDeps,
): readonly Sighting[] {
  const gone = sightings.filter(({ kind }) => kind === 'gone');
  if (arriving.size === 0) return gone;
  const told = new Set(sightings.map(({ path }) => path));
  const held = state
    .held()
    .filter(({ file, version }) => version.removed && arriving.has(file.source) && !told.has(file.path))
    .map(({ file: { source, path } }): Sighting => ({ kind: 'gone', source, path }));
  return [...gone, ...held];
}

async function goneDrop(
  { path }: Sighting,
  arriving: ReadonlySet<string>,
  deps: FingerprintDeps,
): Promise<Drop | null> {
  const { state } = deps;
  const file = state.fileByPath(path);
  const known = file === null ? null : state.fileState(file.fileId);
  if (file === null || known === null) return null;
  deps.assertGone(path);
  if (known.inForce === null) {
    if (known.unaccepted !== null) state.dropVersion(known.unaccepted.versionId);
    return null;
  }
  const print = removalFingerprint([{ path, fingerprint: known.inForce.fingerprint }]);
  const isHeldAlready = known.unaccepted?.removed === true && known.unaccepted.fingerprint === print;
  const isHeldStill =
    isHeldAlready &&
    !deps.isAcceptingAll &&
    !state.isAccepted(print) &&
    !arriving.has(file.source) &&
    !hasFilesLeft(file.source, new Set([file.fileId]), deps);
  if (!deps.isRetracted(file.source) || isHeldStill) {
    if (deps.isRebuild) return restoredDrop(file, known.inForce, deps);
    await deps.keepInForce(file, known.inForce);
    return null;
  }
  return { kind: 'removed', file, fingerprint: print };
}

/** While the warehouse is made anew: the version in force comes from where it was saved, which must be somewhere. */
async function restoredDrop(
  file: FileRecord,
  version: FileVersion | null,
  deps: FingerprintDeps,
): Promise<Drop | null> {
  if (version === null) return null;
  await deps.keepInForce(file, version);
  return { kind: 'restored', file, fingerprint: version.fingerprint, version };
}

const unreadable = 'unreadable:';

/** What stands for the bytes of a file that can't be read, or that has none: a folder, a link to nothing. */
export function unreadableFingerprint({ mtimeNs, ino }: FileStat): string {
  return `${unreadable}${mtimeNs}:${ino}`;
}

/** A held version that a person has let through since, or a rejected one that may be read now. */
function isNews(version: FileVersion, deps: FingerprintDeps): boolean {
  if (version.status === 'rejected') return rejectedBy(version) !== deps.readBy;
  return version.status === 'held' && (deps.isAcceptingAll || deps.state.isAccepted(version.fingerprint));
}
