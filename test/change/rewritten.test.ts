import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { World } from '../property/world.ts';
import { csv, drop, film } from './drops.ts';

const file = 'movie_metadata/films.csv';
/** Three films in years of their own; only the first has a director, so that few aggregates hang on the others. */
const rows = [film(1, { director: 'Ann' }), film(2), film(3, { release_year: '' })];
const header = Object.keys(rows[0] ?? {});

let world: World;

beforeEach(async () => {
  world = new World();
  drop(world, file, csv(rows, header));
  await world.run({ publish: true });
});

/** What is published is what is in the warehouse, whatever was linked and not written. */
afterEach(async () => {
  const differences = await world.publishedDifferences();
  await world.dispose();
  expect(differences).toEqual([]);
});

/** The inode of each Parquet file of a snapshot, by its folder below the snapshot. */
async function inodes(snapshot?: string): Promise<Map<string, number>> {
  const folder = snapshot ?? (await current());
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.parquet'),
  );
  return new Map(found.map((name) => [path.dirname(name), statSync(path.join(folder, name)).ino]));
}

async function current(): Promise<string> {
  return (await world.open()).snapshots.current() ?? '';
}

/** Publishes what is dropped and says which files were written, as folders below the snapshot; `-`: is gone. */
async function written(
  text: string,
): Promise<{ files: string[]; partitions: readonly (number | null)[]; aggregates: string[] }> {
  const before = await inodes();
  drop(world, file, text);
  const { receipt } = await world.run({ publish: true });
  const after = await inodes();
  const fresh = [...after].filter(([name, inode]) => before.get(name) !== inode).map(([name]) => name);
  const gone = [...before.keys()].filter((name) => !after.has(name)).map((name) => `-${name}`);
  return {
    files: [...fresh, ...gone].filter((name) => !name.startsWith('aggregates')).sort(),
    partitions: receipt?.partitionsRewritten ?? [],
    aggregates: fresh
      .filter((name) => name.startsWith('aggregates'))
      .map((name) => path.basename(name))
      .sort(),
  };
}

const year = (value: number | string): string => `movies_enriched/release_year=${value}`;

test('a changed film rewrites its own partition, and only the aggregates that hold it', async () => {
  const changed = await written(csv([rows[0] ?? {}, film(2, { revenue: '77' }), rows[2] ?? {}], header));
  expect(changed.files).toEqual([year(1902)]);
  expect(changed.partitions).toEqual([1902]);
  // Without prices only these two show revenue; what hangs on the director does not.
  expect(changed.aggregates).toEqual(['executive_summary', 'genre_by_period']);
});

test('a value that shows in no aggregate rewrites none', async () => {
  const timed = [...header, 'runtime'];
  await written(csv(rows, timed));
  const longer = rows.map((row, at) => (at === 0 ? { ...row, runtime: '90' } : row));
  expect(await written(csv(longer, timed))).toEqual({
    files: [year(1901)],
    partitions: [1901],
    aggregates: [],
  });
});

test('the receipt names the aggregates that were written', async () => {
  const before = await inodes();
  drop(world, file, csv([...rows, film(1, { tmdb_id: '9', title: 'Film 9' })], header));
  const { receipt } = await world.run({ publish: true });
  const fresh = [...(await inodes())]
    .filter(([name, inode]) => before.get(name) !== inode)
    .map(([name]) => name);
  expect(
    fresh
      .filter((name) => name.startsWith('aggregates'))
      .map((name) => path.basename(name))
      .sort(),
  ).toEqual([...(receipt?.aggregatesRewritten ?? [])].sort());
});

test('a film that moves year rewrites exactly two partitions', async () => {
  const both = [...rows, film(1, { tmdb_id: '9', title: 'Film 9' })];
  await written(csv(both, header));
  expect(await written(csv([...rows, film(2, { tmdb_id: '9', title: 'Film 9' })], header))).toMatchObject({
    files: [year(1901), year(1902)],
    partitions: [1901, 1902],
  });
});

test('a partition that empties is in the old snapshot and not in the new one', async () => {
  const old = await current();
  expect(await written(csv([rows[0] ?? {}, film(2, { release_year: '1905' })], header))).toMatchObject({
    files: [`-${year('__HIVE_DEFAULT_PARTITION__')}`, `-${year(1902)}`, year(1905)].sort(),
    partitions: [1902, 1905, null],
  });
  expect([...(await inodes(old)).keys()]).toEqual(
    expect.arrayContaining([year(1902), year('__HIVE_DEFAULT_PARTITION__')]),
  );
});

test('records in another order link every file', async () => {
  expect(await written(csv([...rows].reverse(), header))).toEqual({
    files: [],
    partitions: [],
    aggregates: [],
  });
});

test('a price that nobody is measured by rewrites nothing but what shows the base', async () => {
  drop(world, 'cpi/cpi.csv', 'DATE,CPIAUCSL\n1901-01-01,100\n1902-01-01,110\n');
  await world.run({ publish: true });
  const before = await inodes();
  drop(world, 'cpi/cpi.csv', 'DATE,CPIAUCSL\n1800-01-01,50\n1901-01-01,100\n1902-01-01,110\n');
  const { receipt } = await world.run({ publish: true });
  expect(receipt).toMatchObject({ partitionsRewritten: [], aggregatesRewritten: [] });
  expect(await inodes()).toEqual(before);
});
