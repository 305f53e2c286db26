import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { publishedSnapshot } from '../../src/published-snapshot.ts';
import { repair } from '../../src/verify/repair.ts';
import { Root } from './root.ts';

const silent = { begin: () => ({ advance: () => undefined, done: () => undefined }) };
let root: Root;

beforeEach(async () => {
  root = new Root();
  await root.backfill();
});
afterEach(() => root.dispose());

/** The only template there is. */
function template(): string {
  const names = readdirSync(root.paths.templates);
  expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{16}\.duckdb$/)]);
  return path.join(root.paths.templates, names[0] ?? '');
}

/** Makes an epoch; what it publishes is right. */
async function anotherEpoch(version: number): Promise<void> {
  const before = root.epoch() ?? 0;
  root.writeFilms(60, version);
  await root.backfill();
  expect(root.epoch()).toBe(before + 1);
  expect(await root.verified()).toEqual([]);
}

const folderOf = (snapshot: string): Promise<unknown> =>
  root.reading(
    async (connection) => (await connection.runAndReadAll('select snapshot_folder()')).getRows()[0]?.[0],
    snapshot,
  );

it('is used by every epoch of the plan, and each file looks into its own snapshot', async () => {
  const made = readFileSync(template());
  const first = publishedSnapshot(root.folder);
  await anotherEpoch(1);
  const second = publishedSnapshot(root.folder);
  expect(second).not.toBe(first);
  expect([await folderOf(first), await folderOf(second)]).toEqual([first, second]);
  expect(readFileSync(template()).equals(made)).toBe(true);
});

it('leaves no doubt whose films these are, where one reader has the files of two roots open', async () => {
  const other = new Root();
  other.writeFilms(7);
  await other.backfill();
  const counts = await root.reading(async (connection) => {
    const file = path.join(publishedSnapshot(other.folder), 'marquee.duckdb');
    await connection.run(`attach '${file}' as other (read_only)`);
    const both = `select (select count(*) from movies_enriched), (select count(*) from other.movies_enriched),
      (select count(distinct movie_key) from other.movie_genres)`;
    return (await connection.runAndReadAll(both)).getRows()[0]?.map(Number);
  });
  other.dispose();
  expect(counts).toEqual([60, 7, 7]);
});

it.each([
  ['damaged', (file: string) => writeFileSync(file, 'no database at all')],
  ['empty', (file: string) => writeFileSync(file, '')],
  ['cut off', (file: string) => truncateSync(file, 20_000)],
])('that is %s is made anew', async (_, damage) => {
  damage(template());
  await anotherEpoch(1);
  await anotherEpoch(2);
});

it('that lacks what it should hold is made anew', async () => {
  const instance = await DuckDBInstance.create(template());
  const connection = await instance.connect();
  await connection.run('drop table genre_by_period');
  connection.closeSync();
  instance.closeSync();
  await anotherEpoch(1);
});

it('of which a crash left a half is made anew', async () => {
  const file = template();
  writeFileSync(`${file}.new`, 'half');
  writeFileSync(`${file}.new.wal`, 'half');
  root.lose('warehouse', 'curated');
  writeFileSync(file, 'damaged, so that it is made again');
  await root.backfill();
  expect(await root.verified()).toEqual([]);
  expect(existsSync(`${template()}.new`)).toBe(false);
});

it('gives way to that of another plan', async () => {
  const before = template();
  root.configure('inflation: { base: "2002" }\n');
  await root.backfill();
  expect(template()).not.toBe(before);
  expect(await root.verified()).toEqual([]);
});

it('that says something else is seen by verify, and a repair does not go by it', async () => {
  const instance = await DuckDBInstance.create(template());
  const connection = await instance.connect();
  await connection.run("create or replace view movie_genres as select 'tmdb:1' as movie_key");
  connection.closeSync();
  instance.closeSync();
  root.writeFilms(60, 1);
  await root.backfill();
  expect(await root.verified()).not.toEqual([]);
  await repair({ root: root.folder, sample: null, report: silent });
  expect(await root.verified()).toEqual([]);
  await anotherEpoch(2);
});

it('without a film holds an empty table in the place of the view, and the other way round', async () => {
  root.remove('movie_metadata/films.csv');
  await root.backfill({ acceptAll: true });
  expect(await root.verified()).toEqual([]);
  root.writeFilms(60);
  await root.backfill();
  expect(await root.verified()).toEqual([]);
});

it('brings no function of its own where DuckDB has one, but for what its views call', async () => {
  const rows = async (sql: string): Promise<unknown[]> =>
    root.reading(async (connection) =>
      (await connection.runAndReadAll(sql)).getRows().map(([value]) => value),
    );
  expect(await rows(`select regexp_replace('a-b-c', '-', '/')`)).toEqual(['a/b-c']);
  expect(await rows(`select date_diff('day', date '2001-01-01', date '2001-02-01')`)).toEqual([31n]);
  expect(
    await rows(`
      select distinct f.function_name from duckdb_functions() f
      where not f.internal and f.function_name in (select function_name from duckdb_functions() where internal)`),
  ).toEqual(['element_at']);
});
