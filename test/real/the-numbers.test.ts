import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRealData, published, real, type Published } from './real-data.ts';
import { note, Warehouse, type Row } from './warehouse.ts';

const tmdbFile = 'movie_metadata/TMDB_movie_dataset_v11.csv';
const numbersFile = 'movie_metadata/the_numbers.csv';

/** The Numbers' file was written as UTF-8 twice: "Worldâ\x80\x99s". */
function mended(title: string): string {
  const once = Buffer.from(title, 'latin1').toString('utf8');
  return once.includes('\ufffd') ? title : once;
}

/** Title and year as a person would compare them. */
function titleYear(title: string, year: unknown): string {
  const letters = title.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('æ', 'ae');
  return `${letters.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()} ${String(year)}`;
}

const dollars = (text: string | undefined): bigint | null => {
  const amount = BigInt((text ?? '').replace(/[$,]/g, ''));
  return amount === 0n ? null : amount;
};

function repeated(keys: readonly string[]): string[] {
  const seen = new Set<string>();
  return keys.filter((key) => seen.has(key) || !seen.add(key));
}

describe.skipIf(!hasRealData)('The Numbers beside TMDB', () => {
  const warehouse = new Warehouse();
  let tmdb: readonly Published[];
  let numbers: readonly Published[];
  let films: readonly Row[];

  beforeAll(async () => {
    warehouse
      .drop(tmdbFile, real.tmdb)
      .drop(numbersFile, real.theNumbers)
      .drop('cpi/cpi.csv', real.cpiAugust);
    const { accounts } = await warehouse.backfill();
    expect(
      accounts.map(({ file, shape, status, quarantined }) => [file.path, shape, status, quarantined]),
    ).toEqual(
      [
        ['cpi/cpi.csv', 'fred', 'taken', 0],
        [tmdbFile, 'tmdb_v11', 'taken', 0],
        [numbersFile, 'the_numbers', 'taken', 0],
      ].sort(),
    );
    tmdb = published(real.tmdb);
    numbers = published(real.theNumbers);
    films = await warehouse.rows(`
      select movie_key, cast(tmdb_id as varchar) as id, title, release_year, budget, revenue, sources, is_ambiguous
      from movies_enriched`);
  });

  afterAll(() => {
    warehouse.dispose();
  });

  it('no title and year is there twice', () => {
    const before = repeated([
      ...tmdb.map((film) => titleYear(film['title'] ?? '', film['release_date']?.slice(0, 4))),
      ...numbers.map((film) => titleYear(mended(film['movie'] ?? ''), film['release_date']?.slice(-4))),
    ]);
    const after = repeated(films.map(({ title, release_year }) => titleYear(String(title), release_year)));
    note(
      `${tmdb.length} + ${numbers.length} records, ${before.length} of a title and year already seen: ${films.length} films, ${after.length} seen twice`,
    );
    expect(before).toHaveLength(1829);
    expect(after).toEqual([]);
    expect(films).toHaveLength(tmdb.length + numbers.length - before.length);
  });

  it('what may still be one film has different years: in the United States, and where it came out first', () => {
    const years = new Map<string, number[]>();
    for (const { title, release_year } of films) {
      const key = titleYear(String(title), '');
      years.set(key, [...(years.get(key) ?? []), Number(release_year)]);
    }
    const neighbours = [...years].filter(([, [first = 0, second = 0]]) => Math.abs(first - second) === 1);
    note(`${neighbours.length} titles in neighbouring years, such as ${neighbours.slice(0, 4).join('; ')}`);
    expect(years.get(titleYear('Kingsman: The Secret Service', ''))).toEqual(
      expect.arrayContaining([2014, 2015]),
    );
    // TMDB has the first release anywhere, The Numbers that in the United States. Remakes aside, these are the same films:
    // a title alone, one year apart, is no proof, so they stay two.
    expect(neighbours.length).toBeLessThan(80);
    // And a title may be in other words, which no rule of spelling finds.
    expect(films.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['Star Wars', 'Star Wars Ep. IV: A New Hope']),
    );
  });

  it("its id is never a film's: the ids are those of TMDB, each with its own title", () => {
    const withId = films.filter(({ id }) => id !== null);
    expect(new Map(withId.map(({ id, title }) => [id, title]))).toEqual(
      new Map(tmdb.map(({ id, title }) => [id, title])),
    );
    expect(new Set(films.map(({ movie_key }) => movie_key)).size).toBe(films.length);
  });

  it('fills what TMDB does not know, overrides nothing, and sources says so', () => {
    const ofNumbers = new Map(
      numbers.map((film) => [titleYear(mended(film['movie'] ?? ''), film['release_date']?.slice(-4)), film]),
    );
    const byId = new Map(films.map((film) => [film['id'], film]));
    const filled = { budget: 0, revenue: 0 };
    for (const record of tmdb) {
      const film = byId.get(record['id'] ?? '');
      const other = ofNumbers.get(titleYear(record['title'] ?? '', record['release_date']?.slice(0, 4)));
      const own = { budget: dollars(record['budget']), revenue: dollars(record['revenue']) };
      const theirs = {
        budget: dollars(other?.['production_budget'] ?? '0'),
        revenue: dollars(other?.['worldwide_gross'] ?? '0'),
      };
      expect(film, record['title']).toMatchObject({
        budget: own.budget ?? theirs.budget,
        revenue: own.revenue ?? theirs.revenue,
        is_ambiguous: false,
      });
      expect(JSON.stringify(film?.['sources']), record['title']).toBe(
        JSON.stringify(other === undefined ? [tmdbFile] : [tmdbFile, numbersFile]),
      );
      if (own.budget === null && theirs.budget !== null) filled.budget += 1;
      if (own.revenue === null && theirs.revenue !== null) filled.revenue += 1;
    }
    note(`filled from The Numbers: ${filled.budget} budgets, ${filled.revenue} revenues`);
    expect(filled.budget).toBeGreaterThan(0);
    expect(filled.revenue).toBeGreaterThan(0);
  });

  it('two records of one title and year without any id are one film, and say less than two would', () => {
    const homes = films.filter(({ title }) => title === 'Home').map(({ release_year }) => release_year);
    expect(homes.sort()).toEqual([2009, 2015]);
    expect(numbers.filter(({ movie }) => movie === 'Home').map((film) => film['release_date'])).toEqual([
      'Mar 27, 2015',
      'Jun 5, 2009',
      'Apr 23, 2009',
    ]);
  });

  it('titles that were encoded twice are readable', () => {
    const titles = new Set(films.map(({ title }) => title));
    for (const title of ['St. Elmo’s Fire', 'Per qualche dollaro in più']) expect(titles).toContain(title);
  });
});
