/** A path below `raw/` that was seen at least once. */
export interface FileRecord {
  /** Stable for the path as long as the state store lives, and never given to another path. */
  readonly fileId: number;
  readonly source: string;
  /** Relative to `raw/`, separated by `/`, such as `cpi/2025-04.csv`. */
  readonly path: string;
}

/** What the file system said of a file, and when it was asked. */
export interface FileStat {
  /** Bytes. */
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
  /** Wall clock, milliseconds since 1970, at which `stat` was called: before the bytes were read. */
  readonly observedAtMs: number;
}

/** How the bytes of a version were read. */
export interface VersionMeta {
  /** What the bytes hash to, hex: see `surveyFile`; of a removal, see `removalFingerprint`. */
  readonly fingerprint: string;
  /** Null where there is nothing to stat (a removal). */
  readonly stat: FileStat | null;
  /** Name of the shape by which the header was recognised; null where none was. */
  readonly shape: string | null;
  readonly dateOrder: string | null;
  readonly encoding: string | null;
  readonly delimiter: string | null;
}

/**
 * Where a version stands. Of a path at most one is `in_force`, at most one `pending` (part of the batch in
 * flight), and at most one `held` or `rejected`: the latest that was seen and not taken.
 */
export type VersionStatus = 'in_force' | 'pending' | 'held' | 'rejected';

/** One content of a path, or (`removed`) its absence. */
export interface FileVersion extends VersionMeta {
  /** Ascending with time, never reused. */
  readonly versionId: number;
  readonly fileId: number;
  readonly status: VersionStatus;
  /** True for a tombstone: the version says that the file went away. */
  readonly removed: boolean;
  /** Number of watermark pairs, that is of distinct record keys. */
  readonly records: number;
  /** Number of quarantine entries that are kept, of which there are at most some 10,000. */
  readonly quarantined: number;
  /** JSON text of what the guard asks of it, such as whether the file was cut off; the store does not look inside. */
  readonly profile: string | null;
  /** JSON text: why it is held or rejected. */
  readonly reason: string | null;
  /** The epoch that brought it into force; null for all but `in_force`. */
  readonly epoch: number | null;
  /** True where its rows stand in `.marquee/versions`. */
  readonly saved: boolean;
}

/** All the store knows of one path. */
export interface FileState {
  readonly file: FileRecord;
  readonly inForce: FileVersion | null;
  readonly pending: FileVersion | null;
  /** The latest version that was held or rejected. */
  readonly unaccepted: FileVersion | null;
}

/** A bad record or cell, within its version. */
export interface QuarantineEntry {
  /** 1-based line in the file; 0 for the file as a whole. */
  readonly line: number;
  /** Canonical column; null where the whole record is bad. */
  readonly column: string | null;
  /** Stable, kebab-case, such as `bad-money`. */
  readonly code: string;
  /** Record key as text, where the record has one. */
  readonly key: string | null;
  /** The offending text, cut to 1,000 characters by the store. */
  readonly value: string | null;
  /** For people: got what, expected what, what became of it. */
  readonly reason: string;
}

/** A quarantine entry with where it stands. */
export interface LocatedQuarantineEntry extends QuarantineEntry {
  readonly source: string;
  readonly path: string;
  readonly versionId: number;
  readonly status: VersionStatus;
}

/** Which quarantine entries to list; without `statuses`: of versions in force and of rejected ones. */
export interface QuarantineFilter {
  readonly source?: string;
  readonly path?: string;
  readonly statuses?: readonly VersionStatus[];
  /** At most so many entries; without it all. */
  readonly limit?: number;
}

/** Number of quarantine entries of one version. */
export interface QuarantineCount {
  readonly source: string;
  readonly path: string;
  readonly versionId: number;
  readonly status: VersionStatus;
  readonly entries: number;
}

/** One epoch, open (`intent`) or done. */
export interface EpochRecord {
  readonly epoch: number;
  readonly uuid: string;
  readonly state: 'intent' | 'committed';
  /** Hash of configuration, `sql/` and schema version under which it ran. */
  readonly engineHash: string;
  /** JSON text; null once committed, when the receipt says it better. */
  readonly intent: string | null;
  readonly beganAtMs: number;
  readonly committedAtMs: number | null;
  /** JSON text; null until committed. */
  readonly receipt: string | null;
}

/** What a commit changed, so that the caller can clean up behind it. */
export interface CommitResult {
  /** Versions that came into force. */
  readonly entered: readonly FileVersion[];
  /** Versions that were in force until now, of changed and of removed files; their watermarks are gone. */
  readonly replaced: readonly FileVersion[];
  /** Files that went away. */
  readonly removed: readonly FileRecord[];
}

/** Something another process asks of the running watcher. */
export interface StoredRequest {
  readonly requestId: number;
  readonly kind: string;
  /** JSON text. */
  readonly payload: string;
  readonly requestedAtMs: number;
}

/** A fingerprint that was let through by a person. */
export interface Acceptance {
  readonly fingerprint: string;
  readonly acceptedAtMs: number;
}
