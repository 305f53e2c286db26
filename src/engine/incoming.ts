import { DuckDBDataChunk, INTEGER, BIGINT, VARCHAR, type DuckDBAppender } from '@duckdb/node-api';
import { bulkRelation } from './bulk-read.ts';
import { bulkCompression } from './bulk-writes.ts';
import { literal, type Connection } from './connection.ts';
import type { BulkFile, BulkOutcome, RowBatch, StagedFile } from './engine.ts';
import { naturalOrder } from './natural-order.ts';
import { keyHash, rowHash } from './row-hash.ts';
import type { SourceColumns } from './schema.ts';
import { readRecordKeys } from './staged-keys.ts';

/**
 * The rows of a batch as they come in, record by record or in bulk:
 *
 *     incoming_<source>  rows that were read record by record, with file and line
 *     staged_<source>    all rows, with record_key and row_hash; those that came record by record from `gather` on
 *
 * A source that is read in bulk for the first time is staged in the warehouse itself, since a million rows take longer to
 * copy than to read. What a killed process left there is dropped when the warehouse is opened.
 */
export class Incoming {
  private readonly connection: Connection;
  private readonly sources: ReadonlyMap<string, SourceColumns>;
  private readonly appenders = new Map<string, DuckDBAppender>();
  /** Sources of which rows were staged. */
  private readonly staged = new Set<string>();
  /** Files that the engine read by itself: the place of their first row. */
  private readonly starts = new Map<number, number>();
  /** Sources whose first rows ever these are: they are staged where they will stay. */
  private readonly adopted = new Set<string>();

  constructor(connection: Connection, sources: ReadonlyMap<string, SourceColumns>) {
    this.connection = connection;
    this.sources = sources;
  }

  /** Whether the staged tables of a source are to become its raw and staged relations. */
  isAdopted(source: string): boolean {
    return this.adopted.has(source);
  }

  /** Schema of a source's staged and typed tables. */
  home(source: string): string {
    return this.adopted.has(source) ? 'warehouse.main' : 'temp.main';
  }

  /** The staged rows of a source. */
  relation(source: string): string {
    return `${this.home(source)}.staged_${source}`;
  }

  columnsOf(source: string): readonly string[] {
    const columns = this.sources.get(source);
    if (columns === undefined) throw new Error(`no source "${source}" is declared`);
    return columns.columns;
  }

  /** Of files read in bulk, the place of their first row. */
  get bulkStarts(): ReadonlyMap<number, number> {
    return this.starts;
  }

  /** Drops what stands in the warehouse and was not adopted. */
  async clear(): Promise<void> {
    for (const source of this.adopted) await dropStaged(this.connection, source);
  }

  /** Appends a file's rows as they come; memory stays at one batch. */
  async append({ fileId, source }: StagedFile, rows: AsyncIterable<RowBatch>): Promise<void> {
    const columns = this.columnsOf(source);
    const appender = await this.appender(source, columns);
    const types = [INTEGER, BIGINT, ...columns.map(() => VARCHAR)];
    for await (const batch of rows) {
      const count = batch.lines.length;
      if (count === 0) continue;
      const chunk = DuckDBDataChunk.create(types, count);
      chunk.setColumns([
        new Array<number>(count).fill(fileId),
        batch.lines.map(BigInt),
        ...batch.values.map((column) => [...column]),
      ]);
      appender.appendDataChunk(chunk);
    }
  }

  /** Has DuckDB read a file; its rows spill to disk where they don't fit into memory. */
  async readBulk(file: StagedFile, bulk: BulkFile, isPadded: boolean): Promise<BulkOutcome> {
    const { fileId, source } = file;
    const columns = this.columnsOf(source);
    const isNew =
      !this.staged.has(source) &&
      (await this.connection.count(`select count(*) from warehouse.main.raw_${source}`)) === 0;
    if (isNew) this.adopted.add(source);
    await this.createStaged(source);
    const staged = this.relation(source);
    const key = keyHash(file.isUnique ? file.key : columns);
    const list = columns.join(', ');
    try {
      // Rows have to come in the order of the file: of a repeated key the last one counts. To try which compression
      // suits each column best takes longer than to read them.
      await this.connection.run(`
        set preserve_insertion_order = true; ${bulkCompression};
        insert into ${staged} select ${fileId}, null, ${key}, ${rowHash(columns)}, ${list}
        from (${bulkRelation(bulk, columns, isPadded)}) r`);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('Invalid Input Error')) throw error;
      return { kind: 'declined', reason: error.message.split('\n', 1)[0] ?? '' };
    } finally {
      await this.connection.run(`set preserve_insertion_order = false; set force_compression = 'auto'`);
    }
    const lacks = bulk.required.map((column) => `${column} is null`).join(' or ') || 'false';
    const [row] = await this.connection.rows(`
      select count(*) as records, min(rowid) as start, count_if(${lacks}) as lacking
      from ${staged} where file_id = ${fileId}`);
    this.starts.set(fileId, Number(row?.['start']));
    return { kind: 'read', records: Number(row?.['records']), lacking: Number(row?.['lacking']) };
  }

  /** Takes the rows of a file out again, which will come in another way. */
  async discard(source: string, fileId: number): Promise<void> {
    this.starts.delete(fileId);
    await this.connection.run(`delete from ${this.relation(source)} where file_id = ${fileId}`);
  }

  /** Keys of a file that was read in bulk, in its order. */
  recordKeys(source: string, fileId: number): AsyncGenerator<BigUint64Array> {
    const first = this.starts.get(fileId);
    if (first === undefined) throw new Error(`file ${fileId} was not read in bulk`);
    return readRecordKeys(this.connection, this.relation(source), fileId, first);
  }

  /** Notes the files of a source, and puts the rows that came record by record beside those that were read in bulk. */
  async gather(source: string, files: readonly StagedFile[]): Promise<void> {
    const columns = this.columnsOf(source);
    await this.createStaged(source);
    await this.connection.run(`
      create or replace temp table staged_file_${source} as
      select * from (values ${files.map(fileValues).join(', ')})
        t(file_id, source, path, shape, file_rank, path_order, date_order, key_columns, is_unique);`);
    const appender = this.appenders.get(source);
    if (appender === undefined) return;
    appender.closeSync();
    this.appenders.delete(source);
    const keyOf = (file: StagedFile): string => file.key.join(',');
    const shapes = new Map(files.map((file) => [`${file.isUnique} ${keyOf(file)}`, file]));
    const cases = [...shapes.values()].map((file) => {
      const test = `f.is_unique = ${file.isUnique} and f.key_columns = ${literal(keyOf(file))}`;
      return `when ${test} then ${keyHash(file.isUnique ? file.key : columns)}`;
    });
    await this.connection.run(`
      insert into ${this.relation(source)}
      select r.file_id, r.line, case ${cases.join(' ')} end, ${rowHash(columns)}, ${columns.join(', ')}
      from temp.main.incoming_${source} r
      join temp.main.staged_file_${source} f on f.file_id = r.file_id;
      drop table temp.main.incoming_${source};`);
  }

  private async appender(source: string, columns: readonly string[]): Promise<DuckDBAppender> {
    const open = this.appenders.get(source);
    if (open !== undefined) return open;
    this.staged.add(source);
    await this.connection.run(
      `create or replace temp table incoming_${source} (file_id int, line bigint, ${columns.map((c) => `${c} varchar`).join(', ')})`,
    );
    const appender = await this.connection.native.createAppender(`incoming_${source}`, 'main', 'temp');
    this.appenders.set(source, appender);
    return appender;
  }

  private createStaged(source: string): Promise<void> {
    this.staged.add(source);
    return this.connection.run(`
      create ${this.isAdopted(source) ? '' : 'temp '}table if not exists ${this.relation(source)} (
        file_id int, line bigint, record_key uhugeint, row_hash uhugeint,
        ${this.columnsOf(source)
          .map((c) => `${c} varchar`)
          .join(', ')})`);
  }
}

/** Drops the staged tables of a source that stand in the warehouse; a killed process may have left them. */
export function dropStaged(connection: Connection, source: string): Promise<void> {
  return connection.run(`
    drop table if exists warehouse.main.staged_${source}; drop table if exists warehouse.main.typed_${source};`);
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
