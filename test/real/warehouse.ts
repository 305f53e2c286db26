import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { FileAccount, Receipt } from '../../operators/batch.ts';
import { backfillOnce } from '../../src/run-batches.ts';
import { realFile } from './real-data.ts';

const silent = { begin: () => ({ advance: () => undefined, done: () => undefined }) };

/** A row of a published relation; lists are arrays, 64-bit integers are bigint, dates have a toString. */
export type Row = Readonly<Record<string, unknown>>;

/** What one backfill came to. */
export interface Drops {
  /** Null where nothing changed. */
  readonly receipt: Receipt | null;
  readonly accounts: readonly FileAccount[];
}

/** A quarantined record or cell. */
export interface Quarantined {
  readonly line: number;
  readonly column: string | null;
  readonly code: string;
  readonly value: string | null;
  readonly reason: string;
}

/** A root in a temporary folder, filled with real files, run by the chain, read as a BI tool reads it. */
export class Warehouse {
  readonly root = mkdtempSync(path.join(tmpdir(), 'marquee-real-'));

  constructor(config = '') {
    if (config !== '') writeFileSync(path.join(this.root, 'marquee.yaml'), config);
  }

  /** Puts a real file below raw/, for example `drop('cpi/latest.csv', real.cpiJanuary)`. */
  drop(to: string, name: string): this {
    copyFileSync(realFile(name), this.place(to));
    return this;
  }

  write(to: string, text: string): this {
    writeFileSync(this.place(to), text);
    return this;
  }

  /** One backfill. Guarded like any other, unless `acceptAll`. */
  async backfill(options: { acceptAll?: boolean } = {}): Promise<Drops> {
    const { results } = await backfillOnce(
      { root: this.root, command: 'test' },
      { report: silent, acceptAll: options.acceptAll ?? false },
    );
    const [result] = results;
    if (result === undefined) throw new Error('the chain gave no result');
    return { receipt: result.receipt, accounts: result.accounts };
  }

  /** What is quarantined of a file of raw/. */
  async quarantine(file: string): Promise<Quarantined[]> {
    const found: Quarantined[] = [];
    await backfillOnce({ root: this.root, command: 'test' }, { report: silent }, ({ state }) => {
      found.push(...state.quarantine().filter((entry) => entry.path === file));
      return Promise.resolve();
    });
    return found;
  }

  /** Rows of a query over the serving file. */
  async rows(sql: string): Promise<Row[]> {
    return this.read((connection) => rowsOf(connection, sql));
  }

  /** All rows of all published relations but marquee's own history, as texts in order: equal for equal warehouses. */
  async contents(): Promise<Record<string, string[]>> {
    return this.read(async (connection) => {
      const names = await rowsOf(
        connection,
        `select table_name as name from duckdb_tables()
         union all select view_name from duckdb_views() where not internal`,
      );
      const contents: Record<string, string[]> = {};
      for (const name of names.map((row) => String(row['name'])).sort()) {
        if (name.startsWith('pipeline_')) continue;
        const rows = await rowsOf(
          connection,
          `select cast(r as varchar) as text from ${name} r order by text`,
        );
        contents[name] = rows.map(({ text }) => String(text));
      }
      return contents;
    });
  }

  /** The one value of a query. */
  async value(sql: string): Promise<unknown> {
    const [row] = await this.rows(sql);
    return row === undefined ? undefined : Object.values(row)[0];
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private async read<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const serving = path.join(this.root, 'curated_data', 'marquee.duckdb');
    const instance = await DuckDBInstance.create(serving, { access_mode: 'READ_ONLY', threads: '2' });
    const connection = await instance.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  }

  private place(to: string): string {
    const file = path.join(this.root, 'raw', to);
    mkdirSync(path.dirname(file), { recursive: true });
    return file;
  }
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowObjectsJS();
}

/** Prints a line of figures that is not the test's claim but worth seeing. */
export function note(line: string): void {
  console.log(line);
}
