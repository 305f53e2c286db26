import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BatchResult } from '../../operators/batch.ts';
import { World } from '../property/world.ts';
import {
  accountOf,
  contents,
  countsOf,
  credits,
  csv,
  drop,
  films,
  heldDrops,
  prices,
  type Row,
} from './drops.ts';

const [filmsCsv, creditsCsv, cpiCsv] = [
  'movie_metadata/films.csv',
  'genre_cast_director/credits.csv',
  'cpi/cpi.csv',
] as const;

let world: World;

/** 20 films and their credits; the guard judges from 10 records on, and allows a fifth to go. */
beforeEach(async () => {
  world = new World();
  await world.configure('guard: { min_rows: 10, max_loss_share: 0.2 }\n');
  drop(world, filmsCsv, csv(films(20)));
  drop(world, creditsCsv, csv(credits(20)));
  await run();
});

afterEach(() => world.dispose());

function run(): Promise<BatchResult> {
  return world.run({ acceptAll: false });
}

async function accept(): Promise<void> {
  const { state } = await world.open();
  for (const { version } of state.held()) state.accept(version.fingerprint, 0);
}

test('what is accepted goes through: fewer records, a vanished folder', async () => {
  drop(world, filmsCsv, csv(films(15)));
  rmSync(path.join(world.root, 'raw', 'genre_cast_director'), { recursive: true });
  expect((await run()).receipt).toBeNull();
  expect(await heldDrops(world)).toHaveLength(2);
  await accept();
  const result = await run();
  expect(countsOf(result, filmsCsv)).toEqual({ deleted: 5, unchanged: 15 });
  expect(accountOf(result, creditsCsv)).toMatchObject({ status: 'removed', deleted: 20 });
  expect(await heldDrops(world)).toEqual([]);
  expect(await world.differences()).toEqual([]);
});

test('an acceptance is for these bytes only; others are judged anew, and the old ones clear the hold', async () => {
  drop(world, filmsCsv, csv(films(10)));
  await run();
  await accept();
  drop(world, filmsCsv, csv(films(9)));
  expect(accountOf(await run(), filmsCsv)).toMatchObject({
    status: 'held',
    reason: { message: '11 of 20 records would go (55.0 %)' },
  });
  expect(await heldDrops(world)).toHaveLength(1);
  drop(world, filmsCsv, csv(films(16)));
  expect(accountOf(await run(), filmsCsv)).toMatchObject({ status: 'taken', deleted: 4 });
  expect(await heldDrops(world)).toEqual([]);
  drop(world, filmsCsv, csv(films(1)));
  await run();
  expect(await heldDrops(world)).toEqual([`${filmsCsv}: 15 of 16 records would go (93.8 %)`]);
  drop(world, filmsCsv, csv(films(16)));
  expect(await run()).toEqual({ receipt: null, unchanged: 2, accounts: [] });
  expect(await heldDrops(world)).toEqual([]);
});

test('accepting everything takes what is held', async () => {
  drop(world, cpiCsv, csv(prices(120)));
  await run();
  drop(world, filmsCsv, csv(films(2)));
  rmSync(path.join(world.root, 'raw', 'cpi'), { recursive: true });
  await run();
  expect(await heldDrops(world)).toHaveLength(2);
  const result = await world.run({ acceptAll: true });
  expect(accountOf(result, filmsCsv)).toMatchObject({ status: 'taken', deleted: 18 });
  expect(accountOf(result, cpiCsv)).toMatchObject({ status: 'removed', deleted: 120 });
  expect(await heldDrops(world)).toEqual([]);
  expect(await world.differences()).toEqual([]);
});

test('a held file that goes away takes its version in force with it', async () => {
  drop(world, 'genre_cast_director/more.csv', csv(credits(1)));
  drop(world, creditsCsv, csv(credits(1)));
  await run();
  world.remove(creditsCsv);
  expect(accountOf(await run(), creditsCsv)).toMatchObject({ status: 'removed', deleted: 20 });
  expect(await heldDrops(world)).toEqual([]);
});

test('what is held keeps nothing else from going through', async () => {
  drop(world, creditsCsv, csv(credits(3)));
  drop(world, filmsCsv, csv(films(21)));
  const result = await run();
  expect(accountOf(result, creditsCsv).status).toBe('held');
  expect(accountOf(result, filmsCsv)).toMatchObject({ status: 'taken', inserted: 1, unchanged: 20 });
  drop(world, creditsCsv, csv(credits(20)));
  expect((await run()).receipt).toBeNull();
  expect(await world.differences()).toEqual([]);
});

test('a file cut within quotes of a column that nobody reads may not lose a single record', async () => {
  const before = await contents(world);
  const noted = csv(films(20, { overview: 'in "two"\nlines' }));
  drop(world, filmsCsv, noted);
  expect((await run()).receipt).not.toBeNull();
  const end = noted.lastIndexOf('lines');
  const [whole, cut] = [noted.slice(0, end), noted.slice(0, noted.lastIndexOf('lines', end - 1))];
  drop(world, filmsCsv, cut);
  expect(accountOf(await run(), filmsCsv)).toMatchObject({
    status: 'held',
    deleted: 1,
    reason: { message: 'the file was cut off inside a quoted field, and 1 of 20 records would go' },
  });
  expect(await contents(world)).toEqual(before);
  drop(world, filmsCsv, whole);
  expect(accountOf(await run(), filmsCsv)).toMatchObject({ status: 'taken', unchanged: 20 });
  expect(await contents(world)).toEqual(before);
});

const keyless = (rows: readonly Row[]): Row[] =>
  rows.map(({ title = '', release_year = '', revenue = '' }) => ({ title, release_year, revenue }));

test('without record keys the net loss counts: changed rows are no loss, blank money is', async () => {
  const file = 'movie_metadata/keyless.csv';
  drop(world, file, csv(keyless(films(20))));
  await run();
  drop(world, file, csv(keyless(films(20, { revenue: '12345678' }))));
  expect(accountOf(await run(), file)).toMatchObject({ status: 'taken', inserted: 20, deleted: 20 });
  drop(world, file, csv(keyless(films(16, { revenue: '7654321' }))));
  expect(accountOf(await run(), file)).toMatchObject({ status: 'taken', inserted: 16, deleted: 20 });
  drop(world, file, csv(keyless(films(16, { revenue: '' }))));
  expect(accountOf(await run(), file).reason?.message).toBe(
    '16 of 16 values of revenue would become empty (100.0 %)',
  );
  drop(world, file, csv(keyless(films(11, { revenue: '1111111' }))));
  expect(accountOf(await run(), file).reason?.message).toBe('5 of 16 records would go (31.3 %)');
});

test('29 of 100 is not over 0.29, whatever binary fractions make of it', async () => {
  await world.configure('guard: { min_rows: 10, max_loss_share: 0.29 }\n');
  const file = 'movie_metadata/hundred.csv';
  drop(world, file, csv(films(100)));
  await run();
  drop(world, file, csv(films(71)));
  expect(accountOf(await run(), file)).toMatchObject({ status: 'taken', deleted: 29 });
});
