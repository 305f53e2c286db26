import { expect, test } from 'vitest';
import { loadSqlLibrary, type SqlLibrary } from '../../src/engine/sql-library.ts';
import { csvOf, files, type FileName, type Row } from './domain.ts';
import { World } from './world.ts';

const library = loadSqlLibrary();

type Drops = Partial<Record<FileName, readonly Row[]>>;

/** A change that a smaller closure gets wrong, and that closure. */
interface Case {
  readonly name: string;
  readonly before: Drops;
  readonly after: Drops;
  /** An impact query, and what is left out of it. */
  readonly relation: string;
  readonly breakIt: (text: string) => string;
}

/** Takes out the text between two marks, the first included; fails when they are not there. */
function cut(text: string, from: string, to: string): string {
  const start = text.indexOf(from);
  const end = text.indexOf(to, start + from.length);
  if (start < 0 || end < 0) throw new Error(`the query reads otherwise now: ${from} ... ${to}`);
  return text.slice(0, start) + text.slice(end);
}

function swap(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the query reads otherwise now: ${from}`);
  return text.replace(from, to);
}

/** The films whose credits may have changed, as if nobody compared a column of what was told before with what is told now. */
function without(column: string): (text: string) => string {
  return (text) => {
    const end = text.indexOf('\nunion\n');
    const compared = text.slice(0, end).replaceAll(new RegExp(`\\b${column},\\s`, 'g'), '');
    return compared + text.slice(end);
  };
}

const alpha: Row = { title: 'Alpha', release_year: '2000' };
const beta: Row = { title: 'beta!', release_year: '2000' };
const other: Row = { tmdb_id: '2', title: 'ALPHA', release_year: '2001' };

const cases: readonly Case[] = [
  {
    name: 'the imdb hop: a record without a TMDB id follows its imdb_id to a film that now carries it',
    before: { 'movie_metadata/a.csv': [other], 'movie_metadata/b.csv': [{ ...beta, imdb_id: 'tt0000001' }] },
    after: {
      'movie_metadata/a.csv': [
        other,
        { tmdb_id: '1', imdb_id: 'tt0000001', title: 'Alpha', release_year: '2001' },
      ],
    },
    relation: 'identity_write',
    breakIt: (text) =>
      cut(
        text,
        '  union\n  select r.file_id, r.record_key, r.tmdb_id, r.imdb_id, r.title_key, r.release_year\n  from stg_movie_metadata r\n  join imdb_ids',
        '),\n\ntitles as',
      ),
  },
  {
    name: 'the namesake hop: a film that names no imdb_id takes in the record of its title and year',
    before: { 'movie_metadata/a.csv': [other], 'movie_metadata/b.csv': [{ ...alpha, imdb_id: 'tt0000001' }] },
    after: { 'movie_metadata/a.csv': [other, { tmdb_id: '1', ...alpha }] },
    relation: 'identity_write',
    breakIt: (text) => cut(text, '  union\n  select r.imdb_id', '),\n\nfirst_hop as'),
  },
  {
    name: 'the title hop: a record by title alone joins the film that now has its title and year',
    before: { 'movie_metadata/a.csv': [other], 'movie_metadata/b.csv': [alpha] },
    after: { 'movie_metadata/a.csv': [other, { tmdb_id: '1', ...alpha }] },
    relation: 'identity_write',
    breakIt: (text) => text.slice(0, text.lastIndexOf('union')),
  },
  {
    name: 'the second write hop: a record by title alone follows a record that follows its imdb_id',
    before: {
      'movie_metadata/a.csv': [other],
      'movie_metadata/b.csv': [{ ...beta, imdb_id: 'tt0000001' }],
      'movie_metadata/c-2.csv': [{ ...beta, runtime: '90' }],
    },
    after: {
      'movie_metadata/a.csv': [
        other,
        { tmdb_id: '1', imdb_id: 'tt0000001', title: 'Alpha', release_year: '2001' },
      ],
    },
    relation: 'identity_write',
    breakIt: (text) =>
      swap(
        text,
        'select distinct title_key, release_year from first_hop',
        'select distinct title_key, release_year from changed_movie_metadata',
      ),
  },
  {
    name: 'read is more than write: a new record by title alone must see the film that did not change',
    before: { 'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha }] },
    after: { 'movie_metadata/b.csv': [{ ...alpha, runtime: '90' }] },
    relation: 'identity_read',
    breakIt: () => 'select file_id, record_key from identity_write',
  },
  {
    name: 'the second read hop: what a record by title alone sees hangs on an imdb_id that another title carries',
    before: {
      'movie_metadata/a.csv': [{ tmdb_id: '1', imdb_id: 'tt0000001', title: 'Alpha', release_year: '2001' }],
      'movie_metadata/b.csv': [{ ...beta, imdb_id: 'tt0000001' }],
    },
    after: { 'movie_metadata/c-2.csv': [{ ...beta, runtime: '90' }] },
    relation: 'identity_read',
    breakIt: (text) =>
      `${text.slice(0, text.indexOf('select file_id, record_key\nfrom candidates'))}select file_id, record_key from candidates`,
  },
  {
    name: 'the old film: a record that moves away leaves a film behind that must be filled anew',
    before: {
      'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha }],
      'movie_metadata/b.csv': [{ ...alpha, runtime: '90' }],
    },
    after: { 'movie_metadata/b.csv': [{ ...beta, runtime: '90' }] },
    relation: 'changed_films',
    breakIt: (text) =>
      cut(text, 'select movie_key from movie_identity_before', 'select movie_key from movie_identity_after'),
  },
  {
    name: 'the new film: a record that arrives fills a film that was there',
    before: { 'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha }], 'movie_metadata/b.csv': [] },
    after: { 'movie_metadata/b.csv': [{ ...alpha, runtime: '90' }] },
    relation: 'changed_films',
    breakIt: () => 'select distinct movie_key from movie_identity_before',
  },
  {
    name: 'identified as before: the film of a record with a TMDB id is filled anew when its budget changes',
    before: { 'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha, budget: '1000000' }] },
    after: { 'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha, budget: '3000001' }] },
    relation: 'changed_films',
    breakIt: (text) => cut(text, 'union\nselect tmdb_key', 'union\nselect i.movie_key'),
  },
  {
    name: 'identified as before: the film of a record by title alone, of which another file told before, is filled anew',
    before: {
      'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha }],
      'movie_metadata/b.csv': [{ ...alpha, runtime: '90' }],
    },
    after: { 'movie_metadata/c-2.csv': [{ ...alpha, runtime: '90' }] },
    relation: 'reidentified',
    breakIt: (text) => swap(text, 'having count(*) = 1', 'having count(*) = 2'),
  },
  {
    name: 'a record that names another imdb_id than before is identified anew',
    before: {
      'movie_metadata/a.csv': [
        { tmdb_id: '1', imdb_id: 'tt0000001', ...alpha },
        { tmdb_id: '2', imdb_id: 'tt0000002', title: 'ALPHA', release_year: '2001' },
      ],
      'movie_metadata/b.csv': [{ ...beta, imdb_id: 'tt0000001' }],
    },
    after: { 'movie_metadata/b.csv': [{ ...beta, imdb_id: 'tt0000002' }] },
    relation: 'reidentified',
    breakIt: (text) => swap(text, 'having count(*) = 1', 'having count(*) = 2'),
  },
  {
    name: 'holes move with their neighbours: a changed price re-prices a year in which nothing was published',
    before: {
      'movie_metadata/a.csv': [{ ...other, revenue: '7000003' }],
      'cpi/cpi.csv': [
        { DATE: '2000-01-01', CPIAUCSL: '100' },
        { DATE: '2002-01-01', CPIAUCSL: '110' },
        { DATE: '2002-02-01', CPIAUCSL: '110' },
      ],
    },
    after: {
      'cpi/cpi.csv': [
        { DATE: '2000-01-01', CPIAUCSL: '104.5' },
        { DATE: '2002-01-01', CPIAUCSL: '110' },
        { DATE: '2002-02-01', CPIAUCSL: '110' },
      ],
    },
    relation: 'changed_periods',
    breakIt: (text) => `select p.period from (${text}) p join (
      select year(month) * 100 as period from changed_cpi union select year(month) * 100 + month(month) from changed_cpi
    ) c on c.period = p.period`,
  },
  {
    name: 'the base stands on every film, also on one without a year',
    before: {
      'movie_metadata/a.csv': [{ tmdb_id: '1', title: 'Alpha' }],
      'cpi/cpi.csv': [{ DATE: '2000-01-01', CPIAUCSL: '100' }],
    },
    after: {
      'cpi/cpi.csv': [
        { DATE: '2000-01-01', CPIAUCSL: '100' },
        { DATE: '2000-07-01', CPIAUCSL: '104.5' },
      ],
    },
    relation: 'affected_films',
    breakIt: (text) => text.slice(0, text.lastIndexOf('union')),
  },
  {
    name: 'the old credit: a film that a changed credit meets no more loses its director',
    before: {
      'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha }],
      'genre_cast_director/p.csv': [{ title: 'Alpha', year: '2000', director: 'Cyd' }],
    },
    after: { 'genre_cast_director/p.csv': [{ title: 'Beta', year: '2000', director: 'Cyd' }] },
    relation: 'matched_films',
    breakIt: (text) => text.replaceAll('changed_genre_cast_director', 'stg_genre_cast_director'),
  },
  {
    name: 'a film that no longer tells its genres is given those of its credits',
    before: {
      'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha, genres: 'Action, Drama' }],
      'genre_cast_director/p.csv': [{ title: 'Alpha', year: '2000', genre: 'Comedy' }],
    },
    after: { 'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha }] },
    relation: 'matched_films',
    breakIt: (text) => text.replaceAll('genres is null', 'false'),
  },
  {
    name: 'a film that no longer tells its director is given that of its credits',
    before: {
      'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha, director: 'Ann' }],
      'genre_cast_director/p.csv': [{ title: 'Alpha', year: '2000', director: 'Cyd' }],
    },
    after: { 'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha }] },
    relation: 'matched_films',
    breakIt: (text) => text.replaceAll('directors is null', 'false'),
  },
  {
    name: 'a film that moves to another year meets the credits of that year',
    before: {
      'movie_metadata/a.csv': [{ tmdb_id: '1', title: 'Alpha', release_year: '2001' }],
      'genre_cast_director/p.csv': [{ title: 'Alpha', year: '2000', director: 'Cyd' }],
    },
    after: { 'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha }] },
    relation: 'matched_films',
    breakIt: without('release_year'),
  },
  {
    name: 'a film of another title meets the credits of that title',
    before: {
      'movie_metadata/a.csv': [{ tmdb_id: '1', title: 'Beta', release_year: '2000' }],
      'genre_cast_director/p.csv': [{ title: 'Alpha', year: '2000', director: 'Cyd' }],
    },
    after: { 'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha }] },
    relation: 'matched_films',
    breakIt: without('title_key'),
  },
  {
    name: 'a film of another length meets the credits of that length',
    before: {
      'movie_metadata/a.csv': [{ tmdb_id: '1', title: 'Alpha', runtime: '91' }],
      'genre_cast_director/p.csv': [{ title: 'Alpha', runtime: '90', director: 'Cyd' }],
    },
    after: { 'movie_metadata/a.csv': [{ tmdb_id: '1', title: 'Alpha', runtime: '90' }] },
    relation: 'matched_films',
    breakIt: without('runtime_min'),
  },
  {
    name: 'a film that names an imdb_id meets the credits that name it',
    before: {
      'movie_metadata/a.csv': [{ tmdb_id: '1', title: 'Beta', imdb_id: 'tt0000002' }],
      'genre_cast_director/p.csv': [{ title: 'Alpha', imdb_id: 'tt0000001', director: 'Cyd' }],
    },
    after: { 'movie_metadata/a.csv': [{ tmdb_id: '1', title: 'Beta', imdb_id: 'tt0000001' }] },
    relation: 'matched_films',
    breakIt: without('imdb_id'),
  },
  {
    name: 'a film that is gone takes its credits along',
    before: {
      'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha }, other],
      'genre_cast_director/p.csv': [{ title: 'Alpha', year: '2000', director: 'Cyd' }],
    },
    after: { 'movie_metadata/a.csv': [other] },
    relation: 'matched_films',
    breakIt: (text) => swap(text, 'from movies_before', 'from movies_after where false'),
  },
  {
    name: 'a film whose credits stay as they are is enriched anew when its budget changes',
    before: { 'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha, budget: '1000000' }] },
    after: { 'movie_metadata/a.csv': [{ tmdb_id: '1', ...alpha, budget: '3000001' }] },
    relation: 'affected_films',
    breakIt: (text) =>
      cut(text, 'select movie_key from changed_films', 'select movie_key from matched_films'),
  },
  {
    name: 'the credits of a film are read whole: a second candidate makes the first one ambiguous',
    before: {
      'movie_metadata/a.csv': [{ tmdb_id: '1', title: 'Alpha', runtime: '90' }],
      'genre_cast_director/p.csv': [{ title: 'Alpha', runtime: '90', director: 'Cyd' }],
    },
    after: { 'genre_cast_director/q.csv': [{ title: 'Alpha', runtime: '90', director: 'Dan' }] },
    relation: 'credit_records',
    breakIt: () => 'select distinct record_key from changed_genre_cast_director',
  },
];

async function differencesOf({ before, after }: Case, sabotage: SqlLibrary | null): Promise<string[]> {
  const world = new World(sabotage);
  try {
    for (const drops of [before, after]) {
      for (const [file, rows] of Object.entries(drops) as [FileName, readonly Row[]][]) {
        world.write(file, csvOf(files[file], rows));
      }
      await world.run();
    }
    return await world.differences();
  } finally {
    await world.dispose();
  }
}

test.each(cases)('$name', async (one) => {
  expect(await differencesOf(one, null)).toEqual([]);
});

test.each(cases)('without $relation as it stands, this goes wrong and is seen: $name', async (one) => {
  const broken: SqlLibrary = {
    ...library,
    text: (relation) =>
      relation === one.relation ? one.breakIt(library.text(relation)) : library.text(relation),
  };
  expect(await differencesOf(one, broken)).not.toEqual([]);
});
