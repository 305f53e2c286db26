import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyColumns, type BlockTable } from '../../state/block-table.ts';
import type { KeptKeys } from '../../state/key-runs.ts';
import type { StateStore } from '../../state/store.ts';
import { commit, write } from './store-steps.ts';

const PATH = 'cpi/a.csv';

/** A table of one block that has a header and so many records. */
export function tableOf(records: number): BlockTable {
  const columns = emptyColumns(1);
  columns.recordsOutside[0] = records + 1;
  return { ...columns, header: 'h' };
}

/** Keys that differ, from `first` on. */
export function someKeys(count: number, first = 1n): BigUint64Array {
  return BigUint64Array.from({ length: count }, (_, at) => first + BigInt(at));
}

/** Saves and commits a version of which the keys are given; returns its id. */
export function save(
  store: StateStore,
  name: string,
  records: number,
  keys: Iterable<BigUint64Array | KeptKeys>,
  before?: number,
): number {
  const { versionId } = write(store, PATH, name, []);
  store.saveBlocks(versionId, tableOf(records), keys, before);
  commit(store, name);
  return versionId;
}

/** Blocks, and the keys of records in file order. */
export function conformsInBlocks(current: () => StateStore): void {
  describe('blocks and keys', () => {
    it('come back as they were saved, in any stretch', () => {
      const store = current();
      const keys = someKeys(200_000);
      const versionId = save(store, 'v', keys.length, [keys.subarray(0, 7), keys.subarray(7)]);
      expect(store.readBlocks(versionId)).toEqual(tableOf(keys.length));
      for (const [first, count] of [
        [0, 200_000],
        [65_530, 12],
        [131_072, 1],
        [199_999, 1],
        [5, 0],
      ] as const)
        expect(store.readRecordKeys(versionId, first, count)).toEqual(keys.slice(first, first + count));
      expect(() => store.readRecordKeys(versionId, 199_999, 2)).toThrow(/no keys/);
    });

    it('must be one for each record, and kept ones there', () => {
      const store = current();
      const before = save(store, 'v', 10, [someKeys(10)]);
      const { versionId } = write(store, PATH, 'w', []);
      expect(() => store.saveBlocks(versionId, tableOf(10), [someKeys(9)])).toThrow(/one for each of 10/);
      expect(() => store.saveBlocks(versionId, tableOf(10), [{ first: 0, records: 9 }], before)).toThrow(
        /one for each of 10/,
      );
      expect(() => store.saveBlocks(versionId, tableOf(10), [{ first: 5, records: 10 }], before)).toThrow(
        /one for each of 10/,
      );
      expect(() => store.saveBlocks(versionId, tableOf(10), [{ first: 0, records: 10 }])).toThrow(
        /no version/,
      );
      expect(store.readBlocks(versionId)).toBeNull();
    });

    it('are those of the version before but for what changed, however many versions went before', () => {
      fc.assert(
        fc.property(
          fc.array(
            fc.array(
              fc.record({ place: fc.nat(), removed: fc.nat({ max: 90 }), added: fc.nat({ max: 9 }) }),
              {
                maxLength: 4,
              },
            ),
            { maxLength: 6 },
          ),
          (versions) => {
            const store = current();
            let keys = Array.from(someKeys(100));
            let fresh = 1000n;
            let versionId = save(store, `v${++names}`, keys.length, [BigUint64Array.from(keys)]);
            for (const edits of versions) {
              const pieces: (BigUint64Array | KeptKeys)[] = [];
              const now: bigint[] = [];
              let at = 0;
              const keep = (to: number): void => {
                if (to <= at) return;
                pieces.push({ first: at, records: to - at });
                now.push(...keys.slice(at, to));
                at = to;
              };
              const places = edits.map((edit) => ({ ...edit, place: edit.place % (keys.length + 1) }));
              for (const { place, removed, added } of places.sort((a, b) => a.place - b.place)) {
                keep(place);
                const some = someKeys(added, (fresh += 100n));
                pieces.push(some);
                now.push(...some);
                at = Math.min(keys.length, Math.max(at, place + removed));
              }
              keep(keys.length);
              keys = now;
              versionId = save(store, `v${++names}`, keys.length, pieces, versionId);
              expect(Array.from(store.readRecordKeys(versionId, 0, keys.length))).toEqual(keys);
              const middle = keys.length >> 1;
              expect(Array.from(store.readRecordKeys(versionId, middle, keys.length - middle))).toEqual(
                keys.slice(middle),
              );
            }
          },
        ),
        { numRuns: 50 },
      );
    });
  });
}

let names = 0;
