import { DuckDBDataChunk, INTEGER, BIGINT, VARCHAR, type DuckDBAppender } from '@duckdb/node-api';
import type { PairChunk } from '../../state/pairs.ts';
import { bulkRelation } from './bulk-read.ts';
import { bulkCompressed, bulkCompression, clustered } from './bulk-writes.ts';
import { literal, type Connection } from './connection.ts';
import type { BulkFile, BulkOutcome, KnownVersion, RowBatch, StagedFile, StageOutcome } from './engine.ts';
import { naturalOrder } from './natural-order.ts';
import { keyHash, rowHash } from './row-hash.ts';
import type { SourceColumns } from './schema.ts';
import { Sieve } from './sieve.ts';
import type { SqlLibrary } from './sql-library.ts';
import { readRecordKeys, StagedPairs } from './staged-keys.ts';
import { readOutcomes } from './staged-outcomes.ts';

/**
 * The way of a batch's rows from CSV text to typed, keyed, checked rows, in temporary tables of one connection:
 *
 *     incoming_<source>  rows that were read record by record, with file and line
 *     staged_<source>    all rows, with record_key and row_hash; a repeated key keeps its last line. Once settled, only
 *                        those that are others than in the version they are compared with
 *     pairs_<source>     record_key and row_hash of all rows, the same ones among them
 *     typed_<source>     the result of sql/staging/stg_<source>.sql over the staged rows
 *
 * A source that is read in bulk for the first time is staged in the warehouse itself, since a million rows take longer to
 * copy than to read: `begin` makes these tables the raw and staged relations. What a killed process left of them is
 * dropped when the warehouse is opened.
 */
export class Staging {
  private readonly connection: Connection;
  private readonly library: SqlLibrary;
  private readonly sources: ReadonlyMap<string, SourceColumns>;
  private readonly sieve: Sieve;
  private readonly files = new Map<string, StagedFile[]>();
  private readonly appenders = new Map<string, DuckDBAppender>();
  /** Files that the engine read by itself: the place of their first row. */
  private readonly bulkStarts = new Map<number, number>();
  /** Of the sources that were settled, who reads their pairs. */
  private readonly settled = new Map<string, StagedPairs>();
  /** Sources whose first rows ever these are: they are staged where they will stay. */
  private readonly adopted = new Set<string>();

  constructor(connection: Connection, library: SqlLibrary, sources: ReadonlyMap<string, SourceColumns>) {
    this.connection = connection;
    this.library = library;
    this.sources = sources;
    this.sieve = new Sieve(connection);
  }

  /** Whether the staged tables of a source are to become its raw and staged relations. */
  isAdopted(source: string): boolean {
    return this.adopted.has(source);
  }

  /** Schema of a source's staged and typed tables. */
  home(source: string): string {
    return this.adopted.has(source) ? 'warehouse.main' : 'temp.main';
  }

  /** Drops what stands in the warehouse and was not adopted. */
  async clear(): Promise<void> {
    for (const source of this.adopted) await dropStaged(this.connection, source);
  }

  /** Whether rows of a source were staged and settled. */
  isSettled(source: string): boolean {
    return this.settled.has(source);
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
    this.add(file);
  }

  /** Has DuckDB read a file; its rows spill to disk where they don't fit into memory. */
  async stageBulk(file: StagedFile, bulk: BulkFile, isPadded: boolean): Promise<BulkOutcome> {
    const columns = this.columnsOf(file.source);
    const isNew =
      !this.files.has(file.source) &&
      !this.appenders.has(file.source) &&
      (await this.connection.count(`select count(*) from warehouse.main.raw_${file.source}`)) === 0;
    if (isNew) this.adopted.add(file.source);
    await this.createStaged(file.source, columns);
    const staged = `${this.home(file.source)}.staged_${file.source}`;
    const key = keyHash(file.isUnique ? file.key : columns);
    const list = columns.join(', ');
    try {
      // Rows have to come in the order of the file: of a repeated key the last one counts. To try which compression
      // suits each column best takes longer than to read them.
      await this.connection.run(`
        set preserve_insertion_order = true; ${bulkCompression};
        insert into ${staged} select ${file.fileId}, null, ${key}, ${rowHash(columns)}, ${list}
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
      from ${staged} where file_id = ${file.fileId}`);
    this.bulkStarts.set(file.fileId, Number(row?.['start']));
    this.add(file);
    return { kind: 'read', records: Number(row?.['records']), lacking: Number(row?.['lacking']) };
  }

  /** Takes the rows of a file out again, which will come in another way. */
  async discard(source: string, fileId: number): Promise<void> {
    this.remove(source, fileId);
    this.bulkStarts.delete(fileId);
    await this.connection.run(`delete from ${this.home(source)}.staged_${source} where file_id = ${fileId}`);
  }

  /** Keys of a file that was read in bulk, in its order. */
  recordKeys(source: string, fileId: number): AsyncGenerator<BigUint64Array> {
    const first = this.bulkStarts.get(fileId);
    if (first === undefined) throw new Error(`file ${fileId} was not read in bulk`);
    return readRecordKeys(this.connection, `${this.home(source)}.staged_${source}`, fileId, first);
  }

  /**
   * Takes a file's version in force, to be compared with what is staged; not where files are judged as a whole. A source
   * without a row has nothing to compare with, though a version be in force: of a header alone, or of bad records.
   */
  async compareWith(source: string, fileId: number, known: KnownVersion): Promise<void> {
    if (this.library.has(`reject_${source}`) || this.adopted.has(source)) return;
    await this.sieve.take(source, fileId, known);
  }

  /**
   * Forgets a file. Its rows may stay behind in temporary tables; what is not among the staged files is never used.
   */
  async unstage(source: string, fileId: number): Promise<void> {
    if (this.bulkStarts.has(fileId) && !this.settled.has(source)) await this.discard(source, fileId);
    this.remove(source, fileId);
    if (this.settled.has(source)) {
      await this.connection.run(`delete from temp.main.staged_file_${source} where file_id = ${fileId}`);
    }
  }

  async settle(source: string): Promise<StageOutcome[]> {
    const files = this.files.get(source) ?? [];
    if (files.length === 0) return [];
    await this.hash(source, files);
    const shadowed = await this.shadow(source);
    await this.sieve.sift(source, this.columnsOf(source), `${this.home(source)}.staged_${source}`);
    await this.type(source);
    await this.check(source);
    await this.sieve.recall(source);
    const outcomes = await readOutcomes(this.connection, source, files, shadowed, this.bulkStarts);
    const counts = new Map(outcomes.map(({ fileId, records }) => [fileId, records]));
    this.settled.set(source, new StagedPairs(this.connection, source, counts));
    return outcomes;
  }

  /** Pairs of a staged file of a settled source, sorted by key; other statements may run while they are read. */
  pairs(source: string, fileId: number): AsyncGenerator<PairChunk> {
    const pairs = this.settled.get(source);
    if (pairs === undefined) throw new Error(`nothing of ${source} was settled`);
    return pairs.read(fileId);
  }

  private columnsOf(source: string): readonly string[] {
    const columns = this.sources.get(source);
    if (columns === undefined) throw new Error(`no source "${source}" is declared`);
    return columns.columns;
  }

  private add(file: StagedFile): void {
    const files = this.files.get(file.source);
    if (files === undefined) this.files.set(file.source, [file]);
    else files.push(file);
  }

  private remove(source: string, fileId: number): void {
    const files = this.files.get(source) ?? [];
    this.files.set(
      source,
      files.filter((file) => file.fileId !== fileId),
    );
  }

  private async appender(source: string, columns: readonly string[]): Promise<DuckDBAppender> {
    const open = this.appenders.get(source);
    if (open !== undefined) return open;
    await this.connection.run(
      `create or replace temp table incoming_${source} (file_id int, line bigint, ${columns.map((c) => `${c} varchar`).join(', ')})`,
    );
    const appender = await this.connection.native.createAppender(`incoming_${source}`, 'main', 'temp');
    this.appenders.set(source, appender);
    return appender;
  }

  private createStaged(source: string, columns: readonly string[]): Promise<void> {
    return this.connection.run(`
      create ${this.isAdopted(source) ? '' : 'temp '}table if not exists ${this.home(source)}.staged_${source} (
        file_id int, line bigint, record_key uhugeint, row_hash uhugeint, ${columns.map((c) => `${c} varchar`).join(', ')})`);
  }

  /** Notes the files, and puts the rows that came record by record beside those that were read in bulk. */
  private async hash(source: string, files: readonly StagedFile[]): Promise<void> {
    const columns = this.columnsOf(source);
    await this.createStaged(source, columns);
    await this.connection.run(`
      create or replace temp table staged_file_${source} as
      select * from (values ${files.map(fileValues).join(', ')})
        t(file_id, source, path, shape, file_rank, path_order, date_order, key_columns, is_unique);
      create or replace temp table quarantined_${source}
        (file_id int, line bigint, column_name varchar, code varchar, key_hash varchar, "value" varchar, reason varchar);`);
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
      insert into ${this.home(source)}.staged_${source}
      select r.file_id, r.line, case ${cases.join(' ')} end, ${rowHash(columns)}, ${columns.join(', ')}
      from temp.main.incoming_${source} r
      join temp.main.staged_file_${source} f on f.file_id = r.file_id;
      drop table temp.main.incoming_${source};`);
  }

  private async shadow(source: string): Promise<Map<number, number>> {
    await this.connection.run(`
      create or replace temp table repeated as
      select file_id, record_key, max(coalesce(line, rowid)) as place, count(*) - 1 as shadowed
      from ${this.home(source)}.staged_${source} group by file_id, record_key having count(*) > 1`);
    const rows = await this.connection.rows(
      'select file_id, cast(sum(shadowed) as bigint) as shadowed from temp.main.repeated group by file_id',
    );
    if (rows.length > 0) {
      await this.connection.run(`
        delete from ${this.home(source)}.staged_${source} s using temp.main.repeated r
        where r.file_id = s.file_id and r.record_key = s.record_key and coalesce(s.line, s.rowid) < r.place`);
    }
    await this.connection.run('drop table temp.main.repeated');
    return new Map(rows.map((row) => [Number(row['file_id']), Number(row['shadowed'])]));
  }

  private async type(source: string): Promise<void> {
    const typed = `table ${this.home(source)}.typed_${source} as`;
    await this.bound(source, false, () =>
      this.isAdopted(source)
        ? bulkCompressed(this.connection, () =>
            this.connection.run(`create or replace ${typed} ${clustered(this.library, `stg_${source}`)}`),
          )
        : this.connection.run(`create or replace temp ${typed} ${this.library.text(`stg_${source}`)}`),
    );
  }

  private async check(source: string): Promise<void> {
    const into = (check: string): string => `
      insert into quarantined_${source}
      select c.file_id, coalesce(s.line, s.rowid), c.column_name, c.code,
        printf('%016x%016x', s.record_key >> 64, s.record_key & 18446744073709551615), c."value", c.reason
      from (${this.library.text(check)}) c
      join ${this.home(source)}.staged_${source} s on s.file_id = c.file_id and s.record_key = c.record_key`;
    await this.bound(source, true, async () => {
      await this.connection.run(
        `create or replace temp table rejected_${source} (file_id int, reason varchar)`,
      );
      if (this.library.has(`reject_${source}`)) {
        await this.connection.run(`insert into rejected_${source} ${this.library.text(`reject_${source}`)}`);
      }
      if (this.library.has(`records_${source}`)) await this.connection.run(into(`records_${source}`));
      if ((await this.connection.count(`select count(*) from quarantined_${source}`)) > 0) {
        await this.connection.run(`
          create or replace temp table bad_records as
          select distinct file_id, record_key from (${this.library.text(`records_${source}`)}) c;`);
        const home = this.home(source);
        for (const relation of [`${home}.staged`, `${home}.typed`, 'temp.main.pairs']) {
          await this.connection.run(`
            delete from ${relation}_${source} s using temp.main.bad_records b
            where b.file_id = s.file_id and b.record_key = s.record_key`);
        }
        await this.connection.run('drop table temp.main.bad_records');
      }
      if (await this.isAnySuspect(source)) await this.connection.run(into(`cells_${source}`));
    });
  }

  /** Whether cells have to be looked at: to plan that takes longer than all else where few records come. */
  private async isAnySuspect(source: string): Promise<boolean> {
    const suspects = `suspects_${source}`;
    if (!this.library.has(suspects)) return this.library.has(`cells_${source}`);
    const text = this.library.text(suspects);
    return (await this.connection.count(`create or replace temp table ${suspects} as ${text}`)) > 0;
  }

  /** Binds raw_<source>, raw_file and, when asked, stg_<source> to what is staged while `work` runs. */
  private async bound(source: string, isTyped: boolean, work: () => Promise<void>): Promise<void> {
    await this.connection.run(`
      create or replace temp view raw_${source} as select * exclude (line, row_hash) from ${this.home(source)}.staged_${source};
      create or replace temp view raw_file as select * exclude (key_columns, is_unique) from temp.main.staged_file_${source};`);
    if (isTyped) {
      await this.connection.run(
        `create or replace temp view stg_${source} as from ${this.home(source)}.typed_${source}`,
      );
    }
    await work();
    await this.connection.run(`
      drop view if exists temp.main.raw_${source}; drop view if exists temp.main.raw_file;
      drop view if exists temp.main.stg_${source};`);
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
