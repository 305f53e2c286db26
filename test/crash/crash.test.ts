import { fork } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import type { Receipt } from '../../operators/batch.ts';
import type { Snapshots } from '../../src/snapshot.ts';
import { World } from '../property/world.ts';

const child = path.join(path.dirname(fileURLToPath(import.meta.url)), 'backfill-child.mjs');

/** Every step of a commit that tells its name, in order. */
const steps = [
  'before-intent',
  'after-intent',
  'after-seal',
  'after-partitions',
  'after-serving',
  'after-swap',
  'after-publish',
  'after-commit',
];

const isSoak = process.env['MARQUEE_SOAK'] !== undefined;
const randomKills = Number(process.env['MARQUEE_KILLS'] ?? (isSoak ? 200 : 8));

/** All lanes for files of a kilobyte, in this process and in those that are killed. */
const forced = {
  MARQUEE_BULK_BYTES: '0',
  MARQUEE_SIEVE_RECORDS: '0',
  MARQUEE_VIEWED_KEYS: '0',
  MARQUEE_BLOCK_BYTES: '64',
};

const worlds: World[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const world of worlds.splice(0)) await world.dispose();
});

async function makeWorld(): Promise<World> {
  const world = new World();
  worlds.push(world);
  write(world, 1);
  await world.run({ publish: true });
  await world.restart();
  return world;
}

/** A drop that differs from the one before in some films of some years, one that is gone and one that is new. */
function write(world: World, version: number): void {
  const films = Array.from({ length: 40 }, (_, at) => at + (version % 3)).map(
    (id) =>
      `${id},Film ${id},${1990 + (id % 7)},${1_000_000 * (id + 1)},${2_000_000 * (id + 1) + (id % 20 === 0 ? version : 0)},Drama|Comedy`,
  );
  world.write(
    'movie_metadata/films.csv',
    `tmdb_id,title,release_year,budget,revenue,genres\n${films.join('\n')}\n`,
  );
  world.write(
    'genre_cast_director/credits.csv',
    `title,year,director,stars\n${Array.from({ length: 10 }, (_, id) => `Film ${id},${1990 + (id % 7)},Director ${version % 2},Star ${id}`).join('\n')}\n`,
  );
  world.write('cpi/cpi.csv', `DATE,CPIAUCSL\n1990-01-01,100\n1996-12-01,${120 + (version % 4)}\n`);
}

/** Runs a backfill that is killed, at a step or after some milliseconds; true if it was killed. */
function killed(world: World, at: string | number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const running = fork(child, [world.root, typeof at === 'string' ? at : ''], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    running.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
    if (typeof at === 'number') running.once('message', () => setTimeout(() => running.kill('SIGKILL'), at));
    running.once('error', reject);
    running.once('exit', (code, signal) => {
      if (signal === null && code !== 0) reject(new Error(`the child failed: ${stderr}`));
      else resolve(signal === 'SIGKILL');
    });
  });
}

function forceLanes(): void {
  for (const [name, value] of Object.entries(forced)) vi.stubEnv(name, value);
}

/** The lanes in which files of the epochs so far were read. */
async function lanesOf(world: World): Promise<Set<string | null>> {
  const { state } = await world.open();
  const receipts = state
    .history(10)
    .map(({ receipt }) => JSON.parse(receipt ?? '{}') as Pick<Receipt, 'files'>);
  await world.restart();
  return new Set(receipts.flatMap(({ files }) => files.map(({ lane }) => lane)));
}

async function expectWhole(world: World): Promise<void> {
  const { receipt } = await world.run({ publish: true });
  // What was cut short is finished or done again; needing a rebuild would mean that the stores had come apart.
  expect(receipt?.scope ?? 'changes').toBe('changes');
  expect(await world.differences()).toEqual([]);
  expect(await world.publishedDifferences()).toEqual([]);
  const { snapshots, state, warehouse } = await world.open();
  expect((await (await warehouse.engine()).lastPublication())?.uuid).toBe(state.lastEpoch()?.uuid);
  expect(state.openEpoch()).toBeNull();
  expectNoOrphans(snapshots);
  await world.restart();
}

function expectNoOrphans(snapshots: Snapshots): void {
  const names = (folder: string): string[] =>
    existsSync(folder)
      ? readdirSync(folder).filter((name) => name.includes('.new') || name.endsWith('.tmp'))
      : [];
  expect(names(snapshots.folder)).toEqual([]);
  const current = Number(path.basename(snapshots.current() ?? '').split('-')[0]);
  const later = readdirSync(path.join(snapshots.folder, '.snapshots')).filter(
    (name) => Number(name.split('-')[0]) > current,
  );
  expect(later).toEqual([]);
}

// The relations of a first epoch are committed one by one; a warehouse that holds some of them has to be thrown away.
test.each(['before-intent', 'after-intent'])('the first backfill killed at %s is done anew', async (step) => {
  const world = new World();
  worlds.push(world);
  write(world, 1);
  expect(await killed(world, step)).toBe(true);
  // Other rows than those that already stand in the warehouse.
  write(world, 2);
  const { receipt } = await world.run({ publish: true });
  expect(receipt).toMatchObject({ scope: 'everything', films: { total: 40 } });
  expect(await world.differences()).toEqual([]);
  expect(await world.publishedDifferences()).toEqual([]);
  await world.restart();
  write(world, 3);
  await expectWhole(world);
});

test.each(steps)('killed at %s, the next start goes on to the same result', async (step) => {
  // Every other step with large files' lanes: what is kept for them goes through the same commit.
  const isForced = steps.indexOf(step) % 2 === 1;
  if (isForced) forceLanes();
  const world = await makeWorld();
  write(world, 2);
  expect(await killed(world, step)).toBe(true);
  await expectWhole(world);
  write(world, 5);
  await expectWhole(world);
  expect((await lanesOf(world)).has('blocks')).toBe(isForced);
});

test.each(['after-partitions', 'after-serving', 'after-swap'])(
  'killed after the seal, and again at %s while recovering',
  async (step) => {
    const world = await makeWorld();
    write(world, 2);
    expect(await killed(world, 'after-seal')).toBe(true);
    expect(await killed(world, step)).toBe(true);
    await expectWhole(world);
  },
);

test('a newer drop that arrives while an epoch is cut short is the next epoch', async () => {
  const world = await makeWorld();
  write(world, 2);
  expect(await killed(world, 'after-seal')).toBe(true);
  write(world, 3);
  await expectWhole(world);
  const { state } = await world.open();
  expect(state.history(10).map(({ epoch }) => epoch)).toEqual([3, 2, 1]);
});

test(
  `killed at ${randomKills} random times, one after another, it ends equal to a rebuild`,
  async () => {
    const world = await makeWorld();
    let kills = 0;
    for (let version = 2; kills < randomKills; version++) {
      if (version % 2 === 0) forceLanes();
      else vi.unstubAllEnvs();
      write(world, version);
      const delay = Math.floor(Math.random() * 1500);
      if (await killed(world, delay)) kills++;
      if (version % 5 === 0) await expectWhole(world);
    }
    await expectWhole(world);
  },
  60_000 + randomKills * 15_000,
);
