import type { EpochSession, Publication, QuarantineEntry, Scope, StepAccount } from '../src/engine/engine.ts';
import type { BlockTable } from '../state/block-table.ts';
import type { FileRecord, FileStat, FileVersion, VersionMeta } from '../state/records.ts';

import type { KeySpool } from './key-spool.ts';
import type { UnreadColumn } from './opened-drop.ts';
import type { PartsRead } from './read-parts.ts';

/** A CSV of `raw/` that was seen, or that should be there and is not. */
export type Sighting =
  | { readonly kind: 'seen'; readonly source: string; readonly path: string; readonly stat: FileStat }
  | { readonly kind: 'gone'; readonly source: string; readonly path: string };

/**
 * A file whose bytes differ from what we know, or that went away. `restored`: while the warehouse is made anew, a
 * file whose version in force stands no more in raw/ and is taken from where it was saved.
 */
export type Drop =
  | {
      readonly kind: 'changed';
      readonly file: FileRecord;
      readonly fingerprint: string;
      readonly stat: FileStat;
      /** Of a large file, the blocks that it consists of. */
      readonly blocks: BlockTable | null;
    }
  | { readonly kind: 'removed'; readonly file: FileRecord; readonly fingerprint: string }
  | {
      readonly kind: 'restored';
      readonly file: FileRecord;
      readonly fingerprint: string;
      readonly version: FileVersion;
    };

/** What travels down the chain first: the drops that make one epoch. An empty one travels too. */
export interface Batch {
  readonly drops: readonly Drop[];
  /** Files looked at whose bytes are the known ones. */
  readonly unchanged: number;
}

/** Where a file of the batch stands. `taken` and `removed` may still become `held`; the others are final. */
export type FileStatus = 'taken' | 'removed' | 'restored' | 'held' | 'rejected';

/** One file's line of the drop receipt. Counts are records. */
export interface FileAccount {
  readonly file: FileRecord;
  readonly fingerprint: string;
  readonly status: FileStatus;
  /** Name of the shape by which the header was recognised. */
  readonly shape: string | null;
  /** Columns of the file that nobody reads; receipts of earlier builds lack it. */
  readonly unread?: readonly UnreadColumn[];
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
  readonly shadowed: number;
  readonly quarantined: number;
  /** Quarantined records and cells of the version in force until now that are good, or gone, in this one. */
  readonly healed: number;
  readonly bytes: number;
  /**
   * Whether the engine read it by itself, or only the blocks of it that are new, or it came record by record; null where
   * it wasn't read.
   */
  readonly lane: 'bulk' | 'blocks' | 'records' | null;
  /** Why a large file was not read in bulk, or not only the blocks of it that are new. */
  readonly declined: string | null;
  /** Why it is held or rejected, and what to do. */
  readonly reason: { readonly code: string; readonly message: string; readonly hint: string } | null;
}

/** A file of a batch at work. */
export interface FileWork {
  readonly drop: Drop;
  readonly account: FileAccount;
  /** Whether its records have keys of their own; without, a changed record is one that goes and one that comes. */
  readonly isUnique: boolean;
  /** The file was cut off, though all its records are whole. */
  readonly isTruncated: boolean;
  /** How the bytes were read; null for a removal. */
  readonly meta: VersionMeta | null;
  /** What of it is quarantined, as far as it is kept one by one. */
  readonly quarantined: readonly QuarantineEntry[];
  /** Lines on which records start, where the engine counts records; null where it knows lines. */
  readonly linesOf: ((records: readonly number[]) => Promise<number[]>) | null;
  /** Of a large file that was read whole: the keys of its records, in file order. */
  readonly recordKeys: KeySpool | null;
  /** Of a large file of which only new records were read: what of it stands in the version in force; until `diff`. */
  readonly parts: PartsRead | null;
  /** The pending version in the watermark store, once `diff` has made it. */
  readonly versionId: number | null;
}

/** A batch with its session open: what `stage` makes and the later stages refine. */
export interface Work extends Batch {
  readonly session: EpochSession;
  readonly files: readonly FileWork[];
  /** How much is recomputed; null where there is nothing to do and no epoch comes of it. */
  readonly scope: Scope | null;
  readonly steps: readonly StepAccount[];
  /** Milliseconds by stage. */
  readonly timings: Readonly<Record<string, number>>;
  readonly startedAtMs: number;
}

/** After `upsert`: sealed in the warehouse, to be published. */
export interface SealedWork extends Work {
  readonly publication: Publication | null;
  /** Bytes of the files that publishing wrote; null before it did. */
  readonly bytesWritten: number | null;
}

/** What comes out of the chain for each batch. */
export interface BatchResult {
  readonly receipt: Receipt | null;
  /** Files looked at whose bytes are the known ones. */
  readonly unchanged: number;
  readonly accounts: readonly FileAccount[];
}

/** The drop receipt of an epoch, as it is stored (JSON) and shown. Durations in milliseconds, sizes in bytes. */
export interface Receipt {
  readonly epoch: number;
  readonly uuid: string;
  readonly committedAt: string;
  readonly scope: Scope;
  readonly files: readonly FileAccount[];
  readonly films: { readonly total: number; readonly affected: number };
  /** Sizes of the impact relations: how far the change reached. */
  readonly impact: Readonly<Record<string, number>>;
  /** Rows recomputed by model. */
  readonly recomputed: Readonly<Record<string, number>>;
  readonly partitionsRewritten: readonly (number | null)[];
  readonly aggregatesRewritten: readonly string[];
  /** Bytes of Parquet and serving file that were written; null where an epoch cut short was finished later. */
  readonly bytesWritten: number | null;
  /** Work in proportion to the change; null where no record changed. */
  readonly proportionality: {
    readonly bytesReadPerRow: number;
    readonly rowsRecomputedPerRow: number;
    readonly bytesWrittenPerRow: number | null;
  } | null;
  readonly timings: Readonly<Record<string, number>>;
}

/**
 * Records inserted, updated and deleted over those of some files: of a held one nothing went. Of a rejected one something did
 * where its bytes were those in force.
 */
export function totals(
  accounts: readonly Pick<FileAccount, 'status' | 'inserted' | 'updated' | 'deleted'>[],
): {
  inserted: number;
  updated: number;
  deleted: number;
} {
  const counted = accounts.filter(({ status }) => status !== 'held');
  const sum = (key: 'inserted' | 'updated' | 'deleted'): number => counted.reduce((n, a) => n + a[key], 0);
  return { inserted: sum('inserted'), updated: sum('updated'), deleted: sum('deleted') };
}

/** Whether a file's changes go into the warehouse with this batch. */
export function isAccepted({ status }: Pick<FileAccount, 'status'>): boolean {
  return status === 'taken' || status === 'removed' || status === 'restored';
}
