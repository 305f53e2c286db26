import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRealData, published, real, type Published } from './real-data.ts';
import { note, Warehouse, type Row } from './warehouse.ts';

/** Published amounts below this were rounded or typed in thousands; the issue asks for those from here on. */
const smallest = 100_000;

const amounts = [
  { nominal: 'revenue', adjusted: 'revenue_adj', real: 'revenue_real' },
  { nominal: 'budget', adjusted: 'budget_adj', real: 'budget_real' },
] as const;

/**
 * Udacity published each amount in 2010 dollars beside the nominal one, made from the means of CPIAUCNS by year.
 * Nobody here computed these figures: they are the answer that marquee must come to by itself.
 */
describe.skipIf(!hasRealData)('constant dollars equal those that Udacity published', () => {
  const warehouse = new Warehouse('inflation: { series: CPIAUCNS, basis: year, base: "2010" }\n');
  let films: Map<number, Row>;
  let records: readonly Published[];
  let years: Set<number>;

  beforeAll(async () => {
    warehouse
      .drop('movie_metadata/tmdb-movies.csv', real.udacity)
      .drop('cpi/CPIAUCNS.csv', real.cpiUnadjusted);
    const { receipt } = await warehouse.backfill();
    expect(receipt?.files.map(({ status }) => status)).toEqual(['taken', 'taken']);
    const rows = await warehouse.rows(`
      select cast(tmdb_id as integer) as tmdb_id, release_year, cast(release_date as varchar) as day, budget, revenue, budget_real, revenue_real,
        cpi_method, cpi_base
      from movies_enriched`);
    films = new Map(rows.map((row) => [Number(row['tmdb_id']), row]));
    records = published(real.udacity);
    const months = published(real.cpiUnadjusted);
    years = new Set(months.map((month) => Number(month['observation_date']?.slice(0, 4))));
  });

  afterAll(() => {
    warehouse.dispose();
  });

  it('every film of the file is there once; one id stands in it twice, in rows that are alike', () => {
    const repeated = records.filter(
      (record, at) => records.findIndex(({ id }) => id === record['id']) !== at,
    );
    expect(repeated.map(({ id }) => id)).toEqual(['42194']);
    const [twin, other] = records.filter(({ id }) => id === '42194');
    expect(twin).toEqual(other);
    expect(films.size).toBe(records.length - repeated.length);
  });

  it('dates such as 6/9/66 are of the century that the year column says', () => {
    const wanted = records.map((record) => {
      const [month = '', day = ''] = (record['release_date'] ?? '').split('/');
      return [
        Number(record['id']),
        `${record['release_year'] ?? ''}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`,
      ];
    });
    expect(new Map([...films].map(([id, film]) => [id, film['day']]))).toEqual(
      new Map(wanted as [number, string][]),
    );
    expect(wanted.filter(([, day]) => String(day) < '1970')).not.toHaveLength(0);
  });

  it.each(amounts)('$real, for every $nominal of at least 100,000', (amount) => {
    const wrong: string[] = [];
    const left = { unknown: 0, small: 0, yearOutside: 0 };
    let compared = 0;
    let worst = 0;
    for (const record of records) {
      const id = Number(record['id']);
      const nominal = Number(record[amount.nominal]);
      const film = films.get(id);
      expect(film?.[amount.nominal], `${amount.nominal} of ${id}`).toEqual(
        nominal === 0 ? null : BigInt(nominal),
      );
      if (nominal === 0) left.unknown += 1;
      else if (!years.has(Number(record['release_year']))) left.yearOutside += 1;
      else if (nominal < smallest) left.small += 1;
      else {
        compared += 1;
        const expected = Number(record[amount.adjusted]);
        const error = Math.max(0, Math.abs(Number(film?.[amount.real]) - expected) - 0.5) / expected;
        worst = Math.max(worst, error);
        if (!(error <= 1e-6))
          wrong.push(`${id} ${record['original_title']}: ${String(film?.[amount.real])}, not ${expected}`);
      }
    }
    note(
      `${amount.real}: ${compared} compared, worst ${worst.toExponential(1)}; left out ${JSON.stringify(left)}`,
    );
    expect(wrong).toEqual([]);
    expect(compared).toBe(amount.nominal === 'revenue' ? 4638 : 5050);
    expect(left.unknown + left.small + left.yearOutside + compared).toBe(records.length);
  });

  it('prices every film exactly, in dollars of 2010: the series has all their years', () => {
    const odd = [...films.values()].filter(
      (film) => film['cpi_method'] !== 'exact' || film['cpi_base'] !== '2010',
    );
    expect(odd).toEqual([]);
  });
});
