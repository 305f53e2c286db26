import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishedSnapshot } from '../../src/published-snapshot.ts';
import { Root } from '../recovery/root.ts';

const films = 21_000;
let root: Root;

beforeAll(() => {
  root = new Root();
  // As a partition of Hive is called: a reader that goes by that would find the genre in the path.
  const folder = path.join(root.folder, 'genre=prod');
  mkdirSync(folder);
  renameSync(path.join(root.folder, 'raw'), path.join(folder, 'raw'));
  root.folder = folder;
  // A company a film makes a row a film in portfolio_allocation.
  root.write('movie_metadata/films.csv', csv(0));
  root.write('cpi/cpi.csv', 'DATE,CPIAUCSL\n2001-02-01,100\n');
});
afterAll(() => rmSync(path.dirname(root.folder), { recursive: true, force: true }));

function csv(more: number): string {
  const film = (id: number): string =>
    `${id},Film ${id},2001-02-03,1000000,${2_000_000 + more},Drama,Studio ${id}\n`;
  const rows = Array.from({ length: films }, (_, at) => film(at + 1));
  return `tmdb_id,title,release_date,budget,revenue,genres,production_companies\n${rows.join('')}`;
}

function rows(snapshot: string, sql: string): Promise<unknown[]> {
  return root.reading(
    async (connection) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
    snapshot,
  );
}

it('publishes an aggregate of many rows as a view over the Parquet file of its own epoch', async () => {
  await root.backfill();
  const before = publishedSnapshot(root.folder);
  root.write('movie_metadata/films.csv', csv(1));
  await root.backfill();
  const after = publishedSnapshot(root.folder);
  expect(after).not.toBe(before);

  const views = `select view_name as name, comment is not null as is_told from duckdb_views()
    where database_name = 'marquee' and view_name in ('portfolio_allocation', 'genre_by_period')`;
  expect(await rows(after, views)).toEqual([{ name: 'portfolio_allocation', is_told: true }]);
  const untold = `select column_name from duckdb_columns()
    where database_name = 'marquee' and table_name = 'portfolio_allocation' and comment is null`;
  expect(await rows(after, untold)).toEqual([]);

  const sums = `select count(*) as n, sum(revenue_real) as told, (select sum(revenue_real) from movies_enriched) as films
    from portfolio_allocation`;
  const real = (more: number): string => String(films * (2_000_000 + more));
  expect(await rows(before, sums)).toEqual([{ n: String(films), told: real(0), films: real(0) }]);
  expect(await rows(after, sums)).toEqual([{ n: String(films), told: real(1), films: real(1) }]);
  expect(await root.verified()).toEqual([]);
});
