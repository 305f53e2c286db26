import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inDollarsOf, priceIndex } from './constant-dollars.ts';
import { hasRealData, published, real, type Published } from './real-data.ts';
import { note, Warehouse } from './warehouse.ts';

/**
 * Title, year, director and actor billed first, written down from memory, not from the files. Among them namesakes,
 * and films that are matched by each rule: imdb_id, title and year, title and runtime.
 */
const known: readonly [string, number, string, string][] = [
  ['Avatar', 2009, 'James Cameron', 'Sam Worthington'],
  ['Titanic', 1997, 'James Cameron', 'Leonardo DiCaprio'],
  ['Aliens', 1986, 'James Cameron', 'Sigourney Weaver'],
  ['Terminator 2: Judgment Day', 1991, 'James Cameron', 'Arnold Schwarzenegger'],
  ['Inception', 2010, 'Christopher Nolan', 'Leonardo DiCaprio'],
  ['The Dark Knight', 2008, 'Christopher Nolan', 'Christian Bale'],
  ['Memento', 2000, 'Christopher Nolan', 'Guy Pearce'],
  ['The Shawshank Redemption', 1994, 'Frank Darabont', 'Tim Robbins'],
  ['Pulp Fiction', 1994, 'Quentin Tarantino', 'John Travolta'],
  ['Django Unchained', 2012, 'Quentin Tarantino', 'Jamie Foxx'],
  ['Forrest Gump', 1994, 'Robert Zemeckis', 'Tom Hanks'],
  ['Gladiator', 2000, 'Ridley Scott', 'Russell Crowe'],
  ['Blade Runner', 1982, 'Ridley Scott', 'Harrison Ford'],
  ['The Silence of the Lambs', 1991, 'Jonathan Demme', 'Jodie Foster'],
  ['Saving Private Ryan', 1998, 'Steven Spielberg', 'Tom Hanks'],
  ['Jurassic Park', 1993, 'Steven Spielberg', 'Sam Neill'],
  ['Jaws', 1975, 'Steven Spielberg', 'Roy Scheider'],
  ['GoodFellas', 1990, 'Martin Scorsese', 'Robert De Niro'],
  ['Taxi Driver', 1976, 'Martin Scorsese', 'Robert De Niro'],
  ['Die Hard', 1988, 'John McTiernan', 'Bruce Willis'],
  ['Black Swan', 2010, 'Darren Aronofsky', 'Natalie Portman'],
  ['Gravity', 2013, 'Alfonso Cuarón', 'Sandra Bullock'],
  ['Roma', 2018, 'Alfonso Cuarón', 'Yalitza Aparicio'],
  ['La La Land', 2016, 'Damien Chazelle', 'Ryan Gosling'],
  ['Get Out', 2017, 'Jordan Peele', 'Daniel Kaluuya'],
  ['Hidden Figures', 2016, 'Theodore Melfi', 'Taraji P. Henson'],
  ['Parasite', 2019, 'Bong Joon Ho', 'Kang-ho Song'],
  ["Charlie's Angels", 2000, 'McG', 'Cameron Diaz'],
  ["Charlie's Angels", 2019, 'Elizabeth Banks', 'Kristen Stewart'],
  ['Planet of the Apes', 1968, 'Franklin J. Schaffner', 'Charlton Heston'],
  ['Planet of the Apes', 2001, 'Tim Burton', 'Mark Wahlberg'],
  ['Bird Box', 2018, 'Susanne Bier', 'Sandra Bullock'],
  ["Breakfast at Tiffany's", 1961, 'Blake Edwards', 'Audrey Hepburn'],
];

describe.skipIf(!hasRealData)('the TMDB file, three credit files and CPIAUCSL', () => {
  const warehouse = new Warehouse();
  let records: readonly Published[];

  beforeAll(async () => {
    warehouse
      .drop('movie_metadata/TMDB_movie_dataset_v11.csv', real.tmdb)
      .drop('genre_cast_director/IMBD.csv', real.imbd)
      .drop('genre_cast_director/movie_metadata.csv', real.imdb5000)
      .drop('genre_cast_director/movies.csv', real.movieIndustry)
      .drop('cpi/CPIAUCSL.csv', real.cpiAugust);
    const { accounts } = await warehouse.backfill();
    for (const { file, shape, status, read, inserted, shadowed, quarantined } of accounts) {
      note(
        `${file.path} (${shape}): ${read} read, ${inserted} in, ${shadowed} shadowed, ${quarantined} quarantined`,
      );
      expect([file.path, status, quarantined]).toEqual([file.path, 'taken', 0]);
    }
    records = published(real.tmdb);
  });

  afterAll(() => {
    warehouse.dispose();
  });

  it('no film of the file is missing, though its last cell is cut off, and none is invented', async () => {
    const films = await warehouse.rows('select cast(tmdb_id as varchar) as id, title from movies_enriched');
    expect(records).toHaveLength(2631);
    expect(new Map(films.map(({ id, title }) => [id, title]))).toEqual(
      new Map(records.map(({ id, title }) => [id, title])),
    );
    expect(films).toHaveLength(records.length);
  });

  it("shares of genres add up to the films' revenue, to the dollar", async () => {
    const [sums] = await warehouse.rows(`
      select
        (select sum(revenue_share) from movie_genres) = (select sum(revenue) from movies_enriched where genres is not null)
          as by_genre,
        (select sum(revenue_real_share) from movie_genres)
          = (select sum(revenue_real) from movies_enriched where genres is not null) as by_genre_real,
        (select sum(revenue_share) from genre_by_period) = (select sum(revenue) from movies_enriched) as by_period,
        (select sum(revenue_real_share) from genre_by_period) = (select sum(revenue_real) from movies_enriched)
          as by_period_real`);
    expect(sums).toEqual({ by_genre: true, by_genre_real: true, by_period: true, by_period_real: true });
  });

  it("Avatar's revenue stays 2,923,706,026: not 32 bits, and no other file's", async () => {
    const avatar = await warehouse.rows(`
      select revenue, budget, release_date, sources from movies_enriched where title = 'Avatar'`);
    expect(avatar).toMatchObject([{ revenue: 2_923_706_026n, budget: 237_000_000n }]);
  });

  it('nominal and real revenue and budget equal those of whole-number arithmetic over csv-parse, film by film', async () => {
    const index = priceIndex(published(real.cpiAugust), 'CPIAUCSL');
    const base = [...index.keys()].sort().at(-1) ?? '';
    expect(base).toBe('2024-07');
    const sums = { revenue: 0n, revenue_real: 0n, budget: 0n, budget_real: 0n };
    const wanted = new Map<string, unknown>();
    for (const record of records) {
      const price = (amount: bigint): bigint | null =>
        amount === 0n ? null : inDollarsOf(base, amount, (record['release_date'] ?? '').slice(0, 7), index);
      const revenue = BigInt(record['revenue'] ?? '');
      const budget = BigInt(record['budget'] ?? '');
      const real = { revenue_real: price(revenue), budget_real: price(budget) };
      sums.revenue += revenue;
      sums.budget += budget;
      sums.revenue_real += real.revenue_real ?? 0n;
      sums.budget_real += real.budget_real ?? 0n;
      wanted.set(record['id'] ?? '', real);
    }
    const films = await warehouse.rows(
      'select cast(tmdb_id as varchar) as id, revenue_real, budget_real from movies_enriched',
    );
    const got = new Map(
      films.map(({ id, revenue_real, budget_real }) => [id, { revenue_real, budget_real }]),
    );
    expect(got).toEqual(wanted);
    const [totals] = await warehouse.rows(`
      select sum(revenue) as revenue, sum(revenue_real) as revenue_real, sum(budget) as budget, sum(budget_real) as budget_real
      from movies_enriched`);
    note(
      `revenue ${sums.revenue}, in dollars of ${base} ${sums.revenue_real}; budget ${sums.budget}, ${sums.budget_real}`,
    );
    expect(totals).toEqual(sums);
  });

  it('most films find their credits, by the strongest rule that there is', async () => {
    const total = records.length;
    const shares = await warehouse.rows(
      'select match_method, cast(count(*) as integer) as films from movies_enriched group by all order by films desc',
    );
    for (const { match_method, films } of shares) {
      note(
        `match_method ${String(match_method)}: ${String(films)} (${((100 * Number(films)) / total).toFixed(1)} %)`,
      );
    }
    const of = (method: string): number =>
      Number(shares.find(({ match_method }) => match_method === method)?.['films'] ?? 0) / total;
    expect(of('imdb_id')).toBeGreaterThan(0.6);
    expect(of('title_year')).toBeGreaterThan(0.2);
    expect(of('title_runtime')).toBeGreaterThan(0.02);
    expect(of('none')).toBeLessThan(0.15);
  });

  it('films that everybody knows have the right director and lead actor', async () => {
    const films = await warehouse.rows(
      'select title, release_year, director, lead_actor from movies_enriched',
    );
    const found = known.map(([title, year]) =>
      films
        .filter((film) => film['title'] === title && film['release_year'] === year)
        .map((film) => [title, year, film['director'], film['lead_actor']]),
    );
    expect(found).toEqual(known.map((film) => [film]));
  });

  it('actors in the order of their Facebook likes make a cast, but no lead', async () => {
    const [alien] = await warehouse.rows(
      "select cast_members, lead_actor, lead_actor_method from movies_enriched where title = 'Alien'",
    );
    expect(alien).toMatchObject({ lead_actor: null, lead_actor_method: 'none' });
    expect(JSON.stringify(alien?.['cast_members'])).toContain('Tom Skerritt');
  });

  it('no link text stands for a director', async () => {
    expect(
      await warehouse.value("select count(*) from movie_people where person in ('Director', 'Directors')"),
    ).toBe(0n);
  });
});
