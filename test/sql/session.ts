import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection, Json } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';

/** Folder of the project's SQL. */
export const sqlFolder = path.join(packageRoot, 'sql');

/** The text of a file under `sql/`. */
export function sqlText(file: string): string {
  return readFileSync(path.join(sqlFolder, file), 'utf8');
}

/** An in-memory DuckDB that knows the names of `sql/dialects/`; it lives as long as the process. */
export async function dialectSession(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  await connection.run(sqlText('dialects/duckdb.sql'));
  await connection.run(sqlText('dialects/duckdb-models.sql'));
  return connection;
}

/** A text as an SQL literal; null as a typed null, so that macros over text bind. */
export function literal(value: string | null): string {
  return value === null ? 'cast(null as varchar)' : `'${value.replaceAll("'", "''")}'`;
}

/** Rows of a query as objects; 64-bit numbers and dates come as text. */
export async function rows(connection: DuckDBConnection, sql: string): Promise<Record<string, Json>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

/**
 * What an expression over the column `t` gives for each input. The inputs are read from a table: constants would be
 * folded, which takes another way through the engine than rows do.
 */
export async function evaluate(
  connection: DuckDBConnection,
  expression: string,
  inputs: readonly (string | null)[],
): Promise<Json[]> {
  const values = inputs.map((input, position) => `(${position}, ${literal(input)})`).join(', ');
  await connection.run(`create or replace temp table inputs as from (values ${values}) v(position, t)`);
  const found = await rows(connection, `select ${expression} as result from inputs order by position`);
  return found.map((row) => row['result'] ?? null);
}

/** An input text and what an expression is to give for it. */
export type Case = readonly [input: string | null, expected: Json];

/** Cases that give null. */
export function none(...inputs: string[]): Case[] {
  return inputs.map((input) => [input, null]);
}

/** Declares a test: an expression over `t` gives for each text what the case says, and null for null. */
export function reads(
  connection: () => DuckDBConnection,
  expression: string,
  behaviour: string,
  cases: readonly Case[],
): void {
  it(`${expression} ${behaviour}`, async () => {
    const inputs = [null, ...cases.map(([input]) => input)];
    const results = await evaluate(connection(), expression, inputs);
    expect(inputs.map((input, position) => [input, results[position]])).toEqual([[null, null], ...cases]);
  });
}
