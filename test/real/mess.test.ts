import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileAccount } from '../../operators/batch.ts';
import { hasRealData, published, real } from './real-data.ts';
import { note, Warehouse } from './warehouse.ts';

describe.skipIf(!hasRealData)('files as people find them, dropped where they may or may not belong', () => {
  const warehouse = new Warehouse();
  let accounts: ReadonlyMap<string, FileAccount>;

  beforeAll(async () => {
    warehouse
      .drop('movie_metadata/bom.csv', real.boxOfficeMojo)
      .drop('movie_metadata/imbd.csv', real.imbd)
      .drop('movie_metadata/imdb_5000.csv', real.imdb5000)
      .drop('movie_metadata/movie_industry.csv', real.movieIndustry)
      .drop('movie_metadata/tmdb_popular.csv', real.popular11)
      .drop('genre_cast_director/bom.csv', real.boxOfficeMojo)
      .drop('genre_cast_director/the_numbers.csv', real.theNumbers)
      .drop('genre_cast_director/tmdb_popular.csv', real.popular13);
    const run = await warehouse.backfill();
    accounts = new Map(run.accounts.map((account) => [account.file.path, account]));
    for (const { file, status, shape, read, quarantined, reason } of accounts.values()) {
      note(`${file.path}: ${status}, ${shape ?? 'no shape'}, ${read} read, ${quarantined} quarantined`);
      if (reason !== null) note(`  ${reason.message.slice(0, 200)}\n  next: ${reason.hint}`);
    }
  });

  afterAll(() => {
    warehouse.dispose();
  });

  it('each is taken for what it is, or rejected', () => {
    const found = [...accounts.values()].map(({ file, status, shape }) => [file.path, status, shape]);
    expect(Object.fromEntries(found.map(([file, ...rest]) => [file, rest]))).toEqual({
      'movie_metadata/bom.csv': ['taken', 'box_office_mojo'],
      'movie_metadata/imbd.csv': ['rejected', null],
      'movie_metadata/imdb_5000.csv': ['taken', 'imdb_scrape'],
      'movie_metadata/movie_industry.csv': ['taken', 'imdb_scrape'],
      'movie_metadata/tmdb_popular.csv': ['taken', 'tmdb_popular'],
      'genre_cast_director/bom.csv': ['rejected', null],
      'genre_cast_director/the_numbers.csv': ['rejected', null],
      'genre_cast_director/tmdb_popular.csv': ['taken', 'generic'],
    });
  });

  it('a rejection names the file, the columns that it lacks, its header and what to do', () => {
    for (const [file, lacks, header] of [
      [
        'movie_metadata/imbd.csv',
        'release_date or release_year or imdb_id',
        'movie,genre,runtime,certificate',
      ],
      ['genre_cast_director/bom.csv', 'genres or directors', 'title,studio,domestic_gross'],
      ['genre_cast_director/the_numbers.csv', 'genres or directors', 'id,release_date,movie'],
    ] as const) {
      const reason = accounts.get(file)?.reason;
      expect(reason?.code).toBe('missing-column');
      expect(reason?.message).toContain(`raw/${file}:1`);
      expect(reason?.message).toContain(lacks);
      expect(reason?.message).toContain(header);
      expect(reason?.hint).not.toBe('');
    }
  });

  it("Box Office Mojo's five grosses in millions are quarantined, and what they belong to has no revenue", async () => {
    const cells = await warehouse.quarantine('movie_metadata/bom.csv');
    expect(cells.map(({ line, column, code, value }) => [line, column, code, value])).toEqual([
      [1874, 'foreign_revenue', 'bad-money', '1,131.6'],
      [1875, 'foreign_revenue', 'bad-money', '1,019.4'],
      [1876, 'foreign_revenue', 'bad-money', '1,163.0'],
      [2762, 'foreign_revenue', 'bad-money', '1,010.0'],
      [3081, 'foreign_revenue', 'bad-money', '1,369.5'],
    ]);
    const unknown = await warehouse.rows(`
      select title, release_year, revenue from movies_enriched
      where list_contains(sources, 'movie_metadata/bom.csv') and title in
        ('Star Wars: The Force Awakens', 'Jurassic World', 'Furious 7', 'The Fate of the Furious', 'Avengers: Infinity War')
      order by title`);
    expect(unknown).toEqual([
      { title: 'Avengers: Infinity War', release_year: 2018, revenue: null },
      { title: 'Furious 7', release_year: 2015, revenue: null },
      { title: 'Jurassic World', release_year: 2015, revenue: null },
      { title: 'Star Wars: The Force Awakens', release_year: 2015, revenue: null },
      { title: 'The Fate of the Furious', release_year: 2017, revenue: null },
    ]);
  });

  it('revenue is what Box Office Mojo has of both halves, and nobody else is believed', async () => {
    const whole = (text: string | undefined): bigint | null =>
      /^\d+(\.0)?$/.test(text ?? '') ? BigInt((text ?? '').replace('.0', '')) : null;
    const halves = published(real.boxOfficeMojo).map((record) => [
      whole(record['domestic_gross']),
      whole(record['foreign_gross']),
    ]);
    const known = halves.flatMap(([home, abroad]) =>
      home == null || abroad == null || home === 0n || abroad === 0n ? [] : [home + abroad],
    );
    note(`Box Office Mojo: ${halves.length} records, ${known.length} with both halves`);
    const [sums] = await warehouse.rows(`
      select count(revenue) as films, sum(revenue) as revenue, count(budget) as budgets,
        count(*) filter (where revenue is not null and not list_contains(sources, 'movie_metadata/bom.csv')) as others
      from movies_enriched`);
    expect(sums).toEqual({
      films: BigInt(known.length),
      revenue: known.reduce((sum, amount) => sum + amount, 0n),
      budgets: 0n,
      others: 0n,
    });
  });

  it('money in local currency is taken by nobody: the Korean budget of 12 billion is no budget', async () => {
    const records = published(real.imdb5000).filter(({ movie_title }) => movie_title?.startsWith('The Host'));
    expect(records.map(({ budget }) => budget)).toContain('12215500000');
    const hosts = await warehouse.rows(
      "select release_year, budget from movies_enriched where title = 'The Host' and release_year = 2006",
    );
    expect(hosts).toEqual([{ release_year: 2006, budget: null }]);
  });

  it('films without a year in the list of popular ones are films, too', async () => {
    const records = published(real.popular11);
    const yearless = records.filter(({ Year }) => Year?.trim() === '');
    note(`${yearless.length} of ${records.length} popular films have no year`);
    expect(await warehouse.quarantine('movie_metadata/tmdb_popular.csv')).toEqual([]);
    const keys = new Set(records.map(({ Title, Year }) => `${Title?.trim()} ${Year?.trim()}`));
    expect(accounts.get('movie_metadata/tmdb_popular.csv')?.inserted).toBe(keys.size);
    const [jurassic] = await warehouse.rows(`
      select release_year, primary_genre, vote_average from movies_enriched where title = 'Jurassic World Rebirth'`);
    expect(jurassic).toEqual({ release_year: 2025, primary_genre: 'Science Fiction', vote_average: 6.411 });
  });

  it('directors and years of the scraped files arrive, link text and padding do not', async () => {
    const [avatar] = await warehouse.rows(`
      select movie_key, release_year, director, imdb_rating from movies_enriched
      where imdb_id = 'tt0499549'`);
    expect(avatar).toEqual({
      movie_key: 'imdb:tt0499549',
      release_year: 2009,
      director: 'James Cameron',
      imdb_rating: 7.9,
    });
    expect(
      await warehouse.value(`
      select count(*) from movies_enriched where director in ('Director', 'Directors') or title <> trim(title)`),
    ).toBe(0n);
  });
});
