import { expect, it } from 'vitest';
import type { SealedWork } from '../../operators/batch.ts';
import { commitBatch, type CommitDeps } from '../../operators/commit.ts';
import { openMemoryStore } from '../../state/memory-store.ts';

/** An epoch that is sealed and published, and its store. */
function sealed() {
  const state = openMemoryStore();
  const epoch = state.beginEpoch({ uuid: 'u', engineHash: 'h', intent: '[]', beganAtMs: 0, atLeast: 1 });
  const receipt = JSON.stringify({ epoch, committedAt: '2026-01-01T00:00:00Z', proportionality: null });
  let closed = 0;
  const work = {
    ...{ files: [], unchanged: 0, timings: {}, bytesWritten: 0 },
    publication: { epoch, uuid: 'u', partitions: [], aggregates: [], receipt },
    session: { close: () => Promise.resolve(void (closed += 1)) },
  } as unknown as SealedWork;
  return { state, epoch, work, closed: () => closed };
}

const deps = (state: CommitDeps['state'], more: Partial<CommitDeps>): CommitDeps => ({
  state,
  report: { begin: () => ({ advance: () => undefined, done: () => undefined }) },
  now: () => 0,
  tidy: () => Promise.resolve(),
  afterCommit: () => expect.fail('nothing failed'),
  reached: () => undefined,
  ...more,
});

it('what fails once an epoch is committed is told, and the epoch counts', async () => {
  const { state, epoch, work } = sealed();
  const told: unknown[] = [];
  const tidy = (): Promise<void> => Promise.reject(new Error('no room for the log'));
  const result = await commitBatch(work, deps(state, { tidy, afterCommit: (error) => told.push(error) }));
  expect(result.receipt).toMatchObject({ epoch });
  expect(told).toEqual([new Error('no room for the log')]);
  expect(state.lastEpoch()).toMatchObject({ epoch, state: 'committed' });
});

it('a commit that fails closes the session, and fails', async () => {
  const { state, work, closed } = sealed();
  const broken = { ...state, commitEpoch: () => expect.fail('no room') };
  await expect(commitBatch(work, deps(broken, {}))).rejects.toThrow('no room');
  expect(closed()).toBe(1);
  expect(state.openEpoch()).not.toBeNull();
});
