import { describe, expect, it } from 'vitest';
import { healing } from '../../state/healing.ts';
import type { StateStore } from '../../state/store.ts';
import { badCell, commit, metaOf, write } from './store-steps.ts';

/** Bad records and cells, and their healing. */
export function conformsInQuarantine(current: () => StateStore): void {
  describe('quarantine', () => {
    it('belongs to a version, by line, and can be added while the version is written', () => {
      const store = current();
      const writer = store.openWriter(store.ensureFile('cpi', 'cpi/a.csv').fileId, metaOf('a'));
      store.addQuarantine(writer.versionId, [badCell(9), badCell(3)]);
      store.addQuarantine(writer.versionId, [badCell(3, null, null), badCell(1)]);
      store.addQuarantine(writer.versionId, []);
      const { versionId, quarantined } = writer.finish();
      expect(quarantined).toBe(4);
      expect(store.quarantineCount(versionId)).toBe(4);
      expect([...store.quarantineEntries(versionId)]).toEqual([
        badCell(1),
        badCell(3),
        badCell(3, null, null),
        badCell(9),
      ]);
    });

    it('is shown for versions in force and rejected files, by source and path', () => {
      const store = current();
      store.addQuarantine(write(store, 'cpi/b.csv', 'b', []).versionId, [badCell(2), badCell(1)]);
      expect(store.quarantine()).toEqual([]);
      const { entered } = commit(store, 'e1');
      const { fileId } = store.ensureFile('movies', 'movies/a.csv');
      const rejected = store.recordUnaccepted(fileId, metaOf('r'), 'rejected', '{}');
      const whole = {
        line: 0,
        column: 'title',
        code: 'missing-column',
        key: null,
        value: null,
        reason: 'no title',
      };
      store.addQuarantine(rejected.versionId, [whole]);
      store.addQuarantine(write(store, 'cpi/c.csv', 'c', []).versionId, [badCell(7)]);

      const ofB = { source: 'cpi', path: 'cpi/b.csv', versionId: entered[0]!.versionId, status: 'in_force' };
      const ofA = {
        source: 'movies',
        path: 'movies/a.csv',
        versionId: rejected.versionId,
        status: 'rejected',
      };
      expect(store.quarantine()).toEqual([
        { ...badCell(1), ...ofB },
        { ...badCell(2), ...ofB },
        { ...whole, ...ofA },
      ]);
      expect(store.quarantine({ limit: 1 })).toEqual([{ ...badCell(1), ...ofB }]);
      expect(store.quarantine({ source: 'movies' })).toEqual([{ ...whole, ...ofA }]);
      expect(store.quarantine({ path: 'cpi/c.csv', statuses: ['pending'] })).toMatchObject([badCell(7)]);
      expect(store.quarantineCounts()).toEqual([
        { ...ofB, entries: 2 },
        { ...ofA, entries: 1 },
      ]);
    });

    it('goes with its version', () => {
      const store = current();
      const before = write(store, 'cpi/a.csv', 'bad', []);
      store.addQuarantine(before.versionId, [badCell(1)]);
      commit(store, 'e1');
      write(store, 'cpi/a.csv', 'good', []);
      commit(store, 'e2');
      expect(store.quarantine()).toEqual([]);
      expect(() => store.quarantineEntries(before.versionId)).toThrow(/no version/);
      expect(() => store.addQuarantine(before.versionId, [badCell(1)])).toThrow(/no version/);
    });

    it('pages through many entries of one line while the store is written to', () => {
      const store = current();
      const { versionId } = write(store, 'cpi/a.csv', 'a', []);
      store.addQuarantine(
        versionId,
        Array.from({ length: 2500 }, (_, i) => badCell(1 + (i % 2), `k${i}`)),
      );
      const keys: (string | null)[] = [];
      for (const { key } of store.quarantineEntries(versionId)) {
        keys.push(key);
        if (keys.length % 1000 === 0) store.setMeta('progress', String(keys.length));
      }
      expect(new Set(keys).size).toBe(2500);
      expect(keys[1250]).toBe('k1');
    });

    it('cuts a field of megabytes to what a person can look at', () => {
      const store = current();
      const { versionId } = write(store, 'cpi/a.csv', 'a', []);
      store.addQuarantine(versionId, [badCell(1, null, '🎬'.repeat(1_000_000))]);
      const [entry] = store.quarantineEntries(versionId);
      expect(entry!.value).toBe(`${'🎬'.repeat(499)}…`);
    });

    it('tells what healed, what stayed and what is new, though lines moved', () => {
      const before = [badCell(1, 'a'), badCell(2, 'b'), badCell(3, null, 'x'), badCell(4, null, 'x')];
      const after = [badCell(12, 'a', 'worse'), badCell(13, null, 'x'), badCell(14, 'c')];
      expect(healing(before, after)).toEqual({
        healed: 2,
        remaining: 2,
        appeared: 1,
        examples: [badCell(2, 'b'), badCell(4, null, 'x')],
      });
      expect(healing(before, [], 1)).toMatchObject({ healed: 4, examples: [badCell(1, 'a')] });
    });
  });
}
