import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeySet } from '../../state/key-set.ts';

// Few values in each word, so that keys are met again and their filter bits collide; the upper half is told apart by none.
const word = fc.constantFrom(0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn);
const key = fc.tuple(word, word).map(([high, rest]) => (high << 32n) | rest);
const keys = fc.array(key, { maxLength: 40 });
const columns = fc.array(keys, { maxLength: 4 });

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
