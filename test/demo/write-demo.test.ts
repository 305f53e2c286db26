import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { consumerPricesByYear } from '../../src/demo/consumer-prices.ts';
import { readVegaMovies } from '../../src/demo/vega-movies.ts';
import { writeDemo } from '../../src/demo/write-demo.ts';
import { packageRoot } from '../../src/package-root.ts';
import { newFolder } from '../cli/new-folder.ts';
import { openCsv } from '../../src/csv/open-csv.ts';
import { loadSources } from '../../src/sources/declaration.ts';

const newRaw = (): string => newFolder('demo');
const read = (raw: string, file: string): Record<string, string>[] =>
  parse(readFileSync(path.join(raw, file)), { columns: true });
const files = ['movie_metadata/vega_movies.csv', 'genre_cast_director/vega_credits.csv', 'cpi/CPIAUCSL.csv'];

test('the demo is films, credits and prices, and the same bytes each time', () => {
  const [first, second] = [newRaw(), newRaw()];
  expect(writeDemo(first)).toEqual([
    { path: files[0], rows: 3201, changed: true },
    { path: files[1], rows: 3201, changed: true },
    { path: files[2], rows: 931, changed: true },
  ]);
  writeDemo(second);
  const hash = (raw: string): string[] =>
    files.map((file) =>
      createHash('sha256')
        .update(readFileSync(path.join(raw, file)))
        .digest('hex'),
    );
  expect(hash(second)).toEqual(hash(first));
});

test('a second demo touches no file, and puts back one that was changed', () => {
  const raw = newRaw();
  writeDemo(raw);
  const times = files.map((file) => statSync(path.join(raw, file)).mtimeMs);
  expect(writeDemo(raw).map(({ changed }) => changed)).toEqual([false, false, false]);
  expect(files.map((file) => statSync(path.join(raw, file)).mtimeMs)).toEqual(times);
  writeFileSync(path.join(raw, 'cpi/CPIAUCSL.csv'), 'x');
  expect(writeDemo(raw).map(({ changed }) => changed)).toEqual([false, false, true]);
  expect(readdirSync(path.join(raw, 'cpi'))).toEqual(['CPIAUCSL.csv']);
});

test('a title that is a number comes out as its text, and nothing known is lost', () => {
  const raw = newRaw();
  writeDemo(raw);
  const films = read(raw, 'movie_metadata/vega_movies.csv');
  expect(films.map(({ title }) => title)).toEqual(expect.arrayContaining(['300', '2012', '1408']));
  expect(films.find(({ title }) => title === 'Avatar')).toEqual({
    title: 'Avatar',
    release_date: 'Dec 18 2009',
    release_year: '2009',
    budget: '237000000',
    revenue: '2767891499',
    production_companies: '20th Century Fox',
  });
  expect(
    read(raw, 'genre_cast_director/vega_credits.csv').find(({ title }) => title === 'Avatar'),
  ).toMatchObject({
    director: 'James Cameron',
    genre: 'Action',
    certificate: 'PG-13',
    release_year: '2009',
  });
});

test('a century that was guessed wrongly is taken out of the date, and stands in the year', () => {
  const raw = newRaw();
  writeDemo(raw);
  const films = read(raw, 'movie_metadata/vega_movies.csv');
  expect(films.find(({ title }) => title === 'Duel in the Sun')).toMatchObject({
    release_date: 'Dec 31 46',
    release_year: '1946',
  });
  expect(films.find(({ title }) => title === 'The Birth of a Nation')).toMatchObject({
    release_date: 'Feb 08 15',
    release_year: '1915',
  });
  expect(
    films.filter(({ release_year }) => Number(release_year) > 2011 || Number(release_year) < 1915),
  ).toEqual([]);
});

test('prices are one a month without a gap, and rise over the decades', () => {
  const months = Object.entries(consumerPricesByYear).flatMap(([year, values]) =>
    values.split(' ').map((v) => [year, Number(v)] as const),
  );
  expect(
    Object.values(consumerPricesByYear)
      .slice(0, -1)
      .every((values) => values.split(' ').length === 12),
  ).toBe(true);
  expect(months).toHaveLength(931);
  expect(months.every(([, value]) => value > 21 && value < 320)).toBe(true);
  expect(consumerPricesByYear[1983]?.split(' ')[6]).toBe('99.8');
});

test('the shapes that ship recognise every file of the demo', async () => {
  const raw = newRaw();
  writeDemo(raw);
  const sources = loadSources(path.join(packageRoot, 'sql', 'sources'));
  for (const file of files) {
    const source = sources.find(({ source: name }) => name === file.split('/')[0]);
    if (source === undefined) throw new Error(`no source for ${file}`);
    const opened = await openCsv(path.join(raw, file), source);
    expect(opened.kind).not.toBe('rejection');
  }
});

test('without the package the demo says what to install', () => {
  const elsewhere = pathToFileURL(path.join(newRaw(), 'x.js')).href;
  expect(() => readVegaMovies(elsewhere)).toThrow(
    expect.objectContaining({ code: 'demo-missing', hint: expect.stringContaining('npm install') as string }),
  );
});
