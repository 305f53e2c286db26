import type { FileRecord, FileVersion, VersionStatus } from './records.ts';

/** Columns of table `version` under the names of {@link FileVersion}; `v` is the table's alias. */
export const VERSION_COLUMNS = `v.version_id as versionId, v.file_id as fileId, v.status, v.removed, v.fingerprint,
  v.size, v.mtime_ns as mtimeNs, v.ctime_ns as ctimeNs, v.ino, v.observed_at_ms as observedAtMs, v.shape,
  v.date_order as dateOrder, v.encoding, v.delimiter, v.records, v.quarantined, v.profile, v.reason, v.epoch, v.saved`;

/** Columns of table `file` under the names of {@link FileRecord}; `f` is the table's alias. */
export const FILE_COLUMNS = 'f.file_id as fileId, f.source, f.path';

/** Columns of table `epoch` under the names of `EpochRecord`. */
export const EPOCH_COLUMNS = `epoch, uuid, state, engine_hash as engineHash, intent, began_at_ms as beganAtMs,
  committed_at_ms as committedAtMs, receipt`;

/** A row of {@link VERSION_COLUMNS}. Nanoseconds and inodes are decimal text: SQLite's integers have 63 bits. */
export type VersionRow = Omit<FileVersion, 'stat' | 'removed' | 'saved'> & {
  readonly status: VersionStatus;
  readonly removed: number;
  readonly saved: number;
  readonly size: number | null;
  readonly mtimeNs: string | null;
  readonly ctimeNs: string | null;
  readonly ino: string | null;
  readonly observedAtMs: number | null;
};

/** A row as the interface shows it. */
export function toVersion(row: VersionRow): FileVersion {
  const { size, mtimeNs, ctimeNs, ino, observedAtMs, removed, saved, ...rest } = row;
  const known =
    size !== null && mtimeNs !== null && ctimeNs !== null && ino !== null && observedAtMs !== null;
  const stat = known
    ? { size, mtimeNs: BigInt(mtimeNs), ctimeNs: BigInt(ctimeNs), ino: BigInt(ino), observedAtMs }
    : null;
  return { ...rest, stat, removed: removed === 1, saved: saved === 1 };
}

/** A version joined to its file. */
export type VersionOfFileRow = VersionRow & FileRecord;

/** Splits a joined row. */
export function splitRow(row: VersionOfFileRow): { file: FileRecord; version: FileVersion } {
  const { source, path, ...version } = row;
  return { file: { fileId: row.fileId, source, path }, version: toVersion(version) };
}
