import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { BatchResult } from '../../operators/batch.ts';
import { World } from '../property/world.ts';
import { accountOf, contents, credits, csv, drop, films, heldDrops, prices } from './drops.ts';

const [filmsCsv, creditsCsv, cpiCsv] = [
  'movie_metadata/films.csv',
  'genre_cast_director/credits.csv',
  'cpi/cpi.csv',
] as const;

let world: World;
let before: Record<string, string[]>;

/** 20 films, their credits and ten years of prices. */
function writeAll(): void {
  drop(world, filmsCsv, csv(films(20)));
  drop(world, creditsCsv, csv(credits(20)));
  drop(world, cpiCsv, csv(prices(120)));
}

/** The guard judges from 10 records on, and allows a fifth to go. */
beforeAll(async () => {
  world = new World();
  await world.configure('guard: { min_rows: 10, max_loss_share: 0.2 }\n');
  writeAll();
  await run();
  before = await contents(world);
});

afterAll(() => world.dispose());

/** Whatever waits, nothing is lost by it, and the bytes in force clear it. */
afterEach(async () => {
  expect(await contents(world)).toEqual(before);
  for (const file of [filmsCsv, creditsCsv, cpiCsv]) {
    mkdirSync(path.join(world.root, 'raw', path.dirname(file)), { recursive: true });
  }
  writeAll();
  expect(await run()).toEqual({ receipt: null, unchanged: 3, accounts: [] });
  expect(await heldDrops(world)).toEqual([]);
});

function run(): Promise<BatchResult> {
  return world.run({ acceptAll: false });
}

const blankRevenue = films(20).map((row) => (Number(row['tmdb_id']) <= 5 ? { ...row, revenue: '' } : row));

const losses: readonly [string, string, string, string][] = [
  ['a download that was cut off', filmsCsv, csv(films(15)), '5 of 20 records would go (25.0 %)'],
  [
    'an emptied credits file',
    creditsCsv,
    csv([], Object.keys(credits(1)[0] ?? {})),
    '20 of 20 records would go (100.0 %)',
  ],
  ['a CPI file that lost its years', cpiCsv, csv(prices(60)), '60 of 120 records would go (50.0 %)'],
  [
    'a money column that went blank',
    filmsCsv,
    csv(blankRevenue),
    '5 of 20 values of revenue would become empty (25.0 %)',
  ],
  [
    'a money column that went',
    filmsCsv,
    csv(films(20), ['tmdb_id', 'title', 'release_year', 'revenue']),
    '20 of 20 values of budget would become empty (100.0 %)',
  ],
  [
    'a money column in words',
    filmsCsv,
    csv(films(20, { revenue: 'a lot' })),
    '20 of 20 values of revenue would become empty (100.0 %)',
  ],
  [
    'other keys',
    filmsCsv,
    csv(films(20).map((row) => ({ ...row, tmdb_id: `9${row['tmdb_id'] ?? ''}` }))),
    '20 of 20 records would go (100.0 %)',
  ],
];

test.each(losses)('%s is held, and stays held without being read again', async (_, file, text, reason) => {
  drop(world, file, text);
  const first = await run();
  expect(first.receipt).toBeNull();
  expect(accountOf(first, file)).toMatchObject({
    status: 'held',
    reason: { code: 'implausible-loss', message: reason },
  });
  expect(await heldDrops(world)).toEqual([`${file}: ${reason}`]);
  await world.restart();
  expect(await run()).toEqual({ receipt: null, unchanged: 3, accounts: [] });
  expect(await heldDrops(world)).toEqual([`${file}: ${reason}`]);
});

test('a file cut within quotes is rejected where a column that is read is cut, and stays rejected', async () => {
  const text = csv(films(20, { overview: 'x' }), [
    'tmdb_id',
    'release_year',
    'budget',
    'revenue',
    'overview',
    'title',
  ]);
  const cut = `${text.slice(0, text.indexOf('\n19,'))}\n19,1919,1,1,,"Fil`;
  drop(world, filmsCsv, cut);
  expect(accountOf(await run(), filmsCsv)).toMatchObject({
    status: 'rejected',
    reason: { code: 'truncated' },
  });
  expect(await run()).toEqual({ receipt: null, unchanged: 3, accounts: [] });
});

test('a folder that vanished is held, and found again', async () => {
  const folder = path.join(world.root, 'raw', 'genre_cast_director');
  const away = path.join(world.root, 'away');
  renameSync(folder, away);
  const result = await run();
  expect(result.receipt).toBeNull();
  expect(await heldDrops(world)).toEqual([
    `${creditsCsv}: removed: all files of genre_cast_director are gone, this one with 20 records`,
  ]);
  expect(await run()).toEqual({ receipt: null, unchanged: 2, accounts: [] });

  renameSync(away, folder);
  expect(await run()).toEqual({ receipt: null, unchanged: 3, accounts: [] });
  expect(await heldDrops(world)).toEqual([]);
});

test('the last files of a folder are held, one of several is not', async () => {
  const more = 'movie_metadata/more.csv';
  const place = (file: string): string => path.join(world.root, 'raw', file);
  drop(world, more, 'tmdb_id,title\n900,Ninth\n');
  await run();
  rmSync(place(more));
  expect(accountOf(await run(), more)).toMatchObject({ status: 'removed', deleted: 1 });
  rmSync(place(filmsCsv));
  expect((await run()).receipt).toBeNull();
  expect(await heldDrops(world)).toEqual([
    `${filmsCsv}: removed: all files of movie_metadata are gone, this one with 20 records`,
  ]);
  expect(await run()).toEqual({ receipt: null, unchanged: 2, accounts: [] });
});

test('raw/ that vanished is held whole', async () => {
  rmSync(path.join(world.root, 'raw'), { recursive: true });
  expect((await run()).receipt).toBeNull();
  expect(await heldDrops(world)).toHaveLength(3);
  expect(await run()).toEqual({ receipt: null, unchanged: 0, accounts: [] });
});
