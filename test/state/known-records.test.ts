import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownRecords } from '../../state/known-records.ts';
import { words } from '../../state/segments.ts';
import { chunkOf, chunksOf, pairsOf, type Pair } from './pair-chunks.ts';

const low = (1n << 64n) - 1n;

// Few values in each word, so that rows and the slots of keys are met again; the upper half of a key tells none apart.
const word = fc.constantFrom(0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn);
const half = fc.tuple(word, word).map(([high, rest]) => (high << 32n) | rest);
const hash = fc.tuple(half, half).map(([high, rest]) => (high << 64n) | rest);
const pairs = fc.uniqueArray(fc.tuple(hash, hash), { maxLength: 40, selector: ([key]) => key & low });

/** Rows as `find` takes them. */
function rowsOf(all: readonly bigint[]): Uint32Array {
  const { rowHi, rowLo } = chunkOf(all.map((row) => [0n, row] as const));
  const column = new BigUint64Array(2 * all.length);
  all.forEach((_, at) => column.set([rowHi[at]!, rowLo[at]!], 2 * at));
  return words(column);
}

describe('the records of a version', () => {
  it('are found by their rows, each once, and know what was not', () => {
    fc.assert(
      fc.property(
        pairs,
        fc.array(hash, { maxLength: 60 }),
        fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (version, strangers, isAsked, size) => {
          // Some records are in question, in any order of their keys; every third of them was set aside and has no pair.
          const asked = version.filter((_, at) => isAsked[at]);
          const paired = version.filter((pair, at) => !isAsked[at] || asked.indexOf(pair) % 3 !== 2);
          const known = new KnownRecords(asked.length);
          for (let at = 0; at < asked.length; at += size)
            known.addKeys(BigUint64Array.from(asked.slice(at, at + size), ([key]) => key & low));
          for (const chunk of chunksOf(paired, size)) known.addPairs(chunk);

          const rest = asked.filter((pair) => paired.includes(pair));
          const sought = [...strangers, ...asked.map(([, row]) => row), ...strangers];
          const rows = rowsOf(sought);
          const found = new Map<bigint, number>();
          sought.forEach((row, at) => {
            const candidates = rest.filter(([, of]) => of === row);
            const number = known.find(rows, at, at);
            expect(number === -1).toBe(candidates.length === 0);
            if (number === -1) return;
            const pair = asked[number]!;
            expect(candidates).toContain(pair);
            rest.splice(rest.indexOf(pair), 1);
            found.set(pair[0] & low, at);
            const key = new BigUint64Array(2);
            known.copyKey(number, words(key), 1);
            expect(key[1]).toBe(pair[0] & low);
          });
          const keys = BigUint64Array.from(version, ([key]) => key & low);
          keys.forEach((key, at) => expect(known.lineOf(words(keys), at)).toBe(found.get(key) ?? null));
          const sorted = (all: readonly Pair[]): Pair[] => pairsOf(chunksOf(all));
          expect(pairsOf(known.unfound())).toEqual(sorted(rest));
        },
      ),
    );
  });

  it('says where the half of a key stands for two of them', () => {
    const known = new KnownRecords(1);
    known.addKeys(BigUint64Array.of(5n));
    const pairs: Pair[] = [
      [5n, 1n],
      [(1n << 64n) + 5n, 2n],
    ];
    known.addPairs(chunkOf(pairs.slice(0, 1)));
    expect(known.hasTwins).toBe(false);
    known.addPairs(chunkOf(pairs.slice(1)));
    expect(known.hasTwins).toBe(true);
  });
});
