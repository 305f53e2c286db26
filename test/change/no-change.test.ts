import { cpSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { World } from '../property/world.ts';
import { contents, drop, expectNoChange, prices, type Row } from './drops.ts';
import { anyStyle, plain, rewrite, type Style } from './rewriting.ts';

/** Rows that make the most of CSV, and the names their columns may have. Every character is in Windows-1252 too. */
const sources: Readonly<Record<string, { rows: readonly Row[]; names: Record<string, readonly string[]> }>> =
  {
    'movie_metadata/films.csv': {
      rows: [
        {
          tmdb_id: '1',
          title: 'Amélie, again',
          release_year: '2000',
          runtime: '90',
          revenue: '7000003',
          genres: 'Drama|Comedy',
        },
        {
          tmdb_id: '2',
          title: 'He said "no"',
          release_year: '2001',
          runtime: '',
          revenue: '$1,000,000',
          genres: '',
        },
        {
          tmdb_id: '3',
          title: 'Two\nlines; one|film',
          release_year: '2001',
          runtime: '1h 55m',
          revenue: '',
          genres: 'Drama',
        },
        { tmdb_id: '4', title: 'Ñandú\tß', release_year: '', runtime: '91', revenue: '0', genres: 'Comédie' },
      ],
      names: {
        tmdb_id: ['tmdb_id', 'TMDB-ID', 'tmdbid'],
        title: ['title', 'Film Title', 'name'],
        release_year: ['release_year', 'YEAR', 'title year'],
        runtime: ['runtime', 'Duration'],
        revenue: ['revenue', 'worldwide_gross', 'Revenue USD'],
        genres: ['genres', 'Genre'],
      },
    },
    'genre_cast_director/credits.csv': {
      rows: [
        { title: 'Amélie, again', year: '2000', director: 'Zoë "Z" Ünal', stars: 'Eve, Fay' },
        { title: 'He said "no"', year: '2001', director: '', stars: 'Gus' },
        { title: 'He said "no"', year: '2001', director: 'Dan', stars: '' },
      ],
      names: {
        title: ['title', 'Primary Title', 'movie'],
        year: ['year', 'release_year'],
        director: ['director', 'Directors'],
        stars: ['stars', 'CAST', 'actors'],
      },
    },
    'cpi/cpi.csv': {
      rows: prices(6),
      names: { DATE: ['DATE', 'observation_date'], CPIAUCSL: ['CPIAUCSL'] },
    },
  };

let world: World;
let before: Record<string, string[]>;

function write(style: Style): void {
  for (const [file, { rows, names }] of Object.entries(sources))
    drop(world, file, rewrite(rows, names, style));
}

beforeAll(async () => {
  world = new World();
  write(plain);
  await world.run();
  before = await contents(world);
});

afterAll(() => world.dispose());

const named: readonly [string, Partial<Style>][] = [
  ['reordered rows', { rowOrder: [3, 2, 1, 0] }],
  ['reordered columns', { columnOrder: [5, 4, 3, 2, 1, 0] }],
  ['renamed columns', { names: [1, 1, 1, 1, 1, 1] }],
  ['columns renamed once more', { names: [2, 2, 2, 0, 2, 0] }],
  ['a column that nobody reads', { extra: { popularity: '1.5' } }],
  ['another value in a column that nobody reads', { extra: { popularity: '2.5' } }],
  ['fields quoted where they need not be', { quotes: 'all' }],
  ['CRLF', { lineEnd: '\r\n' }],
  ['lone CR', { lineEnd: '\r' }],
  ['no end of the last line', { isLastLineEnded: false }],
  ['a byte order mark', { encoding: 'utf-8-bom' }],
  ['UTF-16', { encoding: 'utf-16le' }],
  ['UTF-16, big-endian', { encoding: 'utf-16be' }],
  ['Windows-1252', { encoding: 'windows-1252' }],
  ['semicolons', { delimiter: ';' }],
  ['tabs', { delimiter: '\t' }],
  ['bars', { delimiter: '|' }],
  ['padding', { padding: '  ' }],
  ['padding with spaces that do not break', { padding: '\u00a0' }],
];

test.each(named)('the same rows with %s change nothing', async (_, style) => {
  write({ ...plain, ...style });
  const result = await world.run({ acceptAll: false });
  // In these ways cpi.csv may come out as it was.
  expect(result.accounts.length + result.unchanged).toBe(3);
  expectNoChange(result);
  expect(await contents(world)).toEqual(before);
});

const runs = Number(process.env['MARQUEE_REWRITINGS'] ?? 6);

test(
  'the same rows, written in any way, change nothing',
  async () => {
    await fc.assert(
      fc.asyncProperty(anyStyle, async (style) => {
        write(style);
        const result = await world.run({ acceptAll: false });
        if (result.receipt !== null) expectNoChange(result);
        expect(result.accounts.length + result.unchanged).toBe(3);
        expect(await contents(world)).toEqual(before);
      }),
      { numRuns: runs },
    );
    expect(await world.differences()).toEqual([]);
  },
  60_000 + runs * 30_000,
);

test('a row that differs is seen among all the rewriting', async () => {
  const [file, { rows, names }] = Object.entries(sources)[0] ?? ['', { rows: [], names: {} }];
  const style: Style = {
    ...plain,
    delimiter: ';',
    encoding: 'utf-16le',
    rowOrder: [3, 1, 2, 0],
    names: [1, 1, 1, 1, 1, 1],
  };
  drop(
    world,
    file,
    rewrite(
      rows.map((row) => (row['tmdb_id'] === '1' ? { ...row, runtime: '91' } : row)),
      names,
      style,
    ),
  );
  const result = await world.run();
  expect(result.accounts).toMatchObject([{ inserted: 0, updated: 1, deleted: 0, unchanged: 3 }]);
  drop(world, file, rewrite(rows, names, plain));
  await world.run();
  expect(await contents(world)).toEqual(before);
});

const copies: readonly [string, (raw: string) => void][] = [
  ['touched', () => Object.keys(sources).forEach((file) => world.touch(file, 1_600_000_000))],
  ['touched into the future', () => Object.keys(sources).forEach((file) => world.touch(file, 4_000_000_000))],
  [
    'copied over itself',
    (raw) => {
      cpSync(raw, `${raw}-copy`, { recursive: true });
      cpSync(`${raw}-copy`, raw, { recursive: true });
      rmSync(`${raw}-copy`, { recursive: true });
    },
  ],
  [
    'replaced by a copy, every inode and time new',
    (raw) => {
      cpSync(raw, `${raw}-copy`, { recursive: true });
      rmSync(raw, { recursive: true });
      renameSync(`${raw}-copy`, raw);
    },
  ],
  [
    'copied with its times',
    (raw) => {
      cpSync(raw, `${raw}-copy`, { recursive: true, preserveTimestamps: true });
      rmSync(raw, { recursive: true });
      renameSync(`${raw}-copy`, raw);
    },
  ],
];

test.each(copies)('raw/ %s makes no epoch', async (_, copy) => {
  copy(path.join(world.root, 'raw'));
  for (const isRestarted of [false, true]) {
    if (isRestarted) await world.restart();
    const result = await world.run({ acceptAll: false });
    expect(result).toEqual({ receipt: null, unchanged: 3, accounts: [] });
  }
});
