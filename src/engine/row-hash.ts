/**
 * Names how rows are hashed. The engine's own `hash` is some twenty times faster than MD5 over the same text, but may
 * change with its version: then everything is read again, as after an edit of a source.
 */
export const rowHashScheme = 'duckdb-1.5.5';

/** 128 bits that stand for the key of a record: MD5 over the key columns, since keys of 12 million rows must not collide. */
export function keyHash(columns: readonly string[]): string {
  const parts = columns.map(
    (column) =>
      `case when ${column} is null then '${column}=n' else '${column}=v' || length(${column}) || ':' || ${column} end`,
  );
  return `md5_number(concat(${parts.join(', ')}))`;
}

/**
 * 128 bits that stand for the contents of a row: the engine's hash of the columns in order (a null is no text, and a value
 * that moves to its neighbour is another row), and one of their lengths. Two versions of one record have to agree in
 * both by chance to be taken for the same.
 */
export function rowHash(columns: readonly string[]): string {
  const lengths = columns.map((column) => `strlen(${column})`);
  return `(cast(hash(${columns.join(', ')}) as uhugeint) << 64) | cast(hash(${lengths.join(', ')}) as uhugeint)`;
}

/** A hash of 128 bits as two words. */
export function words(hash: string): string {
  return `cast(${hash} >> 64 as ubigint), cast(${hash} & 18446744073709551615 as ubigint)`;
}
