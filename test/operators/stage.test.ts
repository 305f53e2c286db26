import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Batch } from '../../operators/batch.ts';
import { stageBatch, type StageDeps } from '../../operators/stage.ts';
import { emptyColumns } from '../../state/block-table.ts';
import { openMemoryStore } from '../../state/memory-store.ts';
import { commit, metaOf, statAt, write } from '../state/store-steps.ts';

const unused = (): never => {
  throw new Error('not to be called');
};

it('an engine that can not be opened fails the batch, even where blocks are still looked at then', async () => {
  const state = openMemoryStore();
  const { fileId } = write(state, 'cpi/a.csv', 'before', []);
  commit(state, 'e');
  const { fingerprint } = metaOf('now');
  const file = { fileId, source: 'cpi', path: 'cpi/a.csv' };
  const blocks = { ...emptyColumns(1), header: '' };
  const batch: Batch = {
    drops: [{ kind: 'changed', file, fingerprint, stat: statAt(5000), blocks }],
    unchanged: 0,
  };
  let looked = false;
  const deps: StageDeps = {
    state,
    report: { begin: () => ({ advance: () => undefined, done: () => undefined }) },
    now: () => 0,
    wallClock: () => 0,
    isRebuild: false,
    bulkBytes: 0,
    sieveRecords: 0,
    readBy: 'as ever',
    openSession: () => Promise.reject(new Error('no room')),
    openParts: async () => {
      await pause(20);
      looked = true;
      return null;
    },
    spool: unused,
    open: unused,
    openSaved: unused,
    keepInForce: unused,
    assertSame: unused,
  };
  await expect(stageBatch(batch, deps)).rejects.toThrow('no room');
  expect(looked).toBe(true);
  state.close();
});
