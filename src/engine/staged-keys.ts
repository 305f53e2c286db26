import type { DuckDBResult } from '@duckdb/node-api';
import type { PairChunk } from '../../state/pairs.ts';
import type { Connection } from './connection.ts';
import { rowGroup } from './places.ts';
import { words } from './row-hash.ts';
import { wordsOf } from './word-columns.ts';

/** Rows read at a time; of pairs about 4 MB. */
const rowsPerPage = rowGroup;

/**
 * A file of no more records is small: its pairs are read together with those of other small ones, as long as these are no more
 * than so many pairs, of so many files.
 */
const together = { smallFile: 4096, pairs: 65_536, files: 1000 };

/**
 * The pairs of the staged files of a source, file by file, each sorted by key. Those of small files are read many files at a
 * time: the statements that it takes to read a file's take longer than to read them.
 *
 * State: the pairs of some files whose turn comes next, 2 MB at most.
 */
export class StagedPairs {
  readonly #connection: Connection;
  readonly #source: string;
  readonly #counts: ReadonlyMap<number, number>;
  readonly #atHand = new Map<number, PairChunk[]>();

  /** @param counts records by file, in the order in which they will be asked for */
  constructor(connection: Connection, source: string, counts: ReadonlyMap<number, number>) {
    this.#connection = connection;
    this.#source = source;
    this.#counts = counts;
  }

  async *read(fileId: number): AsyncGenerator<PairChunk> {
    const count = this.#counts.get(fileId);
    if (count === 0) return;
    if (count === undefined || count > together.smallFile) {
      yield* readSortedPairs(this.#connection, this.#source, fileId);
      return;
    }
    if (!this.#atHand.has(fileId)) await this.#readFrom(fileId);
    const chunks = this.#atHand.get(fileId) ?? [];
    this.#atHand.delete(fileId);
    const got = chunks.reduce((sum, { keyHi }) => sum + keyHi.length, 0);
    // What is missing here would count as deleted.
    if (got !== count) throw new Error(`got ${got} pairs of file ${fileId}, expected ${count}`);
    yield* chunks;
  }

  /** Puts at hand what a file and the small ones behind it have. */
  async #readFrom(fileId: number): Promise<void> {
    this.#atHand.clear();
    const order = [...this.#counts];
    const files: number[] = [];
    let sum = 0;
    for (const [file, count] of order.slice(order.findIndex(([file]) => file === fileId))) {
      if (count > together.smallFile) continue;
      if (files.length === together.files || sum + count > together.pairs) break;
      files.push(file);
      sum += count;
    }
    const result = await this.#connection.attempt((native) =>
      native.run(`
        select cast(file_id as ubigint), ${words('record_key')}, ${words('row_hash')}
        from temp.main.pairs_${this.#source} where file_id in (${files.join(', ')}) order by file_id, record_key`),
    );
    const columns = (chunk: Chunk): BigUint64Array[] => [0, 1, 2, 3, 4].map((at) => wordsOf(chunk, at));
    for await (const [ids, ...pairs] of chunksOf(result, columns)) this.#sort(ids!, pairs);
  }

  /** Puts the pairs of a chunk with the files that they are of. */
  #sort(ids: BigUint64Array, pairs: readonly BigUint64Array[]): void {
    for (let start = 0, end = 0; start < ids.length; start = end) {
      while (end < ids.length && ids[end] === ids[start]) end += 1;
      const [keyHi, keyLo, rowHi, rowLo] = pairs.map((column) => column.subarray(start, end));
      const chunk = { keyHi, keyLo, rowHi, rowLo } as PairChunk;
      const fileId = Number(ids[start]);
      const known = this.#atHand.get(fileId);
      if (known === undefined) this.#atHand.set(fileId, [chunk]);
      else known.push(chunk);
    }
  }
}

/**
 * Pairs of a staged file, sorted by key. Other statements may run while they are read: a streamed result would end at
 * the next statement on its connection, without a word, and what it had not told yet would look deleted. So they are
 * sorted into a table, which spills where memory is short, and read in pages.
 */
async function* readSortedPairs(
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
      yield* chunksOf(page, pairsOf);
    }
  } finally {
    await connection.run(`drop table if exists ${table}`);
  }
}

/** The pairs that a relation holds, sorted by key. Memory: all of them. */
export async function sortedPairs(connection: Connection, relation: string): Promise<PairChunk[]> {
  const result = await connection.native.run(
    `select ${words('record_key')}, ${words('row_hash')} from ${relation} order by record_key`,
  );
  const chunks: PairChunk[] = [];
  for await (const chunk of chunksOf(result, pairsOf)) chunks.push(chunk);
  return chunks;
}

function pairsOf(chunk: Chunk): PairChunk {
  return {
    keyHi: wordsOf(chunk, 0),
    keyLo: wordsOf(chunk, 1),
    rowHi: wordsOf(chunk, 2),
    rowLo: wordsOf(chunk, 3),
  };
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
