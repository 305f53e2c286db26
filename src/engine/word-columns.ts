import {
  DuckDBDataChunk,
  DuckDBUBigIntVector,
  UBIGINT,
  UTINYINT,
  type DuckDBAppender,
  type DuckDBVector,
} from '@duckdb/node-api';

/** Rows a chunk takes at most. */
const chunkRows = 2048;

/**
 * The words of a vector as they stand in memory. The client keeps them private and offers one BigInt after the other, which
 * takes ten times as long; its version is pinned, and a test holds it to this.
 */
function itemsOf(vector: DuckDBVector): BigUint64Array {
  const { items } = vector as unknown as { items?: unknown };
  if (!(vector instanceof DuckDBUBigIntVector) || !(items instanceof BigUint64Array)) {
    throw new Error('a column of words is no ubigint');
  }
  return items;
}

/** A column of 64-bit words of a chunk that was read, copied. */
export function wordsOf(chunk: DuckDBDataChunk, column: number): BigUint64Array {
  return itemsOf(chunk.getColumnVector(column)).slice();
}

/** Appends rows of 64-bit words, column by column, behind an optional column of small numbers. */
export function appendWords(
  appender: DuckDBAppender,
  columns: readonly BigUint64Array[],
  small?: Uint8Array,
): void {
  const count = columns[0]?.length ?? 0;
  const types = [...(small === undefined ? [] : [UTINYINT]), ...columns.map(() => UBIGINT)];
  for (let start = 0; start < count; start += chunkRows) {
    const end = Math.min(start + chunkRows, count);
    const chunk = DuckDBDataChunk.create(types, end - start);
    if (small !== undefined) chunk.setColumnValues(0, [...small.subarray(start, end)]);
    for (const [index, words] of columns.entries()) {
      const vector = chunk.getColumnVector(index + (small === undefined ? 0 : 1));
      itemsOf(vector).set(words.subarray(start, end));
      vector.flush();
    }
    appender.appendDataChunk(chunk);
  }
}
