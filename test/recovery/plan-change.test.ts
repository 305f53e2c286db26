import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { haveSameModels, planHash } from '../../src/engine/plan-hash.ts';
import { readState } from '../../src/state-reader.ts';
import { edited, Root } from './root.ts';

let root: Root;

beforeEach(() => {
  root = new Root();
});
afterEach(() => root.dispose());

it('other settings recompute everything over what was typed, to what a rebuild makes of it', async () => {
  await root.backfill();
  root.configure('inflation: { base: "2002-07" }\nroi: { min_budget: 5000000 }\n');
  const { remarks } = await root.backfill();
  expect(remarks).toContain('the configuration or sql/ changed: everything is recomputed');
  expect(await root.verified()).toEqual([]);
  const switched = await root.published();
  root.lose('warehouse', 'curated', 'state');
  await root.backfill();
  expect(await root.published()).toEqual(switched);
});

it('other settings and another drop at once', async () => {
  await root.backfill();
  root.configure('inflation: { base: "2002-07" }\n');
  root.writeFilms(60, 7);
  root.write('movie_metadata/more.csv', 'tmdb_id,title,release_date,revenue\n900,Ninth,2001-01-01,5\n');
  await root.backfill();
  expect(await root.verified()).toEqual([]);
});

it('the guard judges what comes with other settings as ever', async () => {
  await root.backfill();
  root.configure('inflation: { base: "2002-07" }\n');
  root.writeFilms(12);
  await root.backfill();
  expect(root.held()).toEqual(['movie_metadata/films.csv']);
  expect(await root.verified()).toEqual([]);
});

it('another series takes prices that name none for its own', async () => {
  root.write('cpi/cpi.csv', 'Date,Index\n2000-01-01,100\n2002-07-01,104.5\n2003-12-01,110\n');
  await root.backfill();
  const priced = (await root.published()).filter((row) => row.startsWith('monthly_revenue '));
  root.configure('inflation: { series: CPIAUCNS }\n');
  const { remarks } = await root.backfill();
  expect(remarks.join()).not.toContain('read again');
  expect(await root.verified()).toEqual([]);
  expect((await root.published()).filter((row) => row.startsWith('monthly_revenue '))).toEqual(priced);
});

it('an edited staging model types every record again', async () => {
  await root.backfill();
  const library = edited('stg_movie_metadata', 'clean_title as title,', 'upper(clean_title) as title,');
  const { remarks } = await root.backfill({ library });
  expect(remarks.join()).toContain('all of them are read again');
  const titles = (await root.published()).filter((row) => row.startsWith('movies_enriched '));
  expect(titles).toHaveLength(60);
  for (const row of titles) expect(row).toMatch(/'title': FILM \d+,/);
  expect(await root.verified(null, library)).toEqual([]);
});

describe('an edited check', () => {
  const films = async (): Promise<number> =>
    (await root.published()).filter((row) => row.startsWith('movies_enriched ')).length;

  it('takes records that were set aside, and sets aside what it took', async () => {
    const strict = edited('records_movie_metadata', 'where ', "where r.title = 'Film 7' or ");
    await root.backfill();
    await root.backfill({ library: strict });
    expect(await films()).toBe(59);
    expect(await root.verified(null, strict)).toEqual([]);
    await root.backfill();
    expect(await films()).toBe(60);
    expect(await root.verified()).toEqual([]);
  });

  it('takes a file that was rejected, whose bytes are the same, and rejects one anew', async () => {
    const series = 'DATE,CPIAUCSL\n2000-01-01,0.1\n2002-07-01,0.2\n2003-12-01,0.3\n';
    const lenient = edited('reject_cpi', 'from worst', 'from worst where false');
    const rejected = (): string[] =>
      readState(root.folder, (state) =>
        state.fileStates().flatMap(({ file, unaccepted }) => (unaccepted === null ? [] : [file.path])),
      );
    root.write('cpi/cpi.csv', series);
    await root.backfill();
    expect(rejected()).toEqual(['cpi/cpi.csv']);
    await root.backfill();
    expect(rejected()).toEqual(['cpi/cpi.csv']);
    await root.backfill({ library: lenient });
    expect(rejected()).toEqual([]);
    expect(await root.verified(null, lenient)).toEqual([]);
    root.write('cpi/other.csv', series);
    // What is rejected anew was in force: a try that comes to no commit must not leave it in between.
    const cutShort = root.backfill({
      reached: (step) => {
        if (step === 'before-intent') throw new Error('cut short');
      },
    });
    await expect(cutShort).rejects.toThrow('cut short');
    await root.backfill();
    expect(rejected()).toContain('cpi/cpi.csv');
    expect(rejected()).toContain('cpi/other.csv');
    expect(await root.verified()).toEqual([]);
  });
});

it('tells models from settings', () => {
  expect(haveSameModels(planHash('models', 'a'), planHash('models', 'b'))).toBe(true);
  expect(haveSameModels(planHash('models', 'a'), planHash('others', 'a'))).toBe(false);
  expect(haveSameModels(null, planHash('models', 'a'))).toBe(false);
});
