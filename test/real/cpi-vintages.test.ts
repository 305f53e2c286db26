import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../operators/batch.ts';
import { inDollarsOf, priceIndex } from './constant-dollars.ts';
import { hasRealData, published, real, type Published } from './real-data.ts';
import { note, Warehouse } from './warehouse.ts';

/** Every film's row as one text, by TMDB id. */
async function rowsOf(warehouse: Warehouse): Promise<Map<string, string>> {
  const rows = await warehouse.rows(
    'select cast(tmdb_id as varchar) as id, cast(m as varchar) as film from movies_enriched m',
  );
  return new Map(rows.map(({ id, film }) => [String(id), String(film)]));
}

function changedBetween(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  return [...after].flatMap(([id, film]) => (film === before.get(id) ? [] : [id])).sort();
}

function monthOf(film: Published): string {
  return (film['release_date'] ?? '').slice(0, 7);
}

/**
 * Each February CPIAUCSL restates its last five years. The two vintages differ in the 60 months of 2019 to 2023 and in
 * seven months more at the end.
 */
describe.skipIf(!hasRealData).each([
  { base: '2010-06', reach: 'the films released in a month that was restated' },
  { base: 'latest', reach: 'every film' },
])('a newer vintage of the price index under the same name, base $base', ({ base, reach }) => {
  const warehouse = new Warehouse(`inflation: { base: "${base}" }\n`);
  let films: readonly Published[];
  let before: ReadonlyMap<string, string>;
  let after: ReadonlyMap<string, string>;
  let receipt: Receipt | null;
  let restated: ReadonlySet<string>;

  beforeAll(async () => {
    films = published(real.tmdb);
    warehouse.drop('movie_metadata/tmdb.csv', real.tmdb).drop('cpi/CPIAUCSL.csv', real.cpiJanuary);
    await warehouse.backfill();
    before = await rowsOf(warehouse);
    ({ receipt } = await warehouse.drop('cpi/CPIAUCSL.csv', real.cpiAugust).backfill());
    after = await rowsOf(warehouse);
    const old = priceIndex(published(real.cpiJanuary), 'CPIAUCSL');
    const now = priceIndex(published(real.cpiAugust), 'CPIAUCSL');
    restated = new Set([...now.keys()].filter((month) => old.get(month) !== now.get(month)));
  });

  afterAll(() => {
    warehouse.dispose();
  });

  it('is 60 months updated and 7 inserted', () => {
    expect(receipt?.files).toMatchObject([
      { status: 'taken', read: 931, inserted: 7, updated: 60, deleted: 0, unchanged: 864 },
    ]);
    expect(restated.size).toBe(67);
  });

  it(`re-prices ${reach}, no other, and the receipt says how many`, () => {
    const expected = films.filter((film) => base === 'latest' || restated.has(monthOf(film)));
    const changed = changedBetween(before, after);
    note(`base ${base}: ${changed.length} of ${films.length} films re-priced`);
    expect(changed).toEqual(expected.map(({ id }) => id).sort());
    expect(receipt?.films).toEqual({ total: films.length, affected: expected.length });
    expect(receipt?.impact['affected_films']).toBe(expected.length);
    const years = new Set(expected.map((film) => Number(film['release_date']?.slice(0, 4))));
    expect([...(receipt?.partitionsRewritten ?? [])].sort()).toEqual([...years].sort());
  });

  it('and the new prices are right', async () => {
    const index = priceIndex(published(real.cpiAugust), 'CPIAUCSL');
    const month = base === 'latest' ? '2024-07' : base;
    const rows = await warehouse.rows(
      'select cast(tmdb_id as varchar) as id, revenue_real from movies_enriched where revenue is not null',
    );
    const got = new Map(rows.map(({ id, revenue_real }) => [id, revenue_real]));
    const wanted = films.flatMap((film): [string, bigint | null][] => {
      const revenue = BigInt(film['revenue'] ?? '');
      return revenue === 0n ? [] : [[film['id'] ?? '', inDollarsOf(month, revenue, monthOf(film), index)]];
    });
    expect(got).toEqual(new Map(wanted));
  });
});
