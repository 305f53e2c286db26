import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { loadSources, type SourceDeclaration } from '../../src/sources/declaration.ts';
import { recognise, type Recognised } from '../../src/sources/recognise.ts';
import type { Rejection } from '../../src/sources/rejection.ts';
import { unreadColumns } from '../../src/sources/unread.ts';

const sources = loadSources(path.join(packageRoot, 'sql', 'sources'));

function source(name: string): SourceDeclaration {
  const found = sources.find((candidate) => candidate.source === name);
  if (found === undefined) throw new Error(`no source ${name}`);
  return found;
}

function accepted(name: string, header: string): Recognised {
  const result = recognise(source(name), header.split(','));
  if (result.kind === 'rejection') throw new Error(`${result.code}: ${result.message}`);
  return result;
}

function rejected(name: string, header: string): Rejection {
  const result = recognise(source(name), header.split(','));
  if (result.kind === 'recognised') throw new Error(`taken for ${result.shape.name}`);
  return result;
}

const v11 =
  'id,title,vote_average,vote_count,status,release_date,revenue,runtime,adult,backdrop_path,budget,homepage,imdb_id,' +
  'original_language,original_title,overview,popularity,poster_path,tagline,genres,production_companies,' +
  'production_countries,spoken_languages,keywords';
const udacity =
  'id,imdb_id,popularity,budget,revenue,original_title,cast,homepage,director,tagline,keywords,overview,runtime,genres,' +
  'production_companies,release_date,vote_count,vote_average,release_year,budget_adj,revenue_adj';
const tmdb5000 =
  'budget,genres,homepage,id,keywords,original_language,original_title,overview,popularity,production_companies,' +
  'production_countries,release_date,revenue,runtime,spoken_languages,status,tagline,title,vote_average,vote_count';
const imdb5000 =
  'color,director_name,duration,actor_2_name,gross,genres,actor_1_name,movie_title,num_voted_users,actor_3_name,' +
  'movie_imdb_link,language,country,content_rating,budget,title_year,imdb_score';

describe('published files are recognised by header', () => {
  it.each([
    ['movie_metadata', v11, 'tmdb_v11'],
    ['movie_metadata', tmdb5000, 'tmdb_api_dump'],
    ['movie_metadata', `adult,belongs_to_collection,${tmdb5000},imdb_id,poster_path,video`, 'tmdb_api_dump'],
    ['movie_metadata', 'movie_id,title,cast,crew', 'tmdb_5000_credits'],
    ['movie_metadata', udacity, 'udacity_cut'],
    [
      'movie_metadata',
      'id,release_date,movie,production_budget,domestic_gross,worldwide_gross',
      'the_numbers',
    ],
    ['movie_metadata', 'title,studio,domestic_gross,foreign_gross,year', 'box_office_mojo'],
    ['movie_metadata', 'Title,Year,Rating,Description,Genre', 'tmdb_popular'],
    ['movie_metadata', imdb5000, 'imdb_scrape'],
    ['movie_metadata', 'id,title,release_date,budget,revenue,imdb_id', 'tmdb_cut'],
    ['movie_metadata', 'tmdb_id,title,budget', 'generic_by_tmdb_id'],
    ['movie_metadata', 'Title,Release Date,Production Budget,Worldwide Gross,US Gross', 'generic'],
    [
      'genre_cast_director',
      'movie,genre,runtime,certificate,rating,stars,description,votes,director',
      'imbd',
    ],
    [
      'genre_cast_director',
      'name,rating,genre,year,released,score,votes,director,writer,star,country,budget,gross,company,runtime',
      'movie_industry',
    ],
    ['genre_cast_director', imdb5000, 'imdb_5000'],
    ['genre_cast_director', 'Title,Year,Director,Genre', 'generic'],
    ['genre_cast_director', udacity, 'generic'],
    [
      'genre_cast_director',
      'Poster_Link,Series_Title,Released_Year,Certificate,Runtime,Genre,IMDB_Rating,Overview,Meta_score,Director,Star1,' +
        'Star2,Star3,Star4,No_of_Votes,Gross',
      'generic',
    ],
    ['cpi', 'DATE,CPIAUCSL', 'fred'],
    ['cpi', 'observation_date,CPIAUCNS', 'fred'],
    ['cpi', 'Date,Index', 'unnamed'],
    ['cpi', 'Date,Value', 'unnamed'],
    ['cpi', 'Yearmon,CPI', 'us_cpi'],
  ])('%s: %s is %s', (name, header, shape) => {
    expect(accepted(name, header).shape.name).toBe(shape);
  });
});

describe('what columns are taken from', () => {
  it("never takes The Numbers' id, or a generic one, for a TMDB id", () => {
    for (const header of [
      'id,release_date,movie,production_budget,domestic_gross,worldwide_gross',
      'id,title,year,budget,revenue',
    ]) {
      expect(accepted('movie_metadata', header).columnOf.get('tmdb_id')).toBeNull();
    }
  });

  it("doesn't add The Numbers' domestic gross to its worldwide gross", () => {
    const { columnOf } = accepted(
      'movie_metadata',
      'id,release_date,movie,production_budget,domestic_gross,worldwide_gross',
    );
    expect(columnOf.get('revenue')).toBe(5);
    expect(columnOf.get('domestic_revenue')).toBeNull();
  });

  it('reads no money whose currency nobody declares', () => {
    for (const header of [imdb5000, 'title,year,gross,budget', 'title,year,usa_gross_income,budget']) {
      const { columnOf } = accepted('movie_metadata', header);
      expect([columnOf.get('budget'), columnOf.get('revenue')]).toEqual([null, null]);
    }
  });

  it('reads budget and worldwide gross under unambiguous names', () => {
    const { columnOf } = accepted('movie_metadata', 'Title,Year,Production Budget,Worldwide Gross');
    expect([columnOf.get('budget'), columnOf.get('revenue')]).toEqual([2, 3]);
  });

  it("names the series of a FRED file by its header, and leaves an unnamed one's blank", () => {
    expect(Object.fromEntries(accepted('cpi', ' DATE , CPIAUCSL ').columnOf)).toEqual({
      month: 0,
      series: 'CPIAUCSL',
      value: 1,
    });
    expect(accepted('cpi', 'Date,Index').columnOf.get('series')).toBeNull();
  });

  it('gives every canonical column an origin, in declared order', () => {
    const metadata = source('movie_metadata');
    expect([...accepted('movie_metadata', v11).columnOf.keys()]).toEqual(metadata.columns.map((c) => c.name));
  });
});

describe('a header may differ in form', () => {
  it('BOM, padding with NBSP, case and separators make no difference', () => {
    const plain = accepted('movie_metadata', v11);
    const odd = v11
      .split(',')
      .map((name) => `\u00a0${name.toUpperCase().replace('_', ' ')} `)
      .join(',');
    expect(accepted('movie_metadata', `\uFEFF${odd}`).columnOf).toEqual(plain.columnOf);
  });

  it('order makes no difference, and extra columns are reported as unused', () => {
    const turned = accepted('movie_metadata', v11.split(',').reverse().join(','));
    expect(turned.shape.name).toBe('tmdb_v11');
    expect(turned.columnOf.get('tmdb_id')).toBe(23);
    expect(turned.unused).toContain('overview');
  });

  it('optional columns may be missing', () => {
    expect(accepted('movie_metadata', 'id,title,vote_average').shape.name).toBe('tmdb_cut');
  });
});

describe('what no shape takes is rejected with a next step', () => {
  it('a TMDB file without its ids is not read as a generic one', () => {
    const { code, message, hint } = rejected('movie_metadata', v11.replace('id,', ''));
    expect(code).toBe('missing-column');
    expect(message).toContain('there is no tmdb_id, which shape tmdb_v11');
    expect(message).toContain('"title,vote_average,');
    expect(hint).toContain('id | tmdb_id');
  });

  it('a required column that is missing is named, with the names it may have and a guess', () => {
    const { code, message, hint } = rejected('movie_metadata', 'titel,year,budget');
    expect(code).toBe('missing-column');
    expect(message).toContain('there is no title');
    expect(hint).toContain('is "titel" meant to be "title"?');
    expect(hint).toContain('movie_title');
  });

  it('a film without date, year or id cannot be told from others', () => {
    const { code, message } = rejected('movie_metadata', 'title,budget,revenue');
    expect(code).toBe('missing-column');
    expect(message).toContain('release_date or release_year or imdb_id');
  });

  it('a column that is there twice is ambiguous if it is read, and fine if it is not', () => {
    const { code, message } = rejected('movie_metadata', 'title,year,Title,budget');
    expect(code).toBe('ambiguous-header');
    expect(message).toContain('column 1 (title) and column 3 (Title)');
    expect(accepted('movie_metadata', 'title,year,note,note').unused).toEqual(['note', 'note']);
    expect(rejected('cpi', 'DATE,CPIAUCSL,CPIAUCNS').code).toBe('ambiguous-header');
  });

  it('a file without header line is told so', () => {
    const { code, message, hint } = rejected('cpi', '1947-01-01,21.48');
    expect(code).toBe('unknown-header');
    expect(message).toContain('looks like data');
    expect(hint).toContain('add a first line');
  });

  it('a header that has nothing to do with the source lists the shapes', () => {
    const { code, hint } = rejected('genre_cast_director', 'customer,order,price');
    expect(code).toBe('unknown-header');
    expect(hint).toContain('movie_industry');
  });

  it.each([
    'DATE,CPIAUCSL_PC1',
    'DATE,CPIAUCSL_PCH',
    'Date,Inflation',
    'observation_date,CPIAUCSL_NBD20150101',
    'Year,Inflation Rate',
  ])('%s is no index', (header) => {
    const { code, hint } = rejected('cpi', header);
    expect(code).toBe('refused-form');
    expect(hint).not.toBe('');
  });

  it.each(['DATE,FPCPITOTLZGUSA', 'DATE,UNRATE', 'DATE,CPALTT01USM657N'])(
    '%s is no known index',
    (header) => {
      expect(['missing-column', 'refused-form']).toContain(rejected('cpi', header).code);
    },
  );

  it('TMDB credits among the credits are told where they belong', () => {
    expect(rejected('genre_cast_director', 'movie_id,title,cast,crew').hint).toContain('raw/movie_metadata/');
    expect(rejected('movie_metadata', 'cast,crew,id').code).toBe('refused-form');
  });
});

describe('columns that nobody reads', () => {
  it.each([
    ['movie_metadata', v11],
    ['movie_metadata', udacity],
    ['movie_metadata', tmdb5000],
    ['genre_cast_director', imdb5000],
  ])('of a known publisher none is taken for a slip: %s %s', (name, header) => {
    const unread = unreadColumns(accepted(name, header));
    expect(unread.length).toBeGreaterThan(0);
    expect(unread.filter(({ meant }) => meant !== null)).toEqual([]);
  });

  it('one that nearly names a column that is missing is told with the name it may be meant to have', () => {
    expect(unreadColumns(accepted('movie_metadata', 'tmdb_id,title,Revnue,budgt,runtime,note'))).toEqual([
      { header: 'Revnue', meant: 'revenue' },
      { header: 'budgt', meant: 'budget' },
      { header: 'note', meant: null },
    ]);
  });

  it('where the column itself is there, its neighbour is no slip', () => {
    const unread = unreadColumns(accepted('movie_metadata', 'tmdb_id,title,revenue,revenues'));
    expect(unread).toEqual([{ header: 'revenues', meant: null }]);
  });
});
