import type { RowDifference } from '../engine/compare.ts';

/** Something published that is not as it should be, apart from single rows. */
export interface FileDifference {
  readonly kind: 'missing-file' | 'extra-file' | 'unreadable' | 'link';
  /** Relative to the root. */
  readonly path: string;
  /** What is wrong with it, for people. */
  readonly message: string;
}

/** What came of one relation in one of the places where it is published. */
export interface RelationReport {
  readonly relation: string;
  readonly place: 'parquet' | 'serving';
  readonly rowsPublished: number | null;
  readonly rowsExpected: number;
  readonly checksumPublished: string | null;
  readonly checksumExpected: string;
  readonly isEqual: boolean;
  readonly files: readonly FileDifference[];
  /** The first rows that differ. */
  readonly rows: readonly (RowDifference & { readonly path: string })[];
}

/** What has to be written again to make the published snapshot right. */
export interface Damage {
  readonly partitions: readonly (number | null)[];
  readonly aggregates: readonly string[];
}

/** What `marquee verify` found. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly epoch: number;
  /** The published snapshot that was looked at, absolute. */
  readonly snapshot: string;
  /** Null: everything was checked. */
  readonly sample: { readonly share: number; readonly seed: number; readonly films: number } | null;
  readonly relations: readonly RelationReport[];
  /** Damage to what leads to the relations. */
  readonly files: readonly FileDifference[];
  readonly remarks: readonly string[];
  /** What a repair did, in words; empty without one. */
  readonly repaired: readonly string[];
  readonly damage: Damage;
}
