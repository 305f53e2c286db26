import { afterEach, expect, test } from 'vitest';
import { verify } from '../../src/verify/verify.ts';
import { Drops } from './drops.ts';

let drops: Drops;
afterEach(() => drops.dispose());

/** Relations and files in which what is published is not what a rebuild gives. */
async function unverified(): Promise<string[]> {
  const report = { begin: () => ({ advance: () => undefined, done: () => undefined }) };
  const { relations, files } = await verify({ root: drops.root, sample: null, report });
  return [
    ...files.map(({ message }) => message),
    ...relations.filter(({ isEqual }) => !isEqual).map(({ relation }) => relation),
  ];
}

test('of a key that comes twice, the last line counts, and the other is said to be shadowed', async () => {
  const header = 'tmdb_id,title,release_date,revenue\n';
  drops = new Drops({
    'movie_metadata/a.csv': `${header}1,First,2000-01-01,1000\n2,Other,2000-01-01,2000\n 1 ,Last,2001-01-01,3000\n`,
  });
  const { accounts } = await drops.backfill();
  expect(accounts.get('movie_metadata/a.csv')).toMatchObject({
    read: 3,
    inserted: 2,
    shadowed: 1,
    quarantined: 0,
  });
  expect(await drops.select('select movie_key, title, revenue from movies_enriched order by 1')).toEqual([
    'tmdb:1|Last|3000',
    'tmdb:2|Other|2000',
  ]);
  // The lines change places: what was last is shadowed now.
  drops.write(
    'movie_metadata/a.csv',
    `${header}1,Last,2001-01-01,3000\n2,Other,2000-01-01,2000\n1,First,2000-01-01,1000\n`,
  );
  const swapped = await drops.backfill();
  expect(swapped.accounts.get('movie_metadata/a.csv')).toMatchObject({
    updated: 1,
    unchanged: 1,
    shadowed: 1,
    deleted: 0,
  });
  expect(await drops.select('select title from movies_enriched order by movie_key')).toEqual([
    'First',
    'Other',
  ]);
  expect(await unverified()).toEqual([]);
});

test('two spellings of one title are one film; one title of two years is two', async () => {
  drops = new Drops({
    'movie_metadata/a.csv': 'tmdb_id,title,release_date,revenue\n1,Amélie,2001-04-25,\n',
    'movie_metadata/b.csv':
      'title,release_year,revenue\nAMELIE,2001,5000\n"  amélie! ",2001,6000\nAmelie,2002,7000\n',
  });
  await drops.backfill();
  expect(await drops.select('select movie_key, title, revenue from movies_enriched order by 1')).toEqual([
    'title:amelie:2002|Amelie|7000',
    expect.stringMatching(/^tmdb:1\|Amélie\|[56]000$/),
  ]);
  expect(await unverified()).toEqual([]);
});

test('a key that changes its case is another record of the same film: nothing doubles, nothing is lost', async () => {
  const header = 'title,release_year,revenue\n';
  const credits = 'imdb_id,title,year,director\n';
  drops = new Drops({
    'movie_metadata/a.csv': `${header}Alpha,2000,5000\nBeta,2001,6000\n`,
    'genre_cast_director/c.csv': `${credits}tt0000001,Alpha,2000,Ann\n`,
  });
  await drops.backfill();
  const before = await drops.select(
    'select movie_key, lower(title), revenue, director from movies_enriched order by 1',
  );
  drops.write('movie_metadata/a.csv', `${header}ALPHA,2000,5000\nBeta,2001,6000\n`);
  drops.write('genre_cast_director/c.csv', `${credits}TT0000001,Alpha,2000,Ann\n`);
  const { accounts } = await drops.backfill();
  expect(accounts.get('movie_metadata/a.csv')).toMatchObject({ inserted: 1, deleted: 1, unchanged: 1 });
  expect(
    await drops.select('select movie_key, lower(title), revenue, director from movies_enriched order by 1'),
  ).toEqual(before);
  expect(await unverified()).toEqual([]);
});
