import type { DuckDBResult } from '@duckdb/node-api';
import type { PairChunk } from '../../state/pairs.ts';
import type { Connection } from './connection.ts';
import { rowGroup } from './places.ts';
import { words } from './row-hash.ts';
import { wordsOf } from './word-columns.ts';

/** Rows read at a time; of pairs about 4 MB. */
const rowsPerPage = rowGroup;

/**
 * Pairs of a staged file, sorted by key. Other statements may run while they are read: a streamed result would end at
 * the next statement on its connection, without a word, and what it had not told yet would look deleted. So they are
 * sorted into a table, which spills where memory is short, and read in pages.
 */
export async function* readSortedPairs(
  connection: Connection,
  source: string,
  fileId: number,
): AsyncGenerator<PairChunk> {
  const table = `temp.main.sorted_pairs_${fileId}`;
  await connection.run(`
    create or replace temp table sorted_pairs_${fileId} as
    select record_key, row_hash from temp.main.pairs_${source} where file_id = ${fileId} order by record_key`);
  try {
    for (let start = 0; ; start += rowsPerPage) {
      const page = await connection.attempt((native) =>
        native.run(`
          select ${words('record_key')}, ${words('row_hash')}
          from ${table} where rowid >= ${start} and rowid < ${start + rowsPerPage} order by record_key`),
      );
      if (page.rowCount === 0) return;
      yield* chunksOf(page, (chunk) => ({
        keyHi: wordsOf(chunk, 0),
        keyLo: wordsOf(chunk, 1),
        rowHi: wordsOf(chunk, 2),
        rowLo: wordsOf(chunk, 3),
      }));
    }
  } finally {
    await connection.run(`drop table if exists ${table}`);
  }
}

/**
 * The lower 64 bits of the keys of a file that was read in bulk, in its order.
 *
 * @param staged the relation that holds its rows, nobody else's between them
 * @param first place of its first row
 */
export async function* readRecordKeys(
  connection: Connection,
  staged: string,
  fileId: number,
  first: number,
): AsyncGenerator<BigUint64Array> {
  const end = 1 + (await connection.count(`select max(rowid) from ${staged} where file_id = ${fileId}`));
  for (let start = first; start < end; start += rowsPerPage) {
    const page = await connection.attempt((native) =>
      native.run(`
        select cast(record_key & 18446744073709551615 as ubigint) from ${staged}
        where rowid >= ${start} and rowid < ${Math.min(end, start + rowsPerPage)} and file_id = ${fileId}
        order by rowid`),
    );
    yield* chunksOf(page, (chunk) => wordsOf(chunk, 0));
  }
}

type Chunk = NonNullable<Awaited<ReturnType<DuckDBResult['fetchChunk']>>>;

async function* chunksOf<T>(result: DuckDBResult, read: (chunk: Chunk) => T): AsyncGenerator<T> {
  for (
    let chunk = await result.fetchChunk();
    chunk !== null && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    yield read(chunk);
  }
}
