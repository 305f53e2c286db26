import { describe, expect, it } from 'vitest';
import { rows } from './session.ts';
import { staged, typed } from './raw-tables.ts';

const film = (record: Record<string, string>, order = 'ymd'): ReturnType<typeof typed> =>
  typed('movie_metadata', record, order);
const credit = (record: Record<string, string>, order = 'ymd'): ReturnType<typeof typed> =>
  typed('genre_cast_director', record, order);

describe('stg_movie_metadata', () => {
  it('types a TMDB record', async () => {
    const record = {
      tmdb_id: '19995',
      imdb_id: 'tt0499549',
      title: 'Avatar\u00a0',
      original_title: 'Avatar',
      release_date: '2009-12-15',
      runtime: '162',
      status: 'Released',
      original_language: 'EN',
      genres: 'Action, Adventure, Sci-Fi',
      production_companies: 'Dune Entertainment, Lightstorm Entertainment',
      production_countries: 'United States of America',
      vote_average: '7.573',
      vote_count: '29815',
      budget: '237000000',
      revenue: '2923706026',
    };
    expect(await film(record)).toEqual({
      tmdb_id: '19995',
      imdb_id: 'tt0499549',
      title: 'Avatar',
      original_title: 'Avatar',
      title_key: 'avatar',
      release_date: '2009-12-15',
      release_year: 2009,
      runtime_min: 162,
      status: 'Released',
      original_language: 'en',
      genres: ['Action', 'Adventure', 'Science Fiction'],
      production_companies: ['Dune Entertainment', 'Lightstorm Entertainment'],
      production_countries: ['United States of America'],
      vote_average: 7.573,
      vote_count: '29815',
      budget: '237000000',
      revenue: '2923706026',
    });
  });

  it('has the columns and types that the models expect', async () => {
    const connection = await staged('movie_metadata', []);
    const columns = await rows(
      connection,
      'select column_name as name, column_type as type from (describe stg_movie_metadata)',
    );
    expect(Object.fromEntries(columns.map(({ name, type }) => [name, type]))).toEqual({
      file_id: 'INTEGER',
      record_key: 'INTEGER',
      tmdb_id: 'BIGINT',
      imdb_id: 'VARCHAR',
      title: 'VARCHAR',
      original_title: 'VARCHAR',
      title_key: 'VARCHAR',
      release_date: 'DATE',
      release_year: 'INTEGER',
      runtime_min: 'INTEGER',
      status: 'VARCHAR',
      original_language: 'VARCHAR',
      genres: 'VARCHAR[]',
      directors: 'VARCHAR[]',
      cast_members: 'VARCHAR[]',
      production_companies: 'VARCHAR[]',
      production_countries: 'VARCHAR[]',
      certificate: 'VARCHAR',
      vote_average: 'DOUBLE',
      vote_count: 'BIGINT',
      imdb_rating: 'DOUBLE',
      imdb_votes: 'BIGINT',
      budget: 'BIGINT',
      revenue: 'BIGINT',
    });
  });

  it('knows nothing where nothing is told', async () => {
    expect(await film({})).toEqual({});
    const unknown = [
      'tmdb_id',
      'imdb_id',
      'release_date',
      'release_year',
      'runtime',
      'status',
      'genres',
      'directors',
      'revenue',
    ];
    expect(await film(Object.fromEntries(unknown.map((column) => [column, 'N/A'])))).toEqual({});
  });

  it('takes 0 for unknown money, minutes and marks, never for an amount', async () => {
    expect(
      await film({ budget: '0', revenue: '$0', runtime: '0', vote_average: '0.0', vote_count: '0' }),
    ).toEqual({
      vote_count: '0',
    });
  });

  it('keeps titles that look like unknown tokens or numbers', async () => {
    expect(await film({ title: 'N/A' })).toMatchObject({ title: 'N/A', title_key: 'n a' });
    expect(await film({ title: '1776' })).toMatchObject({ title: '1776', title_key: '1776' });
    expect(await film({ title: '???' })).toEqual({ title: '???' });
    expect(await film({ original_title: 'Amélie' })).toMatchObject({ title: 'Amélie', title_key: 'amelie' });
  });

  it('finds a title under its key without the year that tells namesakes apart', async () => {
    expect(await film({ title: 'Frozen (2010)', release_year: '2010' })).toMatchObject({
      title: 'Frozen (2010)',
      title_key: 'frozen',
    });
    expect(await film({ title: 'Frozen (2010)' })).toMatchObject({ title_key: 'frozen 2010' });
  });

  it('lets the year column decide the century, and a date the year', async () => {
    expect(await film({ release_date: '6/9/15', release_year: '1915' }, 'mdy')).toEqual({
      release_date: '1915-06-09',
      release_year: 1915,
    });
    expect(await film({ release_date: '6/9/15' }, 'mdy')).toMatchObject({ release_date: '2015-06-09' });
    expect(await film({ release_date: '1/2/10', release_year: '2009' }, 'mdy')).toMatchObject({
      release_year: 2010,
    });
  });

  it('falls back to the year of a coarse or unreadable date', async () => {
    expect(await film({ release_date: 'November 1980 (Japan)' })).toEqual({ release_year: 1980 });
    expect(await film({ release_date: 'soon', release_year: '(2022)' })).toEqual({ release_year: 2022 });
  });

  it('adds domestic and foreign gross only where both are known and no worldwide gross is', async () => {
    expect(await film({ domestic_revenue: '415000000.0', foreign_revenue: '652000000' })).toEqual({
      revenue: '1067000000',
    });
    expect(await film({ domestic_revenue: '400', foreign_revenue: '1,131.6' })).toEqual({});
    expect(await film({ domestic_revenue: '400' })).toEqual({});
    expect(await film({ domestic_revenue: '400', foreign_revenue: '0' })).toEqual({});
    expect(await film({ revenue: '$900', domestic_revenue: '400', foreign_revenue: '600' })).toEqual({
      revenue: '900',
    });
  });

  it('takes no id that is not a positive whole number', async () => {
    expect(await film({ tmdb_id: '0' })).toEqual({});
    expect(await film({ tmdb_id: '-5' })).toEqual({});
    expect(await film({ tmdb_id: '27205.0' })).toEqual({ tmdb_id: '27205' });
  });
});

describe('stg_genre_cast_director', () => {
  it('types an IMBD record', async () => {
    const record = {
      title: 'Cobra Kai',
      runtime: '30 min',
      genres: 'Action, Comedy, Drama            ',
      cast_members: "['Ralph Macchio, ', 'William Zabka']",
      directors: '["Liam O\'Donnell"]',
      certificate: 'TV-14',
      imdb_rating: '8.5',
      imdb_votes: '1,77,031',
    };
    expect(await credit(record)).toEqual({
      title: 'Cobra Kai',
      title_key: 'cobra kai',
      runtime_min: 30,
      genres: ['Action', 'Comedy', 'Drama'],
      directors: ["Liam O'Donnell"],
      cast_members: ['Ralph Macchio', 'William Zabka'],
      certificate: 'TV-14',
      imdb_rating: 8.5,
      imdb_votes: '177031',
    });
  });

  it('types an IMDB-5000 record, its three actors in billing order', async () => {
    const record = {
      imdb_id: 'http://www.imdb.com/title/tt0499549/?ref_=fn_tt_tt_1',
      title: 'Avatar\u00a0',
      release_year: '2009',
      directors: 'James Cameron',
      actor_1: 'CCH Pounder',
      actor_2: 'Joel David Moore',
      actor_3: 'N/A',
    };
    expect(await credit(record)).toEqual({
      imdb_id: 'tt0499549',
      title: 'Avatar',
      title_key: 'avatar',
      release_year: 2009,
      directors: ['James Cameron'],
      cast_members: ['CCH Pounder', 'Joel David Moore'],
    });
  });

  it('believes the stated year, else the year of a date', async () => {
    const released = 'June 13, 1980 (United States)';
    expect(await credit({ release_date: released, release_year: '1979' })).toEqual({ release_year: 1979 });
    expect(await credit({ release_date: released })).toEqual({ release_year: 1980 });
    expect(await credit({ release_date: '1981 (Japan)' })).toEqual({ release_year: 1981 });
    expect(await credit({ release_year: '(2018– )' })).toEqual({ release_year: 2018 });
    expect(await credit({})).toEqual({});
  });
});

describe('stg_cpi', () => {
  const month = (record: Record<string, string>, order = 'mdy'): ReturnType<typeof typed> =>
    typed('cpi', record, order);

  it('types months and levels, and leaves the series of a file that names none to the configuration', async () => {
    expect(await month({ month: '2024-07-01', series: 'CPIAUCNS', value: '313.534' })).toEqual({
      month: '2024-07-01',
      series: 'CPIAUCNS',
      value_micro: '313534000',
    });
    expect(await month({ month: '7/15/2024', value: '9.8' })).toEqual({
      month: '2024-07-01',
      value_micro: '9800000',
    });
    expect(await month({ month: '01-02-1913', value: '9.8' }, 'dmy')).toMatchObject({ month: '1913-02-01' });
  });

  it('knows a month that was never published by its missing value', async () => {
    expect(await month({ month: '2025-10-01' })).toEqual({ month: '2025-10-01' });
    expect(await month({ month: '2025-10-01', value: '.' })).toEqual({ month: '2025-10-01' });
  });
});
