import { afterAll, describe, expect, it } from 'vitest';
import type { FileAccount } from '../../operators/batch.ts';
import { hasRealData, published, real, type Published } from './real-data.ts';
import { note, Warehouse } from './warehouse.ts';

/** What two versions of a file differ in, by their keys and the columns that are read. */
interface Difference {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
  readonly shadowed: number;
}

/** By whole records held in memory: no hashes, no segments. A key's last record is the one that counts. */
function difference(
  before: readonly Published[],
  after: readonly Published[],
  key: readonly string[],
  columns: readonly string[],
): Difference {
  const cells = (record: Published, names: readonly string[]): string =>
    JSON.stringify(names.map((name) => record[name]?.trim()));
  const byKey = (records: readonly Published[]): Map<string, string> =>
    new Map(records.map((record) => [cells(record, key), cells(record, columns)]));
  const [old, now] = [byKey(before), byKey(after)];
  const common = [...now.keys()].filter((name) => old.has(name));
  const updated = common.filter((name) => old.get(name) !== now.get(name)).length;
  return {
    inserted: now.size - common.length,
    updated,
    deleted: old.size - common.length,
    unchanged: common.length - updated,
    shadowed: after.length - now.size,
  };
}

function countsOf(account: FileAccount | undefined): Difference | undefined {
  if (account === undefined) return undefined;
  const { inserted, updated, deleted, unchanged, shadowed } = account;
  return { inserted, updated, deleted, unchanged, shadowed };
}

function toCsv(records: readonly Published[], header: readonly string[]): string {
  const line = (cells: readonly string[]): string =>
    cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',');
  return [line(header), ...records.map((record) => line(header.map((name) => record[name] ?? '')))].join(
    '\n',
  );
}

describe.skipIf(!hasRealData)('one list scraped twice, two days apart, under one name', () => {
  const warehouse = new Warehouse();
  afterAll(() => {
    warehouse.dispose();
  });

  it('is held, for a quarter of it would go; once accepted, its counts are those of a diff', async () => {
    const file = 'movie_metadata/popular.csv';
    await warehouse.drop(file, real.popular11).backfill();
    const films = await warehouse.value('select count(*) from movies_enriched');
    const held = await warehouse.drop(file, real.popular13).backfill();
    expect(held.receipt).toBeNull();
    expect(held.accounts).toMatchObject([{ status: 'held', reason: { code: 'implausible-loss' } }]);
    expect(held.accounts[0]?.reason?.message).toContain('2625 of 9874 records would go (26.6 %)');
    expect(await warehouse.value('select count(*) from movies_enriched')).toBe(films);

    const { receipt } = await warehouse.backfill({ acceptAll: true });
    const expected = difference(
      published(real.popular11),
      published(real.popular13),
      ['Title', 'Year'],
      ['Title', 'Year', 'Rating', 'Genre'],
    );
    note(`popular: ${JSON.stringify(expected)}`);
    expect(receipt?.files).toHaveLength(1);
    expect(countsOf(receipt?.files[0])).toEqual(expected);
  });
});

describe.skipIf(!hasRealData)('the TMDB file, edited', () => {
  const incremental = new Warehouse();
  const fresh = new Warehouse();
  afterAll(() => {
    incremental.dispose();
    fresh.dispose();
  });

  const original = hasRealData ? published(real.tmdb) : [];
  const header = Object.keys(original[0] ?? {});
  const unread = new Set(
    'adult backdrop_path homepage overview popularity poster_path tagline spoken_languages keywords'.split(
      ' ',
    ),
  );

  /** A day's worth, in another order: popularity everywhere, votes, money, a title, a date, some gone, some new. */
  function edited(records: readonly Published[]): Published[] {
    return records
      .filter((_, at) => at % 97 !== 5)
      .map((record, at): Published => ({
        ...record,
        popularity: String(at / 7),
        ...(at % 11 === 0 ? { vote_count: String(Number(record['vote_count']) + 3) } : {}),
        ...(at % 101 === 0 ? { revenue: String(Number(record['revenue']) + 1_000_000) } : {}),
        ...(at % 400 === 1 ? { title: `${record['title'] ?? ''}, restored` } : {}),
        ...(at % 500 === 2 ? { release_date: '1999-12-31' } : {}),
      }))
      .concat(records.slice(0, 2).map((film) => ({ ...film, id: `9000${film['id'] ?? ''}`, imdb_id: '' })))
      .reverse();
  }

  it('gives the counts of a diff, recomputes what changed, and ends as if it had come that way', async () => {
    const credits = 'genre_cast_director/movies.csv';
    const films = 'movie_metadata/tmdb.csv';
    const after = edited(original);
    for (const warehouse of [incremental, fresh])
      warehouse.drop(credits, real.movieIndustry).drop('cpi/cpi.csv', real.cpiAugust);
    await incremental.drop(films, real.tmdb).backfill();
    const { receipt } = await incremental.write(films, toCsv(after, header)).backfill();
    const expected = difference(
      original,
      after,
      ['id'],
      header.filter((name) => !unread.has(name)),
    );
    note(`TMDB edited: ${JSON.stringify(expected)}, ${String(receipt?.films.affected)} films affected`);
    expect(countsOf(receipt?.files[0])).toEqual(expected);
    expect(receipt?.scope).toBe('changes');
    expect(receipt?.films.affected).toBe(expected.inserted + expected.updated + expected.deleted);

    await fresh.write(films, toCsv(after, header)).backfill();
    expect(await incremental.contents()).toEqual(await fresh.contents());
  });

  it('changes nothing where only what nobody reads changed', async () => {
    const records = edited(original).map((record) => ({
      ...record,
      popularity: '1',
      overview: '',
    }));
    const { receipt, accounts } = await incremental
      .write('movie_metadata/tmdb.csv', toCsv(records, header.toReversed()))
      .backfill();
    const account = receipt?.files[0] ?? accounts[0];
    expect(countsOf(account)).toEqual({
      inserted: 0,
      updated: 0,
      deleted: 0,
      unchanged: records.length,
      shadowed: 0,
    });
    expect(receipt?.films.affected ?? 0).toBe(0);
  });
});
