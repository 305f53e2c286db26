import type { ChangedKeys, PairChunk } from '../../state/pairs.ts';

/**
 * The analytical engine as the operators see it: what an epoch does to the warehouse, and nothing of how.
 * DuckDB implements it (`duckdb-engine.ts`).
 */

/** A file of a batch as the engine needs to know it. */
export interface StagedFile {
  /** Stable number of the path. */
  readonly fileId: number;
  readonly source: string;
  /** Relative to `raw/`, with `/`. */
  readonly path: string;
  readonly shape: string;
  /** Canonical columns that make up the record key. */
  readonly key: readonly string[];
  /** False: keyed by the whole declared row. */
  readonly isUnique: boolean;
  /** ymd, mdy or dmy. */
  readonly dateOrder: string;
  /** Precedence between files: the rank from the configuration; higher wins. */
  readonly rank: number;
}

/** Some rows of a file: `values[column][row]`, columns in the order the source declares them. */
export interface RowBatch {
  /** 1-based line on which each record starts. */
  readonly lines: readonly number[];
  readonly values: readonly (readonly (string | null)[])[];
}

/** A file that the engine can read by itself: sound CSV in UTF-8, as `examineSoundness` says. */
export interface BulkFile {
  /** Where it stands. */
  readonly path: string;
  readonly delimiter: string;
  /** Fields of every record. */
  readonly columns: number;
  /** For each column the source declares: which field it is, or the text it has in every row; null where it has none. */
  readonly origins: readonly (number | string | null)[];
  /** Canonical columns that no record may lack. */
  readonly required: readonly string[];
}

/** What reading a file in bulk came to: its records and those without what is required, or why the engine can't read it. */
export type BulkOutcome =
  | { readonly kind: 'read'; readonly records: number; readonly lacking: number }
  | { readonly kind: 'declined'; readonly reason: string };

/** What is known of a file's version in force, with which a new one is compared before it is typed. */
export interface KnownVersion {
  /** Its watermarks. */
  readonly pairs: Iterable<PairChunk>;
  /** Cells of it that are quarantined, by record key. */
  readonly cells: readonly QuarantineEntry[];
}

/** A record or a cell that could not be taken as it stands. */
export interface QuarantineEntry {
  /** Where its record starts; of a file read in bulk, which record it is, from 0. */
  readonly line: number;
  readonly column: string | null;
  readonly code: string;
  /** The record's key hash, hex. */
  readonly key: string | null;
  readonly value: string | null;
  readonly reason: string;
}

/** What staging found in a file. */
export interface StageOutcome {
  readonly fileId: number;
  /** Records that go on: after quarantine, each key once. */
  readonly records: number;
  /** Records of which a later line has the same key. */
  readonly shadowed: number;
  readonly quarantined: readonly QuarantineEntry[];
  readonly quarantinedCount: number;
  /** Why the whole file is refused, if it is. */
  readonly rejection: string | null;
}

/** A guarded column of a file: how many cells had a value, and how many of these would be null. */
export interface CellLoss {
  readonly column: string;
  readonly had: number;
  readonly lost: number;
}

/** A random share of the films, the same for the same seed. */
export interface Sample {
  /** From 0 to 1. */
  readonly share: number;
  readonly seed: number;
}

/** How much of the warehouse an epoch recomputes. */
export type Scope = 'changes' | 'everything';

/** What a step of the plan did. */
export interface StepAccount {
  readonly model: string;
  /** Rows the model was recomputed for. */
  readonly recomputed: number;
  /** Sizes of the impact relations that bounded it. */
  readonly impact: Readonly<Record<string, number>>;
  readonly durationMs: number;
}

/** What has to be published after an epoch's transaction; stored with it, so that it can be done again. */
export interface Publication {
  readonly epoch: number;
  readonly uuid: string;
  /** Values of the partition column, as they stand in folder names; null for the default partition. */
  readonly partitions: readonly (number | null)[];
  readonly aggregates: readonly string[];
  /** JSON of the drop receipt. */
  readonly receipt: string;
}

/** What the epoch says of itself in `pipeline_epochs`. */
export interface EpochRow {
  readonly epoch: number;
  readonly uuid: string;
  readonly committedAt: Date;
  readonly files: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly filmsAffected: number;
  readonly durationMs: number;
}

/**
 * One epoch's work. Staged rows and scopes live in temporary tables and vanish with `close`; the warehouse
 * changes between `begin` and `seal` in one transaction, or not at all.
 */
export interface EpochSession {
  /** Takes a file's rows; call `settle` for its source afterwards. */
  stage(file: StagedFile, rows: AsyncIterable<RowBatch>): Promise<void>;
  /**
   * Has the engine read a file's rows by itself; call `settle` for its source afterwards. Of a file that it declines
   * nothing stays.
   */
  stageBulk(file: StagedFile, bulk: BulkFile, isPadded: boolean): Promise<BulkOutcome>;
  /** Takes a staged file's rows out again, before `settle`: it is read in another way. */
  discard(source: string, fileId: number): Promise<void>;
  /**
   * The lower 64 bits of the keys of all records of a file that was read in bulk, in file order; before `settle`, and
   * with no other call meanwhile.
   */
  recordKeys(source: string, fileId: number): AsyncIterable<BigUint64Array>;
  /** Whether files of a source are judged as a whole, by all their rows. */
  judgesFiles(source: string): boolean;
  /**
   * Says what is known of a staged file, before `settle`: only records that are others than these are typed and checked,
   * and what was found in the cells of the rest is found again. Not for sources whose files are judged as a whole.
   */
  compareWith(source: string, fileId: number, known: KnownVersion): Promise<void>;
  /** Takes a file's rows out again: it is rejected. */
  unstage(source: string, fileId: number): Promise<void>;
  /** Hashes, shadows, types and checks what was staged of a source. */
  settle(source: string): Promise<readonly StageOutcome[]>;
  /** The pairs of a staged file. */
  pairs(source: string, fileId: number): AsyncIterable<PairChunk>;
  /**
   * Of a staged file all of whose version in force was given to `compareWith`, the pairs that differ; null where it was not, or
   * where more of them differ than `most`.
   */
  differing(source: string, fileId: number, most: number): Promise<DifferingPairs | null>;
  /** Notes every staged record of a file as inserted. */
  insertAll(source: string, fileId: number): void;
  /** Notes every record in force of a file as deleted. */
  deleteAll(source: string, fileId: number): Promise<number>;
  /** Notes changed records of a staged file. */
  change(source: string, fileId: number, changes: ChangedKeys): Promise<void>;
  /** What the guarded columns of a file would lose. */
  losses(source: string, fileId: number): Promise<readonly CellLoss[]>;
  /** Some records in force that a file would delete: text by column, empty cells left out. */
  examples(
    source: string,
    fileId: number,
    limit: number,
  ): Promise<readonly Readonly<Record<string, string>>[]>;
  /** Forgets the changes of a file: it is held. */
  withhold(source: string, fileId: number): Promise<void>;
  /** Opens the transaction and puts the changed rows into the raw and staged relations. */
  begin(removed: readonly number[], scope: Scope): Promise<void>;
  /** Runs the models of a stage of the plan. */
  run(stage: 'join' | 'inflate', onStep: (account: StepAccount) => void): Promise<void>;
  /** In place of `run`: computes the partitioned relation for a sample of the films only; see sample.ts. */
  runSample(sample: Sample, onStep: (account: StepAccount) => void): Promise<void>;
  /** How many films there are now, and how many rows of films changed, went or came. */
  films(): Promise<{ total: number; affected: number }>;
  /** What has to be published, as far as contents really changed. */
  changedContent(): Promise<{ partitions: (number | null)[]; aggregates: string[] }>;
  /** Stores the epoch and what it has to publish, and commits. */
  seal(row: EpochRow, publication: Publication): Promise<void>;
  /** Commits without an epoch: a throw-away warehouse has no history. */
  keep(): Promise<void>;
  /** Undoes what `begin` and `run` did. */
  rollback(): Promise<void>;
  close(): Promise<void>;
}

/** What differs between two versions of a file: their pairs that the other hasn't, sorted by key. */
export interface DifferingPairs {
  /** Of the new version. */
  readonly come: readonly PairChunk[];
  /** Of the old one. */
  readonly gone: readonly PairChunk[];
}

/** The warehouse between epochs. */
export interface Engine {
  /** Identifies this warehouse file; a new one has a new identity. */
  readonly warehouseId: string;
  /** Hash of configuration and `sql/` that the stored results were computed with; null before the first epoch. */
  readonly planHash: string | null;
  /** Hash of what decides the raw rows (the sources' declarations); null before the first epoch. */
  readonly rawHash: string | null;
  /** The last sealed epoch, or null. */
  lastPublication(): Promise<Publication | null>;
  openSession(): Promise<EpochSession>;
  /** Values of the partition column that have rows; null stands for the default partition. */
  partitions(): Promise<(number | null)[]>;
  /** Writes the Parquet file of one partition. */
  writePartition(value: number | null, file: string): Promise<void>;
  /** Writes the Parquet file of an aggregate. */
  writeAggregate(name: string, file: string): Promise<void>;
  /** Makes the serving file of a snapshot folder, whose Parquet files are there once `written` is kept; it may begin before. */
  writeServing(file: string, snapshot: string, written: Promise<void>): Promise<void>;
  /** Writes the raw rows in force of a file to a Parquet file; `readSavedRows` reads them again. */
  saveRows(source: string, fileId: number, file: string): Promise<void>;
  readSavedRows(source: string, file: string): AsyncIterable<RowBatch>;
  /** Folds the log into the warehouse file where that is due: it has grown, or everything was written anew. */
  checkpoint(): Promise<void>;
  close(): Promise<void>;
}
