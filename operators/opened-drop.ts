import type { KeptKeys } from '../state/key-runs.ts';
import type { PairChunk } from '../state/pairs.ts';
import type { BulkFile, QuarantineEntry, RowBatch } from '../src/engine/engine.ts';

/** A whole file that can't be taken. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** A column of a file that nobody reads; `meant`: the name of one that is read, if it looks like a slip of the pen. */
export interface UnreadColumn {
  readonly header: string;
  readonly meant: string | null;
}

/** A file opened as CSV: what it is, and its rows. */
export interface OpenedDrop {
  readonly shape: string;
  readonly unread: readonly UnreadColumn[];
  readonly key: readonly string[];
  readonly isUnique: boolean;
  readonly dateOrder: string;
  readonly encoding: string;
  readonly delimiter: string;
  readonly rank: number;
  /** Bytes. */
  readonly size: number;
  /** Rows, then what could not be read as a record, or why the file as a whole is refused after all. */
  read(): AsyncGenerator<RowBatch, ReadEnd>;
  /** How the engine can read it by itself, or why it can't. */
  readonly bulk: BulkDrop | { readonly declined: string };
}

/** A drop that the engine reads by itself, where its bytes are sound. */
export interface BulkDrop {
  readonly file: BulkFile;
  /** Looks at every byte: whether the engine finds the very records in it that `read` would. */
  readonly examine: () => Promise<Soundness>;
  /** The lines on which records start; `records` ascend, from 0 for the first one after the header. */
  readonly linesOf: (records: readonly number[]) => Promise<number[]>;
}

/** What an examination found. `records` includes the header; `isPadded`: fields have to be trimmed. */
export type Soundness =
  | { readonly kind: 'sound'; readonly records: number; readonly isPadded: boolean }
  | { readonly kind: 'unsound'; readonly reason: string };

/** How reading ended. */
export type ReadEnd =
  | {
      readonly kind: 'read';
      readonly records: number;
      readonly bytes: number;
      readonly quarantined: readonly QuarantineEntry[];
      readonly quarantinedCount: number;
      /** The file ends inside a quoted field, but in a column that nobody reads: all its records are whole. */
      readonly isTruncated: boolean;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Records of a file, one after another, counted from 0 without its header. */
export interface RecordRange {
  readonly firstRecord: number;
  readonly records: number;
}

/** What of a new version its predecessor lacks, which stands in the parts, and what is known of the other records, which are kept. */
export interface PartsOfFile {
  /** Records of the new version. */
  readonly records: number;
  /** Records of the parts. */
  readonly newRecords: number;
  /** The pairs of the predecessor's records that are not kept, ascending. */
  readonly gone: readonly PairChunk[];
  /** The line of the new version on which a kept record stands of which something is quarantined; null for any other one. */
  newLine(entry: Pick<QuarantineEntry, 'line' | 'key'>): number | null;
  /** Why the parts are of no use, given the keys of their records in the order of the file; null where they are. */
  clash(keys: BigUint64Array): string | null;
  /** The keys of all records of the new version, given those of the parts. */
  keysWith(keys: BigUint64Array): Iterable<BigUint64Array | KeptKeys>;
}

/** The parts of a file that its predecessor lacks, opened as a file of their own. */
export interface OpenedParts {
  readonly comparison: PartsOfFile;
  readonly opened: OpenedDrop;
  /** The line of the new version on which a line of the parts stands. */
  readonly wholeLine: (line: number) => number;
  /** Removes what was written to open them. */
  readonly close: () => void;
}
