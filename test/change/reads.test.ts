import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadSqlLibrary, type SqlLibrary } from '../../src/engine/sql-library.ts';
import { World } from '../property/world.ts';
import { csv, drop, prices, type Row } from './drops.ts';

// What `reads` in sql/plan.yaml leaves out, an aggregate may not ask for. Few films are picked only where this is said.
beforeEach(() => vi.stubEnv('MARQUEE_PICKED_SHARE', 'Infinity'));
afterEach(() => vi.unstubAllEnvs());

const library = loadSqlLibrary();
const steps = library.plan.stages.inflate.flatMap(({ model, reads }) =>
  reads === undefined ? [] : [{ model, reads }],
);

/** Films of the same groups, of which each has other money. */
const films: readonly Row[] = [
  { budget: '20000000', revenue: '' },
  { budget: '', revenue: '70000000' },
  { budget: '30000000', revenue: '90000000' },
  { budget: '', revenue: '' },
].map((money, at) => ({
  id: String(at + 1),
  title: `Film ${at + 1}`,
  release_date: '1995-06-15',
  genres: 'Drama',
  production_companies: 'A Company',
  ...money,
}));

/** Changes one film of these groups, and says what a rebuild has otherwise. */
async function differences(sql: SqlLibrary): Promise<string[]> {
  const world = new World(sql);
  try {
    drop(world, 'movie_metadata/films.csv', csv(films));
    drop(world, 'cpi/cpi.csv', csv(prices(240)));
    await world.run();
    const [first = {}, ...rest] = films.toReversed();
    drop(
      world,
      'movie_metadata/films.csv',
      csv([...rest, { ...first, revenue: '5000000', budget: '50000000' }]),
    );
    const { receipt } = await world.run();
    expect(receipt?.scope).toBe('changes');
    return await world.differences();
  } finally {
    await world.dispose();
  }
}

it('films that are not read make no difference', async () => {
  expect(steps.length).toBeGreaterThan(0);
  expect(await differences(library)).toEqual([]);
});

const narrower = steps.flatMap(({ model, reads }) => {
  const parts = reads.split(' or ');
  return parts.map((part) => ({
    model,
    part,
    rest: parts.filter((other) => other !== part).join(' or ') || 'false',
  }));
});

it.each(narrower)('$model differs without those of which $part', async ({ model, rest }) => {
  const plan = structuredClone(library.plan);
  for (const step of plan.stages.inflate) if (step.model === model) step.reads = rest;
  expect((await differences({ ...library, plan })).join('\n')).toContain(model);
});
