import {
  DuckDBDataChunk,
  INTEGER,
  BIGINT,
  VARCHAR,
  type DuckDBAppender,
  type DuckDBResult,
} from '@duckdb/node-api';
import { literal, type Connection } from './connection.ts';
import type { PairChunk } from '../../state/pairs.ts';
import type { RowBatch, StagedFile, StageOutcome } from './engine.ts';
import { naturalOrder } from './natural-order.ts';
import type { SourceColumns } from './schema.ts';
import type { SqlLibrary } from './sql-library.ts';
import { readOutcomes } from './staged-outcomes.ts';

/** Pairs read at a time: a row group of DuckDB, about 4 MB. */
const pairsPerPage = 122_880;

/**
 * The way of a batch's rows from CSV text to typed, keyed, checked rows, in temporary tables of one connection:
 *
 *     staged_rows_<source>  as read, with file and line
 *     staged_<source>       with record_key and row_hash; a repeated key keeps its last line
 *     typed_<source>        the result of sql/staging/stg_<source>.sql over these
 */
export class Staging {
  private readonly connection: Connection;
  private readonly library: SqlLibrary;
  private readonly sources: ReadonlyMap<string, SourceColumns>;
  private readonly files = new Map<string, StagedFile[]>();
  private readonly appenders = new Map<string, DuckDBAppender>();
  private readonly settled = new Set<string>();

  constructor(connection: Connection, library: SqlLibrary, sources: ReadonlyMap<string, SourceColumns>) {
    this.connection = connection;
    this.library = library;
    this.sources = sources;
  }

  /** Whether rows of a source were staged and settled. */
  isSettled(source: string): boolean {
    return this.settled.has(source);
  }

  private filesOf(source: string): readonly StagedFile[] {
    return this.files.get(source) ?? [];
  }

  /** Appends a file's rows as they come; memory stays at one batch. */
  async stage(file: StagedFile, rows: AsyncIterable<RowBatch>): Promise<void> {
    const columns = this.columnsOf(file.source);
    const appender = await this.appender(file.source, columns);
    const types = [INTEGER, BIGINT, ...columns.map(() => VARCHAR)];
    for await (const batch of rows) {
      const count = batch.lines.length;
      if (count === 0) continue;
      const chunk = DuckDBDataChunk.create(types, count);
      chunk.setColumns([
        new Array<number>(count).fill(file.fileId),
        batch.lines.map(BigInt),
        ...batch.values.map((column) => [...column]),
      ]);
      appender.appendDataChunk(chunk);
    }
    const files = this.files.get(file.source);
    if (files === undefined) this.files.set(file.source, [file]);
    else files.push(file);
  }

  /**
   * Forgets a file. Its rows may stay behind in temporary tables; what is not among the staged files is never used.
   */
  async unstage(source: string, fileId: number): Promise<void> {
    const files = this.filesOf(source);
    this.files.set(
      source,
      files.filter((file) => file.fileId !== fileId),
    );
    if (this.settled.has(source)) {
      await this.connection.run(`delete from temp.main.staged_file_${source} where file_id = ${fileId}`);
    }
  }

  async settle(source: string): Promise<StageOutcome[]> {
    const files = this.filesOf(source);
    if (files.length === 0) return [];
    this.appenders.get(source)?.closeSync();
    this.appenders.delete(source);
    await this.hash(source, files);
    this.settled.add(source);
    const shadowed = await this.shadow(source);
    await this.type(source);
    await this.check(source);
    return readOutcomes(this.connection, source, files, shadowed);
  }

  /**
   * Pairs of a staged file, sorted by key. Other statements may run while they are read: a streamed result would end at
   * the next statement on its connection, without a word, and what it had not told yet would look deleted. So they are
   * sorted into a table, which spills where memory is short, and read in pages.
   */
  async *pairs(source: string, fileId: number): AsyncGenerator<PairChunk> {
    const table = `temp.main.sorted_pairs_${fileId}`;
    await this.connection.run(`
      create or replace temp table sorted_pairs_${fileId} as
      select record_key, row_hash from temp.main.staged_${source} where file_id = ${fileId} order by record_key`);
    try {
      for (let start = 0; ; start += pairsPerPage) {
        const page = await this.connection.attempt((native) =>
          native.run(`
            select
              cast(record_key >> 64 as ubigint), cast(record_key & 18446744073709551615 as ubigint),
              cast(row_hash >> 64 as ubigint), cast(row_hash & 18446744073709551615 as ubigint)
            from ${table} where rowid >= ${start} and rowid < ${start + pairsPerPage} order by record_key`),
        );
        if (page.rowCount === 0) return;
        yield* chunksOf(page);
      }
    } finally {
      await this.connection.run(`drop table if exists ${table}`);
    }
  }

  private columnsOf(source: string): readonly string[] {
    const columns = this.sources.get(source);
    if (columns === undefined) throw new Error(`no source "${source}" is declared`);
    return columns.columns;
  }

  private async appender(source: string, columns: readonly string[]): Promise<DuckDBAppender> {
    const open = this.appenders.get(source);
    if (open !== undefined) return open;
    await this.connection.run(
      `create temp table if not exists staged_rows_${source} (file_id int, line bigint, ${columns.map((c) => `${c} varchar`).join(', ')})`,
    );
    const appender = await this.connection.native.createAppender(`staged_rows_${source}`, 'main', 'temp');
    this.appenders.set(source, appender);
    return appender;
  }

  private async hash(source: string, files: readonly StagedFile[]): Promise<void> {
    const columns = this.columnsOf(source);
    const list = columns.join(', ');
    await this.connection.run(`
      create or replace temp table staged_file_${source} as
      select * from (values ${files.map(fileValues).join(', ')})
        t(file_id, source, path, shape, file_rank, path_order, date_order, key_columns, is_unique);
      create or replace temp table quarantined_${source}
        (file_id int, line bigint, column_name varchar, code varchar, key_hash varchar, "value" varchar, reason varchar);`);
    const shapes = new Map(files.map((file) => [`${file.isUnique} ${file.key.join(',')}`, file]));
    const keyOf = (file: StagedFile): string => file.key.join(',');
    const cases = [...shapes.values()].map((file) => {
      const keyed = file.isUnique ? file.key : columns;
      const test = `f.is_unique = ${file.isUnique} and f.key_columns = ${literal(keyOf(file))}`;
      return `when ${test} then ${digest(keyed, true)}`;
    });
    await this.connection.run(`
      create or replace temp table staged_${source} as
      select r.file_id, r.line, case ${cases.join(' ')} end as record_key, ${digest(columns, false)} as row_hash, ${list}
      from temp.main.staged_rows_${source} r
      join temp.main.staged_file_${source} f on f.file_id = r.file_id`);
    await this.connection.run(`drop table temp.main.staged_rows_${source}`);
  }

  private async shadow(source: string): Promise<Map<number, number>> {
    await this.connection.run(`
      create or replace temp table repeated as
      select file_id, record_key, max(line) as line, count(*) - 1 as shadowed
      from temp.main.staged_${source} group by file_id, record_key having count(*) > 1;
      delete from temp.main.staged_${source} s using temp.main.repeated r
      where r.file_id = s.file_id and r.record_key = s.record_key and s.line < r.line;`);
    const rows = await this.connection.rows(
      'select file_id, cast(sum(shadowed) as bigint) as shadowed from temp.main.repeated group by file_id',
    );
    await this.connection.run('drop table temp.main.repeated');
    return new Map(rows.map((row) => [Number(row['file_id']), Number(row['shadowed'])]));
  }

  private async type(source: string): Promise<void> {
    await this.bound(source, false, async () => {
      await this.connection.run(
        `create or replace temp table typed_${source} as ${this.library.text(`stg_${source}`)}`,
      );
    });
  }

  private async check(source: string): Promise<void> {
    const into = (check: string): string => `
      insert into quarantined_${source}
      select c.file_id, s.line, c.column_name, c.code, printf('%016x%016x', s.record_key >> 64, s.record_key & 18446744073709551615), c."value", c.reason
      from (${this.library.text(check)}) c
      join temp.main.staged_${source} s on s.file_id = c.file_id and s.record_key = c.record_key`;
    await this.bound(source, true, async () => {
      await this.connection.run(
        `create or replace temp table rejected_${source} (file_id int, reason varchar)`,
      );
      if (this.library.has(`reject_${source}`)) {
        await this.connection.run(`insert into rejected_${source} ${this.library.text(`reject_${source}`)}`);
      }
      const before = await this.connection.count(`select count(*) from quarantined_${source}`);
      if (this.library.has(`records_${source}`)) await this.connection.run(into(`records_${source}`));
      const after = await this.connection.count(`select count(*) from quarantined_${source}`);
      if (after > before) {
        await this.connection.run(`
          create or replace temp table bad_records as
          select distinct file_id, record_key from (${this.library.text(`records_${source}`)}) c;
          delete from temp.main.staged_${source} s using temp.main.bad_records b
          where b.file_id = s.file_id and b.record_key = s.record_key;
          delete from temp.main.typed_${source} s using temp.main.bad_records b
          where b.file_id = s.file_id and b.record_key = s.record_key;
          drop table temp.main.bad_records;`);
      }
      if (this.library.has(`cells_${source}`)) await this.connection.run(into(`cells_${source}`));
    });
  }

  /** Binds raw_<source>, raw_file and, when asked, stg_<source> to what is staged while `work` runs. */
  private async bound(source: string, isTyped: boolean, work: () => Promise<void>): Promise<void> {
    await this.connection.run(`
      create or replace temp view raw_${source} as select * exclude (line, row_hash) from temp.main.staged_${source};
      create or replace temp view raw_file as select * exclude (key_columns, is_unique) from temp.main.staged_file_${source};`);
    if (isTyped) {
      await this.connection.run(
        `create or replace temp view stg_${source} as from temp.main.typed_${source}`,
      );
    }
    await work();
    await this.connection.run(`
      drop view if exists temp.main.raw_${source}; drop view if exists temp.main.raw_file;
      drop view if exists temp.main.stg_${source};`);
  }
}

async function* chunksOf(result: DuckDBResult): AsyncGenerator<PairChunk> {
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    const column = (index: number): BigUint64Array =>
      BigUint64Array.from(chunk.getColumnValues(index) as bigint[]);
    yield { keyHi: column(0), keyLo: column(1), rowHi: column(2), rowLo: column(3) };
  }
}

/** 128 bits of some columns: nulls are distinct from texts, and no value can run into its neighbour. */
function digest(columns: readonly string[], isNamed: boolean): string {
  const parts = columns.map((column) => {
    const mark = isNamed ? `${column}=` : '';
    return `case when r.${column} is null then '${mark}n' else '${mark}v' || length(r.${column}) || ':' || r.${column} end`;
  });
  return `md5_number(concat(${parts.join(', ')}))`;
}

function fileValues(file: StagedFile): string {
  const values = [
    `cast(${file.fileId} as int)`,
    literal(file.source),
    literal(file.path),
    literal(file.shape),
    `cast(${file.rank} as int)`,
    literal(naturalOrder(file.path)),
    literal(file.dateOrder),
    literal(file.key.join(',')),
    String(file.isUnique),
  ];
  return `(${values.join(', ')})`;
}
