import type { FileRecord, FileVersion, VersionMeta } from '../state/records.ts';
import type { StateStore } from '../state/store.ts';
import type { Drop, FileAccount, FileStatus, FileWork } from './batch.ts';
import type { OpenedDrop, ReadEnd, Refusal } from './opened-drop.ts';

/** What is known of a file once its records stand in the session. */
export function readWork(
  drop: Exclude<Drop, { kind: 'removed' }>,
  opened: OpenedDrop,
  { lane, end, declined }: ReadFully,
): FileWork {
  const account: FileAccount = {
    ...emptyAccount(drop, drop.kind === 'restored' ? 'restored' : 'taken'),
    shape: opened.shape,
    unread: opened.unread,
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

/** How a file was read to its end. */
export interface ReadFully {
  readonly lane: FileAccount['lane'];
  readonly end: Extract<ReadEnd, { kind: 'read' }>;
  readonly declined: string | null;
}

/** What `refuse` needs of the world. */
export interface RefuseDeps {
  readonly state: StateStore;
  /** What decides how files are read; a rejection says by what it came. */
  readonly readBy: string;
  /** Keeps the rows of a version whose bytes stand no more in raw/ where losing the warehouse can't lose them. */
  keepInForce(file: FileRecord, version: FileVersion): Promise<void>;
}

/**
 * Remembers a file that can't be taken, so that the same bytes are not read again, and keeps what is in force. Where these are the
 * bytes in force, which are read another way now, there is nothing to keep: their rows go with the batch. Of a saved version
 * nothing is remembered: what stands in raw/ was judged by itself.
 */
export async function refuse(
  drop: Drop,
  refusal: Refusal,
  meta: VersionMeta,
  deps: RefuseDeps,
): Promise<FileWork> {
  const { code, message, hint } = refusal;
  const inForce = deps.state.fileState(drop.file.fileId)?.inForce ?? null;
  const isInForce = inForce?.fingerprint === drop.fingerprint;
  if (inForce !== null && !isInForce) await deps.keepInForce(drop.file, inForce);
  if (drop.kind !== 'restored') {
    const reason = JSON.stringify({ code, message, hint, readBy: deps.readBy });
    deps.state.recordUnaccepted(drop.file.fileId, meta, 'rejected', reason);
  }
  if (isInForce) deps.state.markRemoved(drop.file.fileId, drop.fingerprint);
  const told = drop.kind === 'restored' ? `the version of it that was kept: ${message}` : message;
  const deleted = isInForce ? inForce.records : 0;
  return fileWork(
    drop,
    { ...emptyAccount(drop, 'rejected'), deleted, reason: { code, message: told, hint } },
    meta,
  );
}

/** What decided how files are read when a version was rejected; null where nobody noted it. */
export function rejectedBy({ reason }: FileVersion): string | null {
  return (JSON.parse(reason ?? '{}') as { readBy?: string }).readBy ?? null;
}

/** How the bytes of a drop were read; `opened` is null where nobody could. */
export function metaOf(drop: Exclude<Drop, { kind: 'removed' }>, opened: OpenedDrop | null): VersionMeta {
  return {
    fingerprint: drop.fingerprint,
    stat: drop.kind === 'changed' ? drop.stat : drop.version.stat,
    shape: opened?.shape ?? null,
    dateOrder: opened?.dateOrder ?? null,
    encoding: opened?.encoding ?? null,
    delimiter: opened?.delimiter ?? null,
  };
}

/** A file of a batch of which nothing more is known. */
export function fileWork(drop: Drop, account: FileAccount, meta: VersionMeta | null): FileWork {
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

/** A file's line of the receipt before anything was counted. */
export function emptyAccount(drop: Drop, status: FileStatus): FileAccount {
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
