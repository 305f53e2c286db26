import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { engineFailure } from './engine-failure.ts';

/** A value as our own statements yield it. */
export type Cell = DuckDBValue;

/** A DuckDB connection with the three things our statements need. */
export class Connection {
  readonly native: DuckDBConnection;

  constructor(native: DuckDBConnection) {
    this.native = native;
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
    await this.attempt((native) => native.run(sql));
  }

  /** All rows of a small result, as objects. */
  async rows(sql: string): Promise<Record<string, Cell>[]> {
    const reader = await this.attempt((native) => native.runAndReadAll(sql));
    return reader.getRowObjects();
  }

  /** The only number of a one-cell result; null counts as 0. */
  async count(sql: string): Promise<number> {
    const reader = await this.attempt((native) => native.runAndReadAll(sql));
    return Number(reader.getRows()[0]?.[0] ?? 0);
  }

  /** Column names of a relation, in order. */
  async columns(relation: string): Promise<string[]> {
    const reader = await this.attempt((native) => native.runAndReadAll(`from ${relation} limit 0`));
    return reader.columnNames();
  }

  close(): void {
    this.native.closeSync();
  }
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
