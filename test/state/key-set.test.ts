import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairsIn } from '../../state/filter-pairs.ts';
import { KeySet } from '../../state/key-set.ts';
import { chunksOf, manyPairs, pairsOf } from './pair-chunks.ts';

const low = (1n << 64n) - 1n;

// Few values in each word, so that keys are met again and their filter bits collide; the upper half is told apart by none.
const word = fc.constantFrom(0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn);
const key = fc.tuple(word, word).map(([high, rest]) => (high << 32n) | rest);
const keys = fc.array(key, { maxLength: 40 });
const columns = fc.array(keys, { maxLength: 4 });
const hash = fc.tuple(key, key).map(([high, rest]) => (high << 64n) | rest);
const pairs = fc.uniqueArray(fc.tuple(hash, hash), { maxLength: 60, selector: ([of]) => of & low });
const chunkSize = fc.integer({ min: 1, max: 30 });

function setOf(all: readonly (readonly bigint[])[]): KeySet {
  const set = new KeySet();
  for (const column of all) set.add(BigUint64Array.from(column));
  return set;
}

describe('a set of keys', () => {
  it('finds what was added, at every place where it stands, and nothing else', () => {
    fc.assert(
      fc.property(columns, keys, (added, asked) => {
        const model = new Set(added.flat());
        const places = asked.flatMap((of, at) => (model.has(of) ? [at] : []));
        expect([...setOf(added).find(BigUint64Array.from(asked))]).toEqual(places);
      }),
    );
  });

  it('knows how many different keys it has, and whether one came twice', () => {
    fc.assert(
      fc.property(columns, (added) => {
        const set = setOf(added);
        const all = added.flat();
        expect(set.size).toBe(new Set(all).size);
        expect(set.hasRepeated).toBe(new Set(all).size < all.length);
      }),
    );
  });

  it('takes and looks through a part of a larger column', () => {
    const column = BigUint64Array.from([1n, 2n, 3n, 4n]);
    const set = new KeySet();
    set.add(column.subarray(1, 3));
    expect([...set.find(column)]).toEqual([1, 2]);
    expect([...set.find(column.subarray(2))]).toEqual([0]);
  });
});

describe('pairs by their keys', () => {
  it('are those in a set and those outside of it, each once and in order', () => {
    fc.assert(
      fc.property(pairs, keys, chunkSize, (all, wanted, size) => {
        // Half of what is asked for is there.
        const some = all.filter((_, at) => at % 2 === 0).map(([of]) => of & low);
        const set = setOf([wanted, some]);
        const model = new Set([...wanted, ...some]);
        const sorted = pairsOf(chunksOf(all, size));
        expect(pairsOf(pairsIn(chunksOf(all, size), set))).toEqual(
          sorted.filter(([of]) => model.has(of & low)),
        );
      }),
    );
  });

  it('come in no chunk where a chunk has none', () => {
    const all = manyPairs(20);
    expect([...pairsIn(chunksOf(all, 5), new KeySet())]).toEqual([]);
  });
});
