import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairsIn, pairsOutside } from '../../state/filter-pairs.ts';
import { KeySet } from '../../state/key-set.ts';
import { mergePairs } from '../../state/merge-pairs.ts';
import type { PairChunk } from '../../state/pairs.ts';
import { SEGMENT_PAIRS } from '../../state/segments.ts';
import { chunksOf, manyPairs, pairsOf, type Pair } from './pair-chunks.ts';

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
        const found: PairChunk[] = [];
        expect(pairsOf(pairsOutside(chunksOf(all, size), set, (chunk) => found.push(chunk)))).toEqual(
          sorted.filter(([of]) => !model.has(of & low)),
        );
        expect(pairsOf(found)).toEqual(sorted.filter(([of]) => model.has(of & low)));
      }),
    );
  });

  it('come in no chunk where a chunk has none', () => {
    const all = manyPairs(20);
    const set = setOf([all.map(([of]) => of & low)]);
    expect([...pairsOutside(chunksOf(all, 5), set)]).toEqual([]);
    expect([...pairsIn(chunksOf(all, 5), new KeySet())]).toEqual([]);
  });
});

describe('two streams of pairs as one', () => {
  // eslint-disable-next-line @typescript-eslint/require-await
  async function* later(chunks: Iterable<PairChunk>): AsyncGenerator<PairChunk> {
    yield* chunks;
  }

  async function merged(a: Iterable<PairChunk>, b: Iterable<PairChunk>): Promise<PairChunk[]> {
    const chunks: PairChunk[] = [];
    for await (const chunk of mergePairs(a, later(b))) chunks.push(chunk);
    return chunks;
  }

  const inOrder = (all: readonly Pair[]): Pair[] => all.toSorted(([a], [b]) => (a < b ? -1 : 1));

  it('are all of both, ascending as unsigned numbers of 128 bits, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, fc.nat({ max: 3 }), chunkSize, chunkSize, async (all, share, size, other) => {
        const [a, b] = [0, 1].map((side) => all.filter((_, at) => (at % 4 <= share ? 0 : 1) === side));
        const found = pairsOf(await merged(chunksOf(a!, size), chunksOf(b!, other)));
        expect(found).toEqual(inOrder(all));
      }),
    );
  });

  it('come in chunks of a segment, whose memory is not used again', async () => {
    const all = manyPairs(2 * SEGMENT_PAIRS + 100);
    const [a, b] = [all.filter((_, at) => at % 3 === 0), all.filter((_, at) => at % 3 !== 0)];
    const chunks = await merged(chunksOf(a, 999), chunksOf(b, 1001));
    expect(chunks.map(({ keyHi }) => keyHi.length)).toEqual([SEGMENT_PAIRS, SEGMENT_PAIRS, 100]);
    expect(pairsOf(chunks)).toEqual(inOrder(all));
  });

  it('may have chunks without a pair', async () => {
    const [none] = chunksOf(manyPairs(1), 1);
    const empty: PairChunk = {
      keyHi: none!.keyHi.subarray(0, 0),
      keyLo: none!.keyLo.subarray(0, 0),
      rowHi: none!.rowHi.subarray(0, 0),
      rowLo: none!.rowLo.subarray(0, 0),
    };
    expect(await merged([empty], [empty, empty])).toEqual([]);
    expect(pairsOf(await merged([empty, ...chunksOf(manyPairs(3))], [empty]))).toHaveLength(3);
  });

  it('give a key of both twice, which the watermark store refuses', async () => {
    const all = manyPairs(3);
    expect(pairsOf(await merged(chunksOf(all), chunksOf(all.slice(1, 2))))).toHaveLength(4);
  });
});
