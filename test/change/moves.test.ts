import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BatchResult } from '../../operators/batch.ts';
import { World } from '../property/world.ts';
import { accountOf, contents, csv, drop, film, films, heldDrops, prices } from './drops.ts';

const [filmsCsv, other, cpiCsv] = [
  'movie_metadata/films.csv',
  'movie_metadata/other.csv',
  'cpi/cpi.csv',
] as const;
/** Films that share nothing with the first 20. */
const others = csv(Array.from({ length: 20 }, (_, at) => film(at + 30)));

let world: World;

beforeEach(async () => {
  world = new World();
  await world.configure('guard: { min_rows: 10, max_loss_share: 0.2 }\n');
  drop(world, filmsCsv, csv(films(20)));
  drop(world, cpiCsv, csv(prices(24)));
  await run();
});

afterEach(() => world.dispose());

function run(): Promise<BatchResult> {
  return world.run({ acceptAll: false });
}

function statuses(result: BatchResult): string[] {
  return result.accounts.map(({ status }) => status);
}

test('a file under a new name is no loss', async () => {
  world.rename(filmsCsv, other);
  const renamed = await run();
  expect(statuses(renamed)).toEqual(['removed', 'taken']);
  expect(renamed.receipt).toMatchObject({ films: { total: 20 }, aggregatesRewritten: [] });
});

test('two files that swap names are no loss', async () => {
  drop(world, other, others);
  await run();
  world.rename(filmsCsv, 'movie_metadata/swap');
  world.rename(other, filmsCsv);
  world.rename('movie_metadata/swap', other);
  expect(statuses(await run())).toEqual(['taken', 'taken']);
  expect(await world.differences()).toEqual([]);
});

test('a file set aside for its successor is no loss', async () => {
  world.rename(filmsCsv, 'movie_metadata/films-old.csv');
  drop(world, filmsCsv, csv(films(1)));
  const result = await run();
  expect(accountOf(result, filmsCsv)).toMatchObject({ status: 'taken', deleted: 19 });
  expect(result.receipt?.films.total).toBe(20);
});

test('a folder that became a file is no loss', async () => {
  world.rename(cpiCsv, 'cpi.csv');
  rmSync(path.join(world.root, 'raw', 'cpi'), { recursive: true });
  expect(statuses(await run())).toEqual(['taken', 'removed']);
  expect(await heldDrops(world)).toEqual([]);
  expect(await world.differences()).toEqual([]);
});

test('a move onto a file that is held for it is a loss of both', async () => {
  drop(world, other, others);
  await run();
  const before = await contents(world);
  world.rename(filmsCsv, other);
  drop(world, filmsCsv, csv(films(1)));
  expect(statuses(await run())).toEqual(['held', 'held']);
  expect(await contents(world)).toEqual(before);
});

test('a first version is never held', async () => {
  drop(world, 'movie_metadata/new.csv', csv([film(50, { revenue: '' })]));
  expect(accountOf(await run(), 'movie_metadata/new.csv').status).toBe('taken');
});
