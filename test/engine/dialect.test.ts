import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DuckDbEngine } from '../../src/engine/duckdb-engine.ts';
import { loadSqlLibrary } from '../../src/engine/sql-library.ts';
import { openEngine } from './open-engine.ts';

const library = loadSqlLibrary();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'marquee-dialect-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (): string => path.join(folder, 'warehouse.duckdb');

/** The warehouse, opened by a marquee with this dialect. */
function open(dialect: string): Promise<DuckDbEngine> {
  return openEngine(folder, { file: file(), library: { ...library, dialect } });
}

/** What a session of this dialect makes of a date, with a function that DuckDB has too. */
async function quarterBy(dialect: string): Promise<unknown> {
  const engine = await open(dialect);
  try {
    return Number((await engine.rows(`select quarter(date '2001-05-01') as q`))[0]?.['q']);
  } finally {
    await engine.close();
  }
}

test('a macro that the dialect has no more is gone', async () => {
  const edited = `${library.dialect}\ncreate or replace macro quarter(d) as 9;`;
  expect(await quarterBy(library.dialect)).toBe(2);
  expect(await quarterBy(edited)).toBe(9);
  expect(await quarterBy(edited)).toBe(9);
  expect(await quarterBy(library.dialect)).toBe(2);
});

test('one that DuckDB cannot read is said to be that, and the warehouse stays as it is', async () => {
  expect(await quarterBy(library.dialect)).toBe(2);
  const { ino } = statSync(file());
  await expect(open(`${library.dialect}\ncreate macro oops(`)).rejects.toMatchObject({
    code: 'invalid-dialect',
    exitCode: 2,
  });
  expect(statSync(file()).ino).toBe(ino);
  expect(await quarterBy(library.dialect)).toBe(2);
});
