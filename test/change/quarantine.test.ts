import { afterEach, beforeEach, expect, test } from 'vitest';
import { World } from '../property/world.ts';
import { accountOf, csv, drop, film, filmValues } from './drops.ts';

const file = 'movie_metadata/films.csv';
let world: World;

beforeEach(() => {
  world = new World();
});
afterEach(() => world.dispose());

async function quarantined(): Promise<string[]> {
  const { state } = await world.open();
  return state.quarantine().map(({ code, column, value }) => `${code} ${String(column)} ${String(value)}`);
}

test('quarantine heals with good records, whatever their lines are now, and the receipt says how many did', async () => {
  const broken = [film(1, { revenue: '1x' }), film(2, { budget: 'much' }), film(3, { tmdb_id: '' }), film(4)];
  drop(world, file, csv(broken));
  expect(accountOf(await world.run(), file)).toMatchObject({ quarantined: 3, healed: 0, inserted: 3 });
  expect(await quarantined()).toHaveLength(3);

  drop(world, file, csv([film(5), film(2, { budget: 'much' }), film(1), film(3, { tmdb_id: '' }), film(4)]));
  expect(accountOf(await world.run(), file)).toMatchObject({
    quarantined: 2,
    healed: 1,
    inserted: 1,
    updated: 1,
  });
  expect((await quarantined()).filter((entry) => entry.includes('1x'))).toEqual([]);

  drop(world, file, csv([film(5), film(2), film(1), film(3), film(4, { revenue: '4x' })]));
  expect(accountOf(await world.run(), file)).toMatchObject({
    quarantined: 1,
    healed: 2,
    inserted: 1,
    updated: 2,
  });
  expect(await quarantined()).toEqual(['bad-money revenue 4x']);

  drop(world, file, csv([film(5), film(2), film(1), film(3)]));
  expect(accountOf(await world.run(), file)).toMatchObject({ quarantined: 0, healed: 1, deleted: 1 });
  expect(await quarantined()).toEqual([]);
  expect(await filmValues(world, 'movie_key, revenue')).toHaveLength(4);
  expect(await world.differences()).toEqual([]);
});

test('what a file held back goes with the file, and comes back with it', async () => {
  drop(world, file, csv([film(1, { revenue: '1x' })]));
  await world.run();
  world.remove(file);
  await world.run();
  expect(await quarantined()).toEqual([]);
  drop(world, file, csv([film(1, { revenue: '1x' })]));
  await world.run();
  expect(await quarantined()).toEqual(['bad-money revenue 1x']);
});

test('a held drop heals nothing', async () => {
  await world.configure('guard: { min_rows: 2 }\n');
  drop(world, file, csv([film(1, { revenue: '1x' }), film(2), film(3)]));
  await world.run();
  drop(world, file, csv([film(1)]));
  expect(accountOf(await world.run({ acceptAll: false }), file).status).toBe('held');
  expect(await quarantined()).toEqual(['bad-money revenue 1x']);
});
