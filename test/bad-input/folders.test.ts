import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { Drops, good, stackOrBug } from './drops.ts';

let drops: Drops;
afterEach(() => drops.dispose());

const films = good['movie_metadata/good.csv'];

describe('folders that are not there', () => {
  test('no raw/, then an empty one: done, and what to do next', async () => {
    drops = new Drops({});
    const none = await drops.marquee('backfill');
    expect(none.code).toBe(0);
    expect(none.stderr).toMatch(/^nothing to read: put CSV files into .*raw, or run marquee init --demo$/m);
    expect(none.stdout).toBe('');
    mkdirSync(drops.at(''));
    const empty = await drops.marquee('backfill');
    expect(empty.code).toBe(0);
    expect(empty.stderr).toMatch(/^nothing to read: /m);
    expect(none.stderr + empty.stderr).not.toMatch(stackOrBug);
  });

  test('films without credits or prices come out, without real dollars, and it is said', async () => {
    drops = new Drops({ 'movie_metadata/good.csv': films });
    const { code, stderr } = await drops.marquee('backfill');
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^no real dollars: raw\/cpi says nothing of CPIAUCSL; drop that price index there/m,
    );
    expect(
      await drops.select(
        'select movie_key, revenue, revenue_real, cpi_method, match_method, director from movies_enriched order by 1',
      ),
    ).toEqual(['tmdb:1|7000003||unavailable|none|', 'tmdb:2|5000003||unavailable|none|']);
  });

  test('credits and prices without films are no films', async () => {
    const { 'cpi/good.csv': cpi, 'genre_cast_director/good.csv': credits } = good;
    drops = new Drops({ 'cpi/good.csv': cpi, 'genre_cast_director/good.csv': credits });
    await drops.backfill();
    expect(await drops.films()).toEqual([]);
    drops.write('movie_metadata/good.csv', films);
    await drops.backfill();
    expect(await drops.films()).toEqual(['tmdb:1|7000003', 'tmdb:2|5000003']);
  });
});

describe('folders that went away', () => {
  test('are held, whatever stands in their place, and are back as if nothing had been', async () => {
    drops = new Drops();
    await drops.backfill();
    const before = await drops.select('from movies_enriched order by movie_key');
    const aside = `${drops.root}/aside`;
    for (const [folder, instead] of [
      ['movie_metadata', 'nothing'],
      ['movie_metadata', 'a file'],
      ['genre_cast_director', 'a link'],
      ['', 'nothing'],
    ] as const) {
      renameSync(drops.at(folder), aside);
      if (instead === 'a file') drops.write(folder, 'x');
      if (instead === 'a link') symlinkSync('/nowhere', drops.at(folder));
      const { accounts } = await drops.backfill();
      expect([folder, ...new Set([...accounts.values()].map(({ status }) => status))]).toEqual([
        folder,
        'held',
      ]);
      if (instead !== 'nothing') drops.remove(folder);
      renameSync(aside, drops.at(folder));
      await drops.backfill();
      expect({ untaken: drops.untaken(), epoch: drops.epoch() }).toEqual({ untaken: [], epoch: 1 });
    }
    expect(await drops.select('from movies_enriched order by movie_key')).toEqual(before);
  });

  test('are held though the configuration changed at the same time, and exit with 3', async () => {
    drops = new Drops();
    await drops.backfill();
    drops.remove('movie_metadata');
    drops.configure('roi: { min_budget: 5 }\n');
    const { code, stderr } = await drops.marquee('backfill');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^held: movie_metadata\/good.csv \(marquee held shows why\)$/m);
    expect(await drops.films()).toHaveLength(2);
  });

  test('and such that can’t be listed are a failure, since files that can’t be seen are not gone', async () => {
    drops = new Drops();
    drops.remove('movie_metadata');
    symlinkSync('movie_metadata', drops.at('movie_metadata'));
    const { code, stderr } = await drops.marquee('backfill');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^marquee: .*raw\/movie_metadata can't be listed \(ELOOP\)\n {2}next: .*mend the link/m,
    );
    expect(stderr).not.toMatch(stackOrBug);
  });
});

describe('what stands in raw/ and is not read', () => {
  test('is named after each run, up to ten, and harms nothing', async () => {
    drops = new Drops();
    drops.write('tmdb.csv', films);
    drops.write('movies/tmdb.csv', films);
    drops.write('movie_metadata/2024/tmdb.csv', films);
    drops.write('movie_metadata/tmdb.csv.gz', 'x');
    drops.write('movie_metadata/.hidden.csv', 'x');
    drops.write('movie_metadata/good.csv~', 'x');
    const { code, stderr } = await drops.marquee('backfill');
    expect(code).toBe(0);
    const said = stderr.split('\n').filter((line) => line.startsWith('raw/'));
    const folders = 'raw/cpi/, raw/genre_cast_director/, raw/movie_metadata/';
    expect(said).toEqual([
      `raw/movies/ is not read: expected CSV files in ${folders}`,
      `raw/tmdb.csv is not read: expected CSV files in ${folders}`,
      'raw/movie_metadata/2024/ is not looked into: expected CSV files in raw/movie_metadata/ itself',
      'raw/movie_metadata/tmdb.csv.gz is not read: expected a name that ends in .csv',
    ]);
    for (let at = 0; at < 20; at++) drops.write(`cpi/${at}.txt`, 'x');
    const again = (await drops.marquee('backfill')).stderr.split('\n');
    expect(again.filter((line) => line.startsWith('raw/'))).toHaveLength(10);
    expect(again).toContain('and 14 more in raw/ that are not read');
  });
});
