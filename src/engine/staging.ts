import type { PairChunk } from '../../state/pairs.ts';
import type { Connection } from './connection.ts';
import type {
  BulkFile,
  BulkOutcome,
  DifferingPairs,
  KnownVersion,
  RowBatch,
  StagedFile,
  StageOutcome,
} from './engine.ts';
import { Incoming } from './incoming.ts';
import type { SourceColumns } from './schema.ts';
import { Sieve } from './sieve.ts';
import type { SqlLibrary } from './sql-library.ts';
import { StagedPairs } from './staged-keys.ts';
import { readOutcomes } from './staged-outcomes.ts';
import { Typing } from './typing.ts';

/**
 * The way of a batch's rows from CSV text to typed, keyed, checked rows, in temporary tables of one connection:
 *
 *     staged_<source>    all rows as they came in (`Incoming`); a repeated key keeps its last line. Once settled, only
 *                        those that are others than in the version they are compared with (`Sieve`)
 *     pairs_<source>     record_key and row_hash of all rows, the same ones among them
 *     typed_<source>     the result of sql/staging/stg_<source>.sql over the staged rows (`Typing`)
 *
 * Where the rows of a source are staged in the warehouse, `begin` makes these tables its raw and staged relations.
 */
export class Staging {
  private readonly connection: Connection;
  private readonly library: SqlLibrary;
  private readonly incoming: Incoming;
  private readonly sieve: Sieve;
  private readonly typing: Typing;
  private readonly files = new Map<string, StagedFile[]>();
  /** Of the sources that were settled, who reads their pairs. */
  private readonly settled = new Map<string, StagedPairs>();

  constructor(connection: Connection, library: SqlLibrary, sources: ReadonlyMap<string, SourceColumns>) {
    this.connection = connection;
    this.library = library;
    this.incoming = new Incoming(connection, sources);
    this.sieve = new Sieve(connection);
    this.typing = new Typing(connection, library, this.incoming);
  }

  /** Whether the staged tables of a source are to become its raw and staged relations. */
  isAdopted(source: string): boolean {
    return this.incoming.isAdopted(source);
  }

  /** Drops what stands in the warehouse and was not adopted. */
  clear(): Promise<void> {
    return this.incoming.clear();
  }

  /** Whether rows of a source were staged and settled. */
  isSettled(source: string): boolean {
    return this.settled.has(source);
  }

  /** Appends a file's rows as they come; memory stays at one batch. */
  async stage(file: StagedFile, rows: AsyncIterable<RowBatch>): Promise<void> {
    await this.incoming.append(file, rows);
    this.add(file);
  }

  /** Has DuckDB read a file; its rows spill to disk where they don't fit into memory. */
  async stageBulk(file: StagedFile, bulk: BulkFile, isPadded: boolean): Promise<BulkOutcome> {
    const outcome = await this.incoming.readBulk(file, bulk, isPadded);
    if (outcome.kind === 'read') this.add(file);
    return outcome;
  }

  /** Takes the rows of a file out again, which will come in another way. */
  async discard(source: string, fileId: number): Promise<void> {
    this.remove(source, fileId);
    await this.incoming.discard(source, fileId);
  }

  /** Keys of a file that was read in bulk, in its order. */
  recordKeys(source: string, fileId: number): AsyncGenerator<BigUint64Array> {
    return this.incoming.recordKeys(source, fileId);
  }

  /**
   * Takes a file's version in force, to be compared with what is staged; not where files are judged as a whole. A source
   * without a row has nothing to compare with, though a version be in force: of a header alone, or of bad records.
   */
  async compareWith(source: string, fileId: number, known: KnownVersion): Promise<void> {
    if (this.library.has(`reject_${source}`) || this.isAdopted(source)) return;
    await this.sieve.take(source, fileId, known);
  }

  /**
   * Forgets a file. Its rows may stay behind in temporary tables; what is not among the staged files is never used.
   */
  async unstage(source: string, fileId: number): Promise<void> {
    if (this.incoming.bulkStarts.has(fileId) && !this.settled.has(source)) {
      await this.incoming.discard(source, fileId);
    }
    this.remove(source, fileId);
    if (this.settled.has(source)) {
      await this.connection.run(`delete from temp.main.staged_file_${source} where file_id = ${fileId}`);
    }
  }

  async settle(source: string): Promise<StageOutcome[]> {
    const files = this.files.get(source) ?? [];
    if (files.length === 0) return [];
    await this.incoming.gather(source, files);
    const shadowed = await this.shadow(source);
    await this.sieve.sift(source, this.incoming.columnsOf(source), this.incoming.relation(source));
    await this.typing.type(source);
    await this.typing.check(source);
    await this.sieve.recall(source);
    const { bulkStarts } = this.incoming;
    const outcomes = await readOutcomes(this.connection, source, files, shadowed, bulkStarts);
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

  /** The pairs of a staged file of a settled source that differ from its version in force, where all of that is known. */
  differing(source: string, fileId: number, most: number): Promise<DifferingPairs | null> {
    return this.sieve.differing(source, fileId, most);
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

  /** Of a key that a file repeats, keeps the last row; how many went, by file. */
  private async shadow(source: string): Promise<Map<number, number>> {
    const staged = this.incoming.relation(source);
    await this.connection.run(`
      create or replace temp table repeated as
      select file_id, record_key, max(coalesce(line, rowid)) as place, count(*) - 1 as shadowed
      from ${staged} group by file_id, record_key having count(*) > 1`);
    const rows = await this.connection.rows(
      'select file_id, cast(sum(shadowed) as bigint) as shadowed from temp.main.repeated group by file_id',
    );
    if (rows.length > 0) {
      await this.connection.run(`
        delete from ${staged} s using temp.main.repeated r
        where r.file_id = s.file_id and r.record_key = s.record_key and coalesce(s.line, s.rowid) < r.place`);
    }
    await this.connection.run('drop table temp.main.repeated');
    return new Map(rows.map((row) => [Number(row['file_id']), Number(row['shadowed'])]));
  }
}
