import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { HeldDrop } from '../../src/held-drops.ts';
import { acquireLock } from '../../src/lock.ts';
import { readState } from '../../src/state-reader.ts';
import { marquee, type CliResult } from '../cli/run-cli.ts';
import { Root } from '../recovery/root.ts';

// Several processes each, some seconds on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

let root: Root;
beforeEach(async () => {
  root = new Root();
  await root.backfill();
});
afterEach(() => {
  root.dispose();
});

const run = (...args: string[]): Promise<CliResult> => marquee([...args, '--root', root.folder]);

async function hold(): Promise<HeldDrop> {
  root.writeFilms(20);
  await root.backfill();
  const { held } = JSON.parse((await run('held', '--json')).stdout) as { held: HeldDrop[] };
  const [drop] = held;
  if (drop === undefined) throw new Error('nothing is held');
  return drop;
}

test('nothing held is said', async () => {
  expect(await run('held')).toMatchObject({ code: 0, stdout: '', stderr: 'nothing is held\n' });
});

test('a held drop is shown with its reason, what would go, examples and since when', async () => {
  const drop = await hold();
  expect(drop).toMatchObject({
    path: 'raw/movie_metadata/films.csv',
    source: 'movie_metadata',
    kind: 'changed',
    reason: '40 of 60 records would go (66.7 %)',
    isAccepted: false,
    recordsInForce: 60,
    wouldChange: { inserted: 0, updated: 0, deleted: 40 },
  });
  expect(drop.examples).toHaveLength(10);
  for (const { tmdb_id, title } of drop.examples) {
    expect(Number(tmdb_id)).toBeGreaterThan(20);
    expect(title).toBe(`Film ${tmdb_id}`);
  }
  expect(Date.now() - Date.parse(drop.heldSince ?? '')).toBeLessThan(60_000);
  const { stdout, stderr } = await run('held');
  expect(stdout).toMatch(/^raw\/movie_metadata\/films\.csv: 40 of 60 records would go/);
  expect(stdout).toMatch(/fingerprint [0-9a-f]{12}, held since 20/);
  expect(stdout).toMatch(/would go, among others:\n {4}tmdb_id \d+, title Film/);
  expect(stdout).toContain(`marquee accept ${drop.fingerprint.slice(0, 12)}`);
  expect(stderr).toBe('1 drop held\n');
});

test('a vanished folder is shown as a removal', async () => {
  root.remove('genre_cast_director');
  await root.backfill();
  const { stdout } = await run('held');
  expect(stdout).toMatch(
    /all files of genre_cast_director are gone, this one with 20 records\n {2}removal [0-9a-f]{12}, held since/,
  );
});

test('accepted, exactly these bytes go through with the next backfill', async () => {
  const drop = await hold();
  const { code, stderr } = await run('accept', drop.fingerprint.slice(0, 6).toUpperCase());
  expect(code).toBe(0);
  expect(stderr).toContain('next: marquee backfill takes it');
  expect((await run('held')).stdout).toContain('accepted: marquee backfill takes it');
  const backfill = await run('backfill', '--quiet');
  expect(backfill.code).toBe(0);
  expect(root.held()).toEqual([]);
  expect(await root.verified()).toEqual([]);
  root.writeFilms(2);
  expect((await run('backfill', '--quiet')).code).toBe(0); // 20 records are fewer than the guard judges
});

test('an accepted removal lets the folder go', async () => {
  root.remove('genre_cast_director');
  await root.backfill();
  const fingerprint = readState(root.folder, (state) => state.held()[0]?.version.fingerprint ?? '');
  await run('accept', fingerprint);
  expect((await run('backfill', '--quiet')).code).toBe(0);
  expect(root.held()).toEqual([]);
  expect((await root.published()).filter((row) => row.includes('Star 1'))).toEqual([]);
});

test('while another process holds the root a request is left, which the next run serves', async () => {
  const drop = await hold();
  const lock = acquireLock(root.folder, 'watch');
  const { code, stdout } = await run('accept', drop.fingerprint, '--json').finally(() => lock.release());
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    accepted: [{ path: drop.path, fingerprint: drop.fingerprint }],
    requested: true,
  });
  expect(readState(root.folder, (state) => state.requests().map(({ kind }) => kind))).toEqual(['accept']);
  await root.backfill();
  expect(root.held()).toEqual([]);
  expect(readState(root.folder, (state) => state.requests())).toEqual([]);
});

test('accepting anything but the fingerprint of a held drop is misuse', async () => {
  await hold();
  const cases: [string, RegExp][] = [
    ['abc', /expected 6 or more hexadecimal digits/],
    ['zzzzzz', /expected 6 or more hexadecimal digits/],
    ['000000000000', /no held drop has a fingerprint that begins with 000000000000/],
  ];
  for (const [prefix, message] of cases) {
    const { code, stderr } = await run('accept', prefix);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  }
  expect(readState(root.folder, (state) => state.acceptances())).toEqual([]);
});

test('backfill --accept-all takes what was held before', async () => {
  await hold();
  expect((await run('backfill', '--quiet')).code).toBe(3);
  expect((await run('backfill', '--accept-all', '--quiet')).code).toBe(0);
  expect(root.held()).toEqual([]);
  expect(await root.verified()).toEqual([]);
});
