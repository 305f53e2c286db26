import { existsSync } from 'node:fs';
import path from 'node:path';
import type { DuckDBConnection, Json } from '@duckdb/node-api';
import { parse } from 'yaml';
import { packageRoot } from '../../src/package-root.ts';
import { dialectSession, literal, rows, sqlText } from './session.ts';

let session: Promise<DuckDBConnection> | undefined;

/** A raw record: the cells that matter to a test; all other canonical columns are null. */
export type RawRow = Readonly<Record<string, string | null>>;

/**
 * An in-memory DuckDB with raw_<source> as the pipeline would bind it: file 1 holds `records`, numbered from 1 as
 * record_key. Columns come from sql/sources/<source>.yaml. The staging model has run into stg_<source>.
 */
export async function staged(
  source: string,
  records: readonly RawRow[],
  dateOrder = 'ymd',
): Promise<DuckDBConnection> {
  return stagedFiles(source, [records], dateOrder);
}

/** The same for several files, numbered from 1. A test file has one session: the tables of an earlier call go. */
export async function stagedFiles(
  source: string,
  files: readonly (readonly RawRow[])[],
  dateOrder = 'ymd',
): Promise<DuckDBConnection> {
  session ??= dialectSession();
  const connection = await session;
  const { columns } = parse(sqlText(`sources/${source}.yaml`)) as { columns: Record<string, unknown> };
  const names = Object.keys(columns);
  await connection.run(
    `create or replace table raw_${source} (file_id int, record_key int, ${names.join(' text, ')} text)`,
  );
  const values = files.flatMap((records, file) =>
    records.map((record, key) => {
      const unknown = Object.keys(record).find((name) => !names.includes(name));
      if (unknown !== undefined) throw new Error(`${source} has no raw column ${unknown}`);
      return `(${[file + 1, key + 1, ...names.map((name) => literal(record[name] ?? null))].join(', ')})`;
    }),
  );
  if (values.length > 0) await connection.run(`insert into raw_${source} values ${values.join(', ')}`);
  const orders = files.map((_, file) => `(${file + 1}, ${literal(dateOrder)})`).join(', ');
  await connection.run(`create or replace table raw_file as from (values ${orders}) f(file_id, date_order)`);
  await connection.run(`create or replace table stg_${source} as ${sqlText(`staging/stg_${source}.sql`)}`);
  return connection;
}

/** The only record of `source` with these cells, typed; of many columns null is left out. */
export async function typed(
  source: string,
  record: RawRow,
  dateOrder = 'ymd',
): Promise<Record<string, Json>> {
  const [row] = await rows(
    await staged(source, [record], dateOrder),
    `select * exclude (file_id, record_key) from stg_${source}`,
  );
  return Object.fromEntries(Object.entries(row ?? {}).filter(([, value]) => value !== null));
}

/** What a check of sql/checks finds, in a fixed order; all as text. Cells are looked at in the suspects alone, as in a run. */
export async function faults(connection: DuckDBConnection, check: string): Promise<Record<string, string>[]> {
  const suspects = check.replace(/^cells_/, 'suspects_');
  if (suspects !== check && existsSync(path.join(packageRoot, 'sql', 'checks', `${suspects}.sql`)))
    await connection.run(`create or replace temp table ${suspects} as ${sqlText(`checks/${suspects}.sql`)}`);
  const found = await rows(connection, `select * from (${sqlText(`checks/${check}.sql`)}) c order by all`);
  const text = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return found.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, text(value)])),
  );
}
