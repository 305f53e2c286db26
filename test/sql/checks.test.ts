import { describe, expect, it } from 'vitest';
import { faults, staged, stagedFiles } from './raw-tables.ts';
import type { RawRow } from './raw-tables.ts';

async function found(
  source: string,
  check: string,
  records: readonly RawRow[],
  order = 'ymd',
): Promise<string[]> {
  const rows = await faults(await staged(source, records, order), `${check}_${source}`);
  return rows.map((row) => `${row.record_key} ${row.column_name} ${row.code}: ${row.reason}`);
}

describe('records that are set aside', () => {
  it('are films whose TMDB id is none, and films without a title', async () => {
    const records = [
      { tmdb_id: '1', title: 'A' },
      { tmdb_id: 'x1', title: 'B' },
      { tmdb_id: '0', title: 'C' },
      { tmdb_id: '2' },
      { tmdb_id: 'N/A', title: 'E' },
      { title: 'F' },
      { tmdb_id: '3', original_title: 'G' },
    ];
    expect(await found('movie_metadata', 'records', records)).toEqual([
      '2 tmdb_id bad-key: got "x1", expected a positive whole number; record set aside',
      '3 tmdb_id bad-key: got "0", expected a positive whole number; record set aside',
      '4 title missing-title: got no title, expected one; record set aside',
    ]);
  });

  it('are credits that name no film', async () => {
    const records = [{ title: 'A' }, { imdb_id: 'tt0499549' }, { directors: 'X' }, { imdb_id: 'x' }];
    const reason =
      'got neither a title nor an IMDb id, expected one of them to know the film by; record set aside';
    expect(await found('genre_cast_director', 'records', records)).toEqual([
      `3 title missing-title: ${reason}`,
      `4 title missing-title: ${reason}`,
    ]);
  });

  it('are index rows without a month or with an unreadable level, not those never published', async () => {
    const records = [
      { month: '2020-01-01', value: '1.5x' },
      { month: 'soon', value: '100' },
      { month: '2025-10-01' },
      { month: '2025-11-01', value: '.' },
    ];
    expect(await found('cpi', 'records', records)).toEqual([
      '1 value bad-number: got "1.5x", expected an index level such as 313.5; record set aside',
      '2 month bad-key: got "soon", expected a month such as 2024-07; record set aside',
    ]);
  });
});

describe('cells that are made null', () => {
  it('are named one by one, with what was expected', async () => {
    const record = {
      tmdb_id: '1',
      title: 'A',
      imdb_id: 'nm0000123',
      release_date: '2009-02-30',
      release_year: 'MMIX',
      runtime: '1:55',
      genres: "['Action', 'Dra",
      vote_average: '85',
      vote_count: '-1',
      imdb_rating: '8,5',
      imdb_votes: 'many',
      budget: '1,2x',
      revenue: '€500',
      domestic_revenue: '-5',
      foreign_revenue: '1,131.6',
    };
    expect(await found('movie_metadata', 'cells', [record])).toEqual([
      '1 budget bad-money: got "1,2x", expected whole US dollars; cell set to null',
      '1 domestic_revenue bad-money: got "-5", expected whole US dollars; cell set to null',
      '1 foreign_revenue bad-money: got "1,131.6", expected whole US dollars; cell set to null',
      `1 genres bad-list: got "['Action', 'Dra", expected a whole list of names; cell set to null`,
      '1 imdb_id bad-imdb-id: got "nm0000123", expected an IMDb title id such as tt0499549; cell set to null',
      '1 imdb_rating bad-rating: got "8,5", expected a mark above 0 and up to 10; cell set to null',
      '1 imdb_votes bad-number: got "many", expected a whole number from 0; cell set to null',
      '1 release_date bad-date: got "2009-02-30", expected a date from 1870 to 2099, its day and month in the ' +
        'order declared for the file; cell set to null',
      '1 release_year bad-year: got "MMIX", expected a year from 1870 to 2099; cell set to null',
      '1 revenue bad-money: got "€500", expected whole US dollars; cell set to null',
      '1 runtime bad-runtime: got "1:55", expected minutes, such as 115 or 1h 55m; cell set to null',
      '1 vote_average bad-rating: got "85", expected a mark above 0 and up to 10; cell set to null',
      '1 vote_count bad-number: got "-1", expected a whole number from 0; cell set to null',
    ]);
  });

  it('are lists of hundreds of genres or thousands of companies: each of the one is counted with each of the other', async () => {
    const names = (count: number): string => Array.from({ length: count }, (_, at) => `n${at}`).join(', ');
    const short = { tmdb_id: '1', title: 'A', genres: names(150), production_companies: names(900) };
    const long = { tmdb_id: '2', title: 'B', genres: names(300), production_companies: names(2000) };
    expect(await found('movie_metadata', 'cells', [short, long])).toEqual([
      expect.stringMatching(/^2 genres bad-list: got "n0, n1, .*…", expected a whole list of names/),
      expect.stringMatching(/^2 production_companies bad-list: got "n0, n1, .*…"/),
    ]);
  });

  it('are not those that say unknown, zero, nothing or less than a day', async () => {
    const records = ['-', 'N/A', '\\N', 'nan'].map((token) => ({
      title: 'A',
      imdb_id: token,
      release_date: token,
      release_year: token,
      runtime: token,
      genres: token,
      directors: token,
      vote_average: token,
      vote_count: token,
      budget: token,
      revenue: token,
      foreign_revenue: token,
    }));
    const zero = {
      title: 'A',
      runtime: '0',
      vote_average: '0.0',
      budget: '0',
      revenue: '$0',
      domestic_revenue: '0',
    };
    const empty = { title: 'A', genres: '[]', directors: "[{'job': 'Writer', 'name': 'W'}]" };
    const coarse = { title: 'A', release_date: 'November 1980 (Japan)', release_year: '1980.0' };
    const half = { title: 'A', domestic_revenue: '415000000.0' };
    expect(
      await found('movie_metadata', 'cells', [...records, zero, empty, coarse, half, { title: 'A' }]),
    ).toEqual([]);
  });

  it('are seen beside a good amount, where one revenue column hides the other', async () => {
    expect(
      await found('movie_metadata', 'cells', [{ title: 'A', revenue: '900', foreign_revenue: '1,2x' }]),
    ).toHaveLength(1);
    const parts = { title: 'A', revenue: 'n.d.', domestic_revenue: '400', foreign_revenue: '500' };
    expect(await found('movie_metadata', 'cells', [parts])).toHaveLength(1);
  });

  it('are found in credits, too', async () => {
    const records = [
      { title: 'A', release_date: 'soon', runtime: 'long', cast_members: "['X", imdb_votes: '1.5' },
      { title: 'B', release_date: '1981 (Japan)', directors: '-', imdb_rating: '0' },
      { title: 'C', release_date: 'soon', release_year: '1981' },
    ];
    expect(
      (await found('genre_cast_director', 'cells', records)).map((fault) => fault.split(':')[0]),
    ).toEqual([
      '1 cast_members bad-list',
      '1 imdb_votes bad-number',
      '1 release_date bad-date',
      '1 runtime bad-runtime',
    ]);
  });

  it('are shown shortened', async () => {
    const [fault] = await faults(
      await staged('movie_metadata', [{ title: 'A', budget: 'x'.repeat(5000) }]),
      'cells_movie_metadata',
    );
    expect(fault?.reason?.length).toBeLessThan(200);
    expect(fault?.value?.length).toBeLessThan(100);
  });

  it('do not exist in a price index', async () => {
    expect(await found('cpi', 'cells', [{ month: '2020-01', series: 'N/A', value: '1' }])).toEqual([]);
  });
});

describe('files that are no price index', () => {
  const series = (from: number, values: readonly (number | string)[]): RawRow[] =>
    values.map((value, position) => ({
      month: `${from + Math.floor(position / 12)}-${String((position % 12) + 1).padStart(2, '0')}-01`,
      value: String(value),
    }));
  const rejected = async (...files: RawRow[][]): Promise<(readonly [number, string | undefined])[]> => {
    const connection = await stagedFiles('cpi', files);
    return (await faults(connection, 'reject_cpi')).map((row) => [Number(row.file_id), row.reason]);
  };
  const grown = (start: number, months: number, rate: number): string[] =>
    Array.from({ length: months }, (_, month) => (start * (1 + rate) ** month).toFixed(3));

  it('are those of yearly and monthly changes, even short and high ones', async () => {
    const files = [
      series(2022, [7.5, 7.9, 8.5, 8.3, 8.6, 9.1, 8.5, 8.3]),
      series(1980, [13.9, 14.2, 14.8, 14.7, 14.4]),
      series(2020, [0.2, 0.1, 0.3, 0.3]),
      series(2009, [0.2, -0.1, 0.3]),
      series(1955, [0.4, 0.3, 0.1]),
      series(2022, [9.1]),
      series(2022, ['7.5%', '7.9%', '8.5%']),
      series(2022, ['7.5 %', '7.9 %', '8.5 %']),
    ];
    expect((await rejected(...files)).map(([file]) => file)).toEqual(files.map((_, file) => file + 1));
  });

  it('are those with a jump that no price level makes', async () => {
    expect(await rejected(series(2020, [258.7, 259.0, 2581.2, 256.4]))).toEqual([
      [1, expect.stringMatching(/^no price index: got "2581.2" for 2020-03-01, over 25 % more or 10 % less/)],
    ]);
    expect(await rejected(series(2020, [258.7, 259.0, 25.8]))).toHaveLength(1);
    expect(await rejected(series(2020, [1_000_000]))).toEqual([
      [1, expect.stringContaining('got "1000000" for 2020-01-01, but a price index is below 10000')],
    ]);
    expect(await rejected(series(2020, [258.7, 0, 256.4]))).toEqual([
      [1, expect.stringMatching(/got "0" for 2020-02-01, but a price index is always above 0/)],
    ]);
  });

  it('are not indexes of any base, however old, short or interrupted', async () => {
    const files = [
      series(1913, [9.8, 9.8, 9.8, 9.8, 9.7, 9.8, 9.9, 9.9, 10.0, 10.0, 10.1, 10.0]),
      series(1913, grown(9.8, 1300, 0.0026)),
      series(1970, grown(16, 600, 0.003)),
      series(2025, ['319.086', '319.775', '']),
      [
        { month: '1990-01', value: '130' },
        { month: '2020-01', value: '258' },
      ],
      [{ month: '2025-10' }],
      [],
    ];
    expect(await rejected(...files)).toEqual([]);
  });

  it('are told apart file by file and series by series', async () => {
    const good = series(2020, [258.7, 259.0]);
    const twoSeries = [
      { month: '2020-01', series: 'CPIAUCSL', value: '258.7' },
      { month: '2020-02', series: 'CPIAUCSL', value: '259.0' },
      { month: '2020-02', series: 'PCEPI', value: '105.1' },
    ];
    expect((await rejected(good, series(2020, [0.2, 0.1]), twoSeries)).map(([file]) => file)).toEqual([2]);
  });

  it('are not those where one row carries a percent sign: that row is set aside', async () => {
    expect(await rejected(series(2020, [258.7, '3 %', 259.0]))).toEqual([]);
  });
});
