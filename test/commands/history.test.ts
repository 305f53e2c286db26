import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Receipt } from '../../operators/batch.ts';
import { marquee, type CliResult } from '../cli/run-cli.ts';
import { Root } from '../recovery/root.ts';

let root: Root;
beforeEach(() => {
  root = new Root();
});
afterEach(() => {
  root.dispose();
});

const run = (...args: string[]): Promise<CliResult> => marquee(['history', ...args, '--root', root.folder]);

test('before the first backfill there is no state store to ask', async () => {
  const { code, stderr } = await run();
  expect(code).toBe(1);
  expect(stderr).toContain('marquee backfill');
});

test('epochs are listed newest first, and one is shown with its receipt', async () => {
  await root.backfill();
  root.writeFilms(61, 4);
  await root.backfill();
  await root.backfill();
  const { stdout, stderr, code } = await run();
  expect(code).toBe(0);
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(/^epoch +committed +files +inserted +updated +deleted +films +partitions/);
  expect(lines[2]).toMatch(/^ +2 +20\S+ +1 +1 +6 +0 +7 /);
  expect(lines[3]).toMatch(/^ +1 +20\S+ +3 +83 +0 +0 +60 /);
  expect(stderr).toMatch(/^2 epochs/);
  const receipt = (await run('2')).stdout;
  expect(receipt).toMatch(/^epoch 2: 1 file, 7 films affected, 61 in all/);
  expect(receipt).toContain('1 inserted, 6 updated, 54 unchanged');
  expect(receipt).toMatch(/per changed row/);
});

test('receipts come as JSON, as many as asked for', async () => {
  await root.backfill();
  root.writeFilms(60, 1);
  await root.backfill();
  const { epochs } = JSON.parse((await run('--json', '--limit', '1')).stdout) as { epochs: Receipt[] };
  expect(epochs.map(({ epoch }) => epoch)).toEqual([2]);
  expect(JSON.parse((await run('--json', '1')).stdout)).toMatchObject({
    epoch: 1,
    scope: 'everything',
    films: { total: 60 },
  });
});

test('an epoch that is not there is misuse', async () => {
  await root.backfill();
  for (const epoch of ['7', 'x', '-']) {
    const { code, stderr } = await run(epoch);
    expect(code).toBe(2);
    expect(stderr).toContain('the newest is 1');
  }
});
