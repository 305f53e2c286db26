import { describe, expect, it } from 'vitest';
import type { StateStore } from '../../state/store.ts';
import { chunkOf, manyPairs, pairsOf } from './pair-chunks.ts';
import { badCell, begin, commit, metaOf, write } from './store-steps.ts';

const PATH = 'cpi/a.csv';

/** Intents, commits, abandonment, history. */
export function conformsInEpochs(current: () => StateStore): void {
  describe('epochs', () => {
    it('commit puts pending versions into force and drops what they replace', () => {
      const store = current();
      write(store, PATH, 'old', manyPairs(5000));
      const first = commit(store, 'e1');
      expect(first.entered).toMatchObject([{ fingerprint: 'old', status: 'in_force', epoch: first.epoch }]);
      expect(first.replaced).toEqual([]);

      const fresh = write(store, PATH, 'new', manyPairs(3));
      const old = store.fileState(fresh.fileId)!.inForce!;
      expect([...store.readPairs(old.versionId)]).toHaveLength(2);
      const second = commit(store, 'e2');
      expect(second.epoch).toBe(first.epoch + 1);
      expect(second.replaced).toEqual([old]);
      expect(store.version(old.versionId)).toBeNull();
      expect(store.fileState(fresh.fileId)).toMatchObject({
        inForce: { ...fresh, status: 'in_force', epoch: second.epoch },
        pending: null,
        unaccepted: null,
      });
      expect(pairsOf(store.readPairs(fresh.versionId))).toHaveLength(3);
      expect(() => store.dropVersion(fresh.versionId)).toThrow(/in force/);
    });

    it('leaves files outside the batch alone, and versions held within it', () => {
      const store = current();
      write(store, PATH, 'a', manyPairs(1));
      write(store, 'cpi/b.csv', 'b', manyPairs(1));
      commit(store, 'e1');
      store.demote(write(store, PATH, 'a2', []).versionId, 'held', '{}');
      write(store, 'cpi/c.csv', 'c', []);
      commit(store, 'e2');
      expect(
        store.fileStates().map(({ inForce, unaccepted }) => [inForce?.fingerprint, unaccepted?.fingerprint]),
      ).toEqual([
        ['a', 'a2'],
        ['b', undefined],
        ['c', undefined],
      ]);
    });

    it('a held version goes when a later one of its path comes into force', () => {
      const store = current();
      const { fileId } = store.demote(write(store, PATH, 'held', []).versionId, 'held', '{}');
      store.accept('held', 1);
      write(store, PATH, 'held', manyPairs(1));
      commit(store, 'e1');
      expect(store.fileState(fileId)).toMatchObject({ inForce: { fingerprint: 'held' }, unaccepted: null });
      expect(store.isAccepted('held')).toBe(true);
    });

    it('a rejection stays that says why the version in force goes', () => {
      const store = current();
      const { fileId } = write(store, PATH, 'a', manyPairs(1));
      commit(store, 'e1');
      store.recordUnaccepted(fileId, metaOf('a'), 'rejected', '{}');
      store.markRemoved(fileId, 'a');
      commit(store, 'e2');
      expect(store.fileState(fileId)).toMatchObject({
        inForce: null,
        unaccepted: { fingerprint: 'a', status: 'rejected' },
      });
      write(store, PATH, 'a', manyPairs(1));
      commit(store, 'e3');
      expect(store.fileState(fileId)).toMatchObject({ inForce: { fingerprint: 'a' }, unaccepted: null });
    });

    it('a removal takes effect with the commit; the path keeps its id when it comes back', () => {
      const store = current();
      const { fileId } = write(store, PATH, 'a', manyPairs(2));
      commit(store, 'e1');
      store.markRemoved(fileId, 'removal');
      expect(store.fileState(fileId)?.inForce?.fingerprint).toBe('a');
      const { removed, replaced, entered } = commit(store, 'e2');
      expect(removed).toEqual([{ fileId, source: 'cpi', path: PATH }]);
      expect(replaced.map(({ fingerprint }) => fingerprint)).toEqual(['a']);
      expect(entered).toEqual([]);
      expect(store.fileStates()).toEqual([]);
      expect(write(store, PATH, 'a', manyPairs(2)).fileId).toBe(fileId);
    });

    it('a file that comes back in the same batch is no removal, and the other way round', () => {
      const store = current();
      const { fileId } = write(store, PATH, 'a', []);
      commit(store, 'e1');
      store.markRemoved(fileId, 'removal');
      write(store, PATH, 'b', []);
      expect(store.fileState(fileId)?.pending).toMatchObject({ fingerprint: 'b', removed: false });
      store.markRemoved(fileId, 'removal');
      expect(commit(store, 'e2').removed).toHaveLength(1);
    });

    it('shows the intent until it is committed, the receipt from then on', () => {
      const store = current();
      expect(store.openEpoch()).toBeNull();
      expect(store.lastEpoch()).toBeNull();
      const epoch = begin(store, 'e1');
      const open = { epoch, uuid: 'e1', engineHash: 'h1', beganAtMs: 100 };
      expect(store.openEpoch()).toEqual({
        ...open,
        ...{ state: 'intent', intent: '{"uuid":"e1"}', committedAtMs: null, receipt: null },
      });
      expect(store.receipt(epoch)).toBeNull();
      expect(store.history(9)).toEqual([]);
      expect(() => begin(store, 'e2')).toThrow(/still open/);
      store.commitEpoch(epoch, '{"films":1}', 250);
      expect(store.openEpoch()).toBeNull();
      expect(store.lastEpoch()).toEqual({
        ...open,
        ...{ state: 'committed', intent: null, committedAtMs: 250, receipt: '{"films":1}' },
      });
      expect(store.receipt(epoch)).toBe('{"films":1}');
      expect(() => store.commitEpoch(epoch, '{}', 1)).toThrow(/not the open one/);
    });

    it('abandon drops what was pending, keeps what was in force, and skips the number', () => {
      const store = current();
      const { fileId } = write(store, PATH, 'a', manyPairs(2));
      const { epoch } = commit(store, 'e1');
      const pending = write(store, PATH, 'b', manyPairs(3));
      store.addQuarantine(pending.versionId, [badCell(1)]);
      const lost = begin(store, 'e2');
      store.abandonEpoch(lost);
      expect(store.openEpoch()).toBeNull();
      expect(store.fileState(fileId)).toMatchObject({ inForce: { fingerprint: 'a' }, pending: null });
      expect(() => store.quarantineCount(pending.versionId)).toThrow(/no version/);
      expect(begin(store, 'e3')).toBe(epoch + 2);
      expect(() => store.abandonEpoch(lost)).toThrow(/not the open one/);
    });

    it('refuses to commit while a version is still being written, and nothing has changed then', () => {
      const store = current();
      const { fileId } = write(store, PATH, 'a', []);
      const writer = store.openWriter(store.ensureFile('cpi', 'cpi/b.csv').fileId, metaOf('b'));
      writer.append(chunkOf(manyPairs(1)));
      const epoch = begin(store, 'e1');
      expect(() => store.commitEpoch(epoch, '{}', 1)).toThrow(/still being written/);
      expect(store.openEpoch()?.epoch).toBe(epoch);
      expect(store.fileState(fileId)?.inForce).toBeNull();
    });

    it('goes on counting where a warehouse was, prunes history, and never reuses a number', () => {
      const store = current();
      const at = store.beginEpoch({ uuid: 'x', engineHash: 'h', intent: '{}', beganAtMs: 1, atLeast: 41 });
      expect(at).toBe(41);
      store.commitEpoch(at, '{}', 1);
      expect(commit(store, 'e1').epoch).toBe(42);
      expect(commit(store, 'e2').epoch).toBe(43);
      expect(store.history(2).map(({ epoch }) => epoch)).toEqual([43, 42]);
      expect(store.pruneHistory(1)).toBe(2);
      expect(store.receipt(42)).toBeNull();
      expect(store.pruneHistory(0)).toBe(1);
      expect(commit(store, 'e3').epoch).toBe(44);
    });
  });
}
