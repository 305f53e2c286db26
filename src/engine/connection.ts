import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { MarqueeError } from '../error.ts';
import { engineFailure } from './engine-failure.ts';
import type { StatementProfile } from './statement-profile.ts';

/** A value as our own statements yield it. */
export type Cell = DuckDBValue;

/** A DuckDB connection with the three things our statements need. */
export class Connection {
  readonly native: DuckDBConnection;
  private readonly profile: StatementProfile | null;
  /** Where the account of the last statement stands, once profiling began. */
  private account: string | null = null;

  /** @param profile takes down each statement */
  constructor(native: DuckDBConnection, profile: StatementProfile | null = null) {
    this.native = native;
    this.profile = profile;
  }

  /** Does work on the connection; failures that a person can mend come out as MarqueeErrors. */
  async attempt<T>(work: (native: DuckDBConnection) => Promise<T>): Promise<T> {
    try {
      return await work(this.native);
    } catch (error) {
      throw engineFailure(error);
    }
  }

  /** Runs one or several statements for their effect. */
  async run(sql: string): Promise<void> {
    await this.attempt((native) => this.profiled(sql, () => native.run(sql)));
  }

  /** All rows of a small result, as objects. */
  async rows(sql: string): Promise<Record<string, Cell>[]> {
    const reader = await this.attempt((native) => this.profiled(sql, () => native.runAndReadAll(sql)));
    return reader.getRowObjects();
  }

  /**
   * The only number of a one-cell result; null counts as 0. Of several statements the last one's: what makes a table out of
   * a query, or puts rows into one, yields how many rows these were.
   */
  async count(sql: string): Promise<number> {
    const reader = await this.attempt((native) => this.profiled(sql, () => native.runAndReadAll(sql)));
    return Number(reader.getRows()[0]?.[0] ?? 0);
  }

  /**
   * Streams the rows of a relation, chunk by chunk, column by column; no other statement may run on this connection
   * meanwhile.
   *
   * The client ends a stream that failed on its way, or that another statement cut off, like one that is exhausted.
   * So rows are counted against the relation: a stream that was cut short throws.
   */
  async *stream(columns: string, relation: string): AsyncGenerator<Cell[][]> {
    const expected = await this.count(`select count(*) from ${relation}`);
    const result = await this.attempt((native) => native.stream(`select ${columns} from ${relation}`));
    let count = 0;
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      count += chunk.rowCount;
      yield chunk.getColumns();
    }
    if (count === expected) return;
    throw new MarqueeError('stream-cut-short', `got ${count} rows of ${relation}, expected ${expected}`, {
      retryable: true,
      hint: 'memory or disk space may have run out on the way: see engine.memory_limit, then run it again',
    });
  }

  /** Column names of a relation, in order. */
  async columns(relation: string): Promise<string[]> {
    const reader = await this.attempt((native) => native.runAndReadAll(`from ${relation} limit 0`));
    return reader.columnNames();
  }

  close(): void {
    this.native.closeSync();
  }

  private async profiled<T>(sql: string, work: () => Promise<T>): Promise<T> {
    if (this.profile === null) return work();
    this.account ??= await this.profile.begin(this.native);
    return this.profile.take(sql, this.account, work);
  }
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
