import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSqlLibrary } from '../../src/engine/sql-library.ts';
import { packageRoot } from '../../src/package-root.ts';
import { World } from '../property/world.ts';
import { csv, drop, films, prices, type Row } from './drops.ts';

describe('what a change has no part in is left alone', () => {
  let world: World;
  /** All films came out in one year, of which there are prices. */
  const released = (n: number): Row[] => films(n, { release_date: '1995-06-15', release_year: '1995' });

  beforeEach(async () => {
    world = new World();
    drop(world, 'movie_metadata/films.csv', csv(released(30)));
    drop(world, 'cpi/cpi.csv', csv(prices(240)));
    await world.run();
  });
  afterEach(() => world.dispose());

  /** Rows that an epoch recomputed, by model. */
  async function recomputed(): Promise<Readonly<Record<string, number>>> {
    const { receipt } = await world.run();
    expect(receipt?.scope).toBe('changes');
    expect(await world.differences()).toEqual([]);
    return receipt?.recomputed ?? {};
  }

  it('price factors by a film', async () => {
    drop(
      world,
      'movie_metadata/films.csv',
      csv([{ ...released(1)[0], revenue: '9000000' }, ...released(30).slice(1)]),
    );
    const rows = await recomputed();
    expect(rows['cpi_factors']).toBe(0);
    expect(rows['top_movies']).toBeGreaterThan(0);
  });

  it('the top films and the summary by a price of a month that no film came out in', async () => {
    const raised = prices(240).map((row, at) => (at === 100 ? { ...row, CPIAUCSL: '200.5' } : row));
    drop(world, 'cpi/cpi.csv', csv(raised));
    const rows = await recomputed();
    expect(rows['cpi_factors']).toBeGreaterThan(0);
    expect(rows['top_movies']).toBe(0);
    expect(rows['executive_summary']).toBe(0);
  });

  it('the receipt counts a record once, whatever it said before', async () => {
    // The record goes by what stands where its TMDB id should, and has none.
    const told = (title: string): void =>
      drop(
        world,
        'movie_metadata/films.csv',
        csv([{ ...released(1)[0], tmdb_id: 'N/A', title }, ...released(30).slice(1)]),
      );
    told('One');
    await world.run();
    told('Another');
    const { receipt } = await world.run();
    expect(receipt?.files[0]).toMatchObject({ updated: 1 });
    expect(receipt?.impact['identity_write']).toBe(1);
  });

  it('a tally that was wrong before stops the epoch, and nothing of it is committed', async () => {
    const { warehouse } = await world.open();
    await (await warehouse.engine()).rows('delete from warehouse.main.genre_tally');
    drop(world, 'movie_metadata/films.csv', csv(released(29)));
    await expect(world.run()).rejects.toThrow(
      /genre_tally counts fewer films than went; marquee verify --repair/,
    );
    const left = await (
      await (await world.open()).warehouse.engine()
    ).rows('select count(*) as films from warehouse.main.movies_enriched');
    expect(left).toEqual([{ films: 30n }]);
  });
});

describe('a step of the plan', () => {
  it.each([
    ['has something that it is recomputed for', 'full: [stg_cpi]', 'full: []'],
    ['goes one way', 'tally: count_films', 'tally: count_films\n      full: [stg_cpi]'],
    [
      'narrows what it reads only where groups are',
      'group: films_by_director',
      'tally: count_films\n      reads: roi > 0',
    ],
  ])('%s', (_, right, wrong) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'marquee-sql-'));
    try {
      cpSync(path.join(packageRoot, 'sql'), folder, { recursive: true });
      const plan = path.join(folder, 'plan.yaml');
      const text = readFileSync(plan, 'utf8');
      expect(text).toContain(right);
      writeFileSync(plan, text.replace(right, wrong));
      expect(() => loadSqlLibrary(folder)).toThrow();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
