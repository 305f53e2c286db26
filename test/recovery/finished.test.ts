import { afterEach, beforeEach, expect, it } from 'vitest';
import { MarqueeError } from '../../src/error.ts';
import { Root } from './root.ts';

let root: Root;

beforeEach(async () => {
  root = new Root();
  await root.backfill();
});
afterEach(() => root.dispose());

/** Fails where an epoch is half published, so many times. */
function failing(times: number, retryable: boolean): (step: string) => void {
  let left = times;
  return (step) => {
    if (step !== 'after-partitions' || left-- <= 0) return;
    throw new MarqueeError('engine-disk-full', 'no room', { retryable });
  };
}

it('an epoch whose publishing failed is told by the next run, which finishes it', async () => {
  root.writeFilms(60, 7);
  await expect(root.backfill({ reached: failing(1, false) })).rejects.toMatchObject({
    code: 'engine-disk-full',
  });
  expect(root.epoch()).toBe(1);
  const { results } = await root.backfill();
  expect(results.map(({ receipt, unchanged }) => [receipt?.epoch, unchanged])).toEqual([
    [2, 0],
    [undefined, 3],
  ]);
  expect(results[0]?.accounts).toMatchObject([{ status: 'taken', updated: 6 }]);
  expect(await root.verified()).toEqual([]);
});

it('one that the same run finishes at a second try is told once', async () => {
  root.writeFilms(60, 7);
  const { results } = await root.backfill({ reached: failing(1, true) });
  expect(results.flatMap(({ receipt }) => (receipt === null ? [] : [receipt.epoch]))).toEqual([2]);
  expect(await root.verified()).toEqual([]);
});
