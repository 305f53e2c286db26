import { mergeDiff } from '../../state/merge-diff.ts';
import type { FileStat, FileVersion, QuarantineEntry, VersionMeta } from '../../state/records.ts';
import type { StateStore } from '../../state/store.ts';
import { chunksOf, type Pair } from './pair-chunks.ts';

/** What a file looked like long ago, at rest: its hint can be trusted. */
export function statAt(mtimeMs: number, size = 10, observedAtMs = 1_000_000): FileStat {
  const ns = BigInt(mtimeMs) * 1_000_000n;
  return { size, mtimeNs: ns, ctimeNs: ns, ino: 18_446_744_073_709_551_615n, observedAtMs };
}

/** A version's meta with a fingerprint. */
export function metaOf(fingerprint: string, stat: FileStat | null = statAt(5000)): VersionMeta {
  return { fingerprint, stat, shape: 'tmdb_v11', dateOrder: 'ymd', encoding: 'utf-8', delimiter: ',' };
}

/** A bad cell on a line. */
export function badCell(
  line: number,
  key: string | null = 'k',
  value: string | null = '1,2x',
): QuarantineEntry {
  return { line, column: 'revenue', code: 'bad-money', key, value, reason: `got "${value ?? ''}"` };
}

/** The id of the file at `path`, whose source is its folder. */
export function fileOf(store: StateStore, path: string): number {
  return store.ensureFile(path.split('/')[0]!, path).fileId;
}

/** Writes a pending version of `path`. */
export function write(
  store: StateStore,
  path: string,
  fingerprint: string,
  pairs: readonly Pair[],
): FileVersion {
  const writer = store.openWriter(fileOf(store, path), metaOf(fingerprint));
  for (const chunk of chunksOf(pairs)) writer.append(chunk);
  return writer.finish();
}

/** Writes a pending version of `path` as the version in force but for what differs. */
export function derive(
  store: StateStore,
  path: string,
  fingerprint: string,
  pairs: readonly Pair[],
): FileVersion {
  const fileId = fileOf(store, path);
  const before = store.fileState(fileId)?.inForce?.versionId ?? 0;
  const changes = Array.from(mergeDiff(before === 0 ? [] : store.readPairs(before), chunksOf(pairs)));
  const writer = store.openWriter(fileId, metaOf(fingerprint));
  writer.derive(before, changes);
  return writer.finish();
}

/** Begins an epoch with fitting odds and ends. */
export function begin(store: StateStore, uuid: string): number {
  return store.beginEpoch({ uuid, engineHash: 'h1', intent: `{"uuid":"${uuid}"}`, beganAtMs: 100 });
}

/** Commits all that is pending as one epoch. */
export function commit(store: StateStore, uuid: string) {
  const epoch = begin(store, uuid);
  return { epoch, ...store.commitEpoch(epoch, `{"receipt":"${uuid}"}`, 200) };
}
