import { afterEach, beforeEach, expect, test } from 'vitest';
import { World } from '../property/world.ts';
import { accountOf, contents, countsOf, csv, drop, expectNoChange, film, filmValues } from './drops.ts';

let world: World;

beforeEach(() => {
  world = new World();
});

/** Whatever was done, nothing in the result shows how it came about. */
afterEach(async () => {
  const differences = await world.differences();
  await world.dispose();
  expect(differences).toEqual([]);
});

const [a, b] = ['movie_metadata/a.csv', 'movie_metadata/b.csv'] as const;

/** Title, budget and revenue of each film, as text. */
async function values(): Promise<string[]> {
  const rows = await filmValues(world, 'movie_key, title, budget, revenue');
  return rows.map((row) => Object.values(row).map(String).join(' '));
}

test('a file that comes again under its name is compared record by record', async () => {
  drop(world, a, csv([film(1), film(2), film(3)]));
  expect(countsOf(await world.run(), a)).toEqual({ inserted: 3 });
  drop(world, a, csv([film(4), film(3, { revenue: '33' }), film(1)]));
  expect(countsOf(await world.run(), a)).toEqual({ inserted: 1, updated: 1, deleted: 1, unchanged: 1 });
  expect(await values()).toEqual([
    'tmdb:1 Film 1 1000000 5000001',
    'tmdb:3 Film 3 1000000 33',
    'tmdb:4 Film 4 1000000 5000004',
  ]);
});

test('files with the same keys: the last in order wins, cell by cell, and a removed one gives back what it hid', async () => {
  drop(world, a, csv([film(1, { budget: '10', revenue: '100' }), film(2)]));
  await world.run();
  drop(world, b, csv([film(1, { budget: '', revenue: '200', title: 'Film I' }), film(3)]));
  expect(countsOf(await world.run(), b)).toEqual({ inserted: 2 });
  expect(await values()).toEqual([
    'tmdb:1 Film I 10 200',
    'tmdb:2 Film 2 1000000 5000002',
    'tmdb:3 Film 3 1000000 5000003',
  ]);
  world.remove(b);
  expect(countsOf(await world.run(), b)).toEqual({ deleted: 2 });
  expect(await values()).toEqual(['tmdb:1 Film 1 10 100', 'tmdb:2 Film 2 1000000 5000002']);
});

test('drop-9 comes before drop-10, whichever arrives first', async () => {
  drop(world, 'movie_metadata/drop-10.csv', csv([film(1, { revenue: '10' })]));
  await world.run();
  drop(world, 'movie_metadata/drop-9.csv', csv([film(1, { revenue: '9' })]));
  await world.run();
  expect(await values()).toEqual(['tmdb:1 Film 1 1000000 10']);
  world.rename('movie_metadata/drop-10.csv', 'movie_metadata/drop-08.csv');
  await world.run();
  expect(await values()).toEqual(['tmdb:1 Film 1 1000000 9']);
});

test('rank beats the order of names, and the highest glob that fits counts', async () => {
  await world.configure(
    'sources: { movie_metadata: { rank: { "fix*.csv": 10, "*-old.csv": -1, "fix-old.csv": 20 } } }\n',
  );
  const revenueOf = (file: string, revenue: string): void =>
    drop(world, `movie_metadata/${file}`, csv([film(1, { revenue })]));
  revenueOf('z.csv', '1');
  revenueOf('zz-old.csv', '2');
  await world.run();
  expect(await values()).toEqual(['tmdb:1 Film 1 1000000 1']);
  revenueOf('fix.csv', '3');
  await world.run();
  expect(await values()).toEqual(['tmdb:1 Film 1 1000000 3']);
  revenueOf('fix-old.csv', '4');
  await world.run();
  expect(await values()).toEqual(['tmdb:1 Film 1 1000000 4']);
  await world.configure('{}\n');
  await world.run();
  expect(await values()).toEqual(['tmdb:1 Film 1 1000000 2']);
});

test('a renamed file is the same records under another name', async () => {
  drop(world, a, csv([film(1), film(2)]));
  await world.run();
  const before = await values();
  world.rename(a, b);
  const result = await world.run({ acceptAll: false });
  expect([countsOf(result, a), countsOf(result, b)]).toEqual([{ deleted: 2 }, { inserted: 2 }]);
  expect(await values()).toEqual(before);
});

test('a file that shrinks, goes, and comes back leaves no trace', async () => {
  const whole = csv([film(1), film(2), film(3)]);
  drop(world, a, whole);
  await world.run();
  const before = await contents(world);
  drop(world, a, csv([film(2)]));
  expect(countsOf(await world.run(), a)).toEqual({ deleted: 2, unchanged: 1 });
  drop(world, a, csv([], Object.keys(film(1))));
  expect(countsOf(await world.run(), a)).toEqual({ deleted: 1 });
  expect(await values()).toEqual([]);
  world.remove(a);
  expect(accountOf(await world.run(), a).status).toBe('removed');
  drop(world, a, whole);
  expect(countsOf(await world.run(), a)).toEqual({ inserted: 3 });
  expect(await contents(world)).toEqual(before);
});

test('of records with one key the last line wins, and the others are counted', async () => {
  const lines = [film(1, { revenue: '1' }), film(2), film(1, { revenue: '2' }), film(1, { revenue: '3' })];
  drop(world, a, csv(lines));
  expect(countsOf(await world.run(), a)).toEqual({ inserted: 2, shadowed: 2 });
  expect(await values()).toEqual(['tmdb:1 Film 1 1000000 3', 'tmdb:2 Film 2 1000000 5000002']);
  drop(world, a, csv([...lines].reverse()));
  expect(countsOf(await world.run(), a)).toEqual({ updated: 1, unchanged: 1, shadowed: 2 });
  expect((await values())[0]).toBe('tmdb:1 Film 1 1000000 1');
  drop(world, a, csv([film(1, { revenue: '1' }), film(2)]));
  expect(countsOf(await world.run(), a)).toEqual({ unchanged: 2 });
});

test('two spellings of one title are one film, shown as the last one spells it', async () => {
  const named = (title: string, revenue: string): string =>
    csv(
      [{ title, release_year: '2001', budget: '5', revenue }],
      ['title', 'release_year', 'budget', 'revenue'],
    );
  drop(world, a, named('Amélie!', '7'));
  drop(world, b, named('AMELIE', ''));
  await world.run();
  expect(await values()).toEqual(['title:amelie:2001 AMELIE 5 7']);
  drop(world, b, named('Amelia', ''));
  expect(countsOf(await world.run(), b)).toEqual({ inserted: 1, deleted: 1 });
  expect(await values()).toEqual(['title:amelia:2001 Amelia 5 null', 'title:amelie:2001 Amélie! 5 7']);
});

test('a key that changes its case is another record of the same film', async () => {
  const keyed = (movie: string): string =>
    csv([{ movie, release_date: '12/18/2009', production_budget: '$5', worldwide_gross: '$7' }]);
  drop(world, a, keyed('Avatar'));
  expect(accountOf(await world.run(), a).shape).toBe('the_numbers');
  drop(world, a, keyed('AVATAR'));
  expect(countsOf(await world.run(), a)).toEqual({ inserted: 1, deleted: 1 });
  expect(await values()).toEqual(['title:avatar:2009 AVATAR 5 7']);
});

test('a column that nobody reads may take its file to another shape; the records stay the same', async () => {
  const rows = [1, 2].map((id) => ({
    id: String(id),
    title: `Film ${id}`,
    vote_average: '5',
    vote_count: '9',
    original_language: 'en',
    spoken_languages: 'English',
    backdrop_path: '/x.jpg',
  }));
  drop(world, a, csv(rows));
  expect(accountOf(await world.run(), a).shape).toBe('tmdb_v11');
  drop(
    world,
    a,
    csv(rows, ['id', 'title', 'vote_average', 'vote_count', 'original_language', 'spoken_languages']),
  );
  const result = await world.run();
  expectNoChange(result);
  expect(accountOf(result, a).shape).toBe('tmdb_api_dump');
});
