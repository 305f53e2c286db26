import type { BlockTable } from './block-table.ts';
import type { KeptKeys } from './key-runs.ts';
import type { DeltaChunk, PairChunk } from './pairs.ts';
import type {
  Acceptance,
  CommitResult,
  EpochRecord,
  FileRecord,
  FileState,
  FileStat,
  FileVersion,
  LocatedQuarantineEntry,
  QuarantineCount,
  QuarantineEntry,
  QuarantineFilter,
  StoredRequest,
  VersionMeta,
} from './records.ts';

/**
 * Takes the watermarks of one version, chunk by chunk. The version shows up in the store with `finish`; a writer
 * that is never finished leaves nothing that counts (`discardPending` sweeps it). Memory: at most 8 MB of pairs.
 */
export interface VersionWriter {
  readonly versionId: number;
  /** Takes pairs in ascending order of key; the chunk may be reused afterwards. Throws where keys don't ascend strictly. */
  append(chunk: PairChunk): void;
  /**
   * Takes all pairs of a version in force of the same file, but for some changes; instead of `append`, once.
   *
   * @param changes ascending by key, over all chunks too: what a diff with that version found
   * @throws Error where the version is another file's or not in force, or where something was appended
   */
  derive(versionId: number, changes: readonly DeltaChunk[]): void;
  /** Makes the version `pending`, durably. `profile`: JSON text for the guard. */
  finish(profile?: string): FileVersion;
  /** Drops what was written. */
  abort(): void;
}

/**
 * The watermark store: what has been seen, what is in flight, what was committed.
 *
 * Synchronous throughout. Each method is atomic and durable when it returns; several become one with `transaction`.
 * One process writes (the lock is the caller's matter), others may read, and add requests and acceptances.
 *
 * A batch: `openWriter` ... `finish` for each file (or `markRemoved`), `demote` what the guard holds, `beginEpoch`,
 * the other stores' work, `commitEpoch`. There is one batch in flight: all that is `pending` belongs to it.
 * On start: `openEpoch()` is what a crash left; commit it (the warehouse knows its UUID) or abandon it.
 *
 * Growth: 32 bytes a record in force (40 in large files, and an eighth more after small changes), twice that while its successor is
 * pending; a row a path ever seen, a quarantine entry, an epoch (until `pruneHistory`). Errors: `StateError`; misuse is a plain Error.
 */
export interface StateStore {
  /** UUID made when the store was. */
  readonly stateId: string;

  // Files and versions ------------------------------------------------------------------------------------------

  /** The record of a path, made when it isn't known yet. A path keeps its source. */
  ensureFile(source: string, path: string): FileRecord;
  fileByPath(path: string): FileRecord | null;
  /** Files that have a version, by source, then path (code-unit order; natural order is the caller's). */
  fileStates(source?: string): FileState[];
  fileState(fileId: number): FileState | null;
  version(versionId: number): FileVersion | null;
  /** Versions of any path and status with these bytes, oldest first: for telling a move from a removal. */
  versionsWithFingerprint(fingerprint: string): FileVersion[];

  /**
   * The version last seen at this path, when its bytes are surely the same still: size, mtime, ctime and inode
   * equal, and mtime and ctime older by 2 s than when they were recorded (git's racy rule: a file written in
   * the very tick in which it was looked at can change again without its times showing it). Else null: hash it.
   */
  unchangedVersion(path: string, stat: FileStat): FileVersion | null;
  /** Renews the stat hint of a version whose bytes were hashed again and found equal. */
  updateStat(versionId: number, stat: FileStat): void;

  /** Starts a pending version; an earlier pending one of the file is dropped. */
  openWriter(fileId: number, meta: VersionMeta): VersionWriter;
  /** The watermarks of a finished version, ascending by key, a segment (4,096 pairs and what was put between) at a time. */
  readPairs(versionId: number): Iterable<PairChunk>;
  /**
   * A pending tombstone: with the commit, the file's version in force goes. An earlier pending version is dropped. Where the
   * fingerprint is that of the version in force, its bytes were rejected: what is held or rejected of the file stays then.
   */
  markRemoved(fileId: number, fingerprint: string): FileVersion;
  /** Pending -> held or rejected. Watermarks are dropped, quarantine stays; an earlier unaccepted version goes. */
  demote(versionId: number, status: 'held' | 'rejected', reason: string): FileVersion;
  /** Notes a version that never got to be pending, as `demote` would have. */
  recordUnaccepted(
    fileId: number,
    meta: VersionMeta,
    status: 'held' | 'rejected',
    reason: string,
    removed?: boolean,
  ): FileVersion;
  /** Forgets a version that is not in force, say a held one whose file went back to the bytes in force. */
  dropVersion(versionId: number): void;
  setSaved(versionId: number, saved: boolean): void;
  /** Drops all that is pending, finished or not: a batch that failed before its epoch began. Returns how many. */
  discardPending(): number;

  // Blocks ------------------------------------------------------------------------------------------------------

  /**
   * Keeps the blocks of a version, and of each of its records, in file order, the lower 64 bits of the key hash, of
   * those that were set aside too; in place of what was kept before. They go with the version's watermarks.
   * Throws a plain Error where there are not as many keys as the table has records, and where watermarks are not kept.
   *
   * @param keys chunks of any length, which may be reused afterwards, and records of `before` of which the keys are kept
   * @param before another version that has blocks
   */
  saveBlocks(
    versionId: number,
    table: BlockTable,
    keys: Iterable<BigUint64Array | KeptKeys>,
    before?: number,
  ): void;
  /** The blocks of a version; null where none were kept, or another machine's marquee kept them. */
  readBlocks(versionId: number): BlockTable | null;
  /** Keys of records `first` (from 0) to `first + count`, as `saveBlocks` took them; each call is new memory. */
  readRecordKeys(versionId: number, first: number, count: number): BigUint64Array;

  // Epochs ------------------------------------------------------------------------------------------------------

  /**
   * Writes the intent and returns the epoch's number: one more than the last one given out, `atLeast` if that is
   * higher (a store made anew goes on counting where the warehouse was). Numbers of abandoned epochs are skipped,
   * never reused: a snapshot folder or a receipt can't be mistaken for another's. Throws while an epoch is open.
   */
  beginEpoch(epoch: {
    uuid: string;
    engineHash: string;
    intent: string;
    beganAtMs: number;
    atLeast?: number;
  }): number;
  /** Pending becomes in force, what it replaces goes, the receipt is stored. Throws unless this epoch is open. */
  commitEpoch(epoch: number, receipt: string, committedAtMs: number): CommitResult;
  /** Drops the open epoch's intent and all that is pending; acceptances and unaccepted versions stay. */
  abandonEpoch(epoch: number): void;
  openEpoch(): EpochRecord | null;
  /** The newest committed epoch. */
  lastEpoch(): EpochRecord | null;
  /** Committed epochs, newest first. */
  history(limit: number): EpochRecord[];
  receipt(epoch: number): string | null;
  /** Forgets all but the newest committed epochs; the numbers go on. Returns how many went. */
  pruneHistory(keep: number): number;

  // Quarantine --------------------------------------------------------------------------------------------------

  /** Adds entries to a version (of an open writer, too); they go with it. Call it with some thousand at a time. */
  addQuarantine(versionId: number, entries: readonly QuarantineEntry[]): void;
  quarantineCount(versionId: number): number;
  /** Entries of one version, by line, in pages: safe to stop half-way and to write in between. */
  quarantineEntries(versionId: number): Iterable<QuarantineEntry>;
  /** Entries by source, path and line. */
  quarantine(filter?: QuarantineFilter): LocatedQuarantineEntry[];
  /** Number of entries by version, of versions that have any; `limit` is ignored. */
  quarantineCounts(filter?: QuarantineFilter): QuarantineCount[];

  // The guard ---------------------------------------------------------------------------------------------------

  /** Lets exactly these bytes (or this removal) through, now and whenever they come again. */
  accept(fingerprint: string, acceptedAtMs: number): void;
  isAccepted(fingerprint: string): boolean;
  acceptances(): Acceptance[];
  /** Held versions with their file, by source, then path. */
  held(): { file: FileRecord; version: FileVersion }[];

  // Requests, meta, lifetime ------------------------------------------------------------------------------------

  addRequest(kind: string, payload: string, requestedAtMs: number): number;
  /** Open requests, oldest first. They stay until `completeRequest`, so that a crash loses none: serve idempotently. */
  requests(): StoredRequest[];
  completeRequest(requestId: number): void;
  meta(key: string): string | null;
  setMeta(key: string, value: string): void;

  /**
   * Runs `step` as one transaction: all of it or nothing. Nests. What `step` throws is thrown again after the
   * rollback; a failed write of the store rolls back even when somebody in between swallowed it (RxJS does).
   * `step` must not return a promise.
   */
  transaction<T>(step: () => T): T;
  /** Further calls fail. Idempotent. */
  close(): void;
}
