/**
 * Watermarks as they travel: (key hash, row hash) pairs, 128 bits each, column by column.
 *
 * Four equally long columns; element `i` of all four is one record. A hash is `hi * 2^64 + lo`. Columns instead
 * of interleaved values because that is how DuckDB hands over UBIGINT vectors and what the merge-diff reads fastest.
 * Within a stream of chunks keys ascend strictly, as unsigned 128-bit numbers (`order by key_hi, key_lo`).
 */
export interface PairChunk {
  readonly keyHi: BigUint64Array;
  readonly keyLo: BigUint64Array;
  readonly rowHi: BigUint64Array;
  readonly rowLo: BigUint64Array;
}

/** A chunk made of another column by column. */
export function mapColumns(chunk: PairChunk, map: (column: BigUint64Array) => BigUint64Array): PairChunk {
  return {
    keyHi: map(chunk.keyHi),
    keyLo: map(chunk.keyLo),
    rowHi: map(chunk.rowHi),
    rowLo: map(chunk.rowLo),
  };
}

/** What a key of {@link ChangedKeys} went through; the values of its `op` column. */
export const DELTA_OP = { insert: 1, update: 2, delete: 3 } as const;

/** Some changed keys, column by column and ascending by key; `op[i]` is a value of {@link DELTA_OP}. */
export interface ChangedKeys extends Pick<PairChunk, 'keyHi' | 'keyLo'> {
  readonly op: Uint8Array;
}

/** Changed keys with their rows: the new one, of a deleted key the one that went. */
export interface DeltaChunk extends ChangedKeys, PairChunk {}

/** How many records a diff found of each kind. */
export interface DeltaCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
}
