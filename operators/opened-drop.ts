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

/** Records that two versions of a file have in common, one after another in both. */
export interface KeptRecords {
  readonly oldRecord: number;
  readonly newRecord: number;
  readonly records: number;
}

/** Where the records of a new version are: in its predecessor as well, or only in parts of it. */
export interface PartsOfFile {
  /** Ascending by their place in the new version. */
  readonly kept: readonly KeptRecords[];
  /** The other records of the new version, ascending. */
  readonly parts: readonly RecordRange[];
  /** The other records of the predecessor, ascending; some may stand in a part, unchanged. */
  readonly vanished: readonly RecordRange[];
  /** Records of the new version. */
  readonly records: number;
}

/** The parts of a file that its predecessor lacks, opened as a file of their own. */
export interface OpenedParts extends PartsOfFile {
  readonly opened: OpenedDrop;
  /** The line of the new version on which a line of the predecessor stands; null where it was not kept. */
  readonly newLine: (oldLine: number) => number | null;
  /** The line of the new version on which a line of the parts stands. */
  readonly wholeLine: (line: number) => number;
  /** Removes what was written to open them. */
  close(): void;
}
