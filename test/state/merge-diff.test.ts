import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DELTA_CHUNK, mergeDiff } from '../../state/merge-diff.ts';
import { DELTA_OP, type DeltaChunk, type DeltaCounts, type PairChunk } from '../../state/pairs.ts';
import { checksum } from '../../state/checksum.ts';
import { decodeSegment, SEGMENT_PAIRS, SegmentPacker } from '../../state/segments.ts';
import { chunkOf, chunksOf, manyPairs, pairsOf, type Pair } from './pair-chunks.ts';

type Change = readonly [op: number, key: bigint];

/** The law itself: two maps compared key by key. */
function naiveDiff(old: ReadonlyMap<bigint, bigint>, fresh: ReadonlyMap<bigint, bigint>) {
  const changes: Change[] = [];
  let unchanged = 0;
  for (const [key, row] of fresh)
    if (!old.has(key)) changes.push([DELTA_OP.insert, key]);
    else if (old.get(key) !== row) changes.push([DELTA_OP.update, key]);
    else unchanged++;
  for (const key of old.keys()) if (!fresh.has(key)) changes.push([DELTA_OP.delete, key]);
  const count = (op: number) => changes.filter(([of]) => of === op).length;
  const counts: DeltaCounts = {
    inserted: count(DELTA_OP.insert),
    updated: count(DELTA_OP.update),
    deleted: count(DELTA_OP.delete),
    unchanged,
  };
  return { changes: changes.sort(([, a], [, b]) => (a < b ? -1 : 1)), counts };
}

function runDiff(old: Iterable<PairChunk>, fresh: Iterable<PairChunk>) {
  const changes: Change[] = [];
  const chunks: DeltaChunk[] = [];
  const diff = mergeDiff(old, fresh);
  let step = diff.next();
  for (; step.done !== true; step = diff.next()) {
    const { op, keyHi, keyLo } = step.value;
    chunks.push(step.value);
    op.forEach((of, i) => changes.push([of, (keyHi[i]! << 64n) | keyLo[i]!]));
  }
  return { changes, counts: step.value, chunks };
}

function packed(pairs: Iterable<Pair>, size: number): Uint8Array[] {
  const blobs: Uint8Array[] = [];
  const packer = new SegmentPacker((blob) => blobs.push(blob));
  for (const chunk of chunksOf(pairs, size)) packer.append(chunk);
  packer.finish();
  return blobs;
}

// few values in each of the four 32-bit words, with the sign bits set and not: keys collide, and order is unsigned
const word = fc.constantFrom(0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn);
const hash = fc
  .tuple(word, word, word, word)
  .map((parts) => parts.reduce<bigint>((sum, part) => (sum << 32n) | part, 0n));
const side = fc
  .dictionary(hash.map(String), hash, { maxKeys: 60 })
  .map((rows) => new Map(Object.entries(rows).map(([key, row]) => [BigInt(key), row])));
const chunkSize = fc.integer({ min: 1, max: 70 });

describe('merge-diff', () => {
  it('equals a comparison of maps, whatever the keys and however the chunks fall', () => {
    fc.assert(
      fc.property(side, side, chunkSize, chunkSize, (old, fresh, oldSize, freshSize) => {
        const { changes, counts } = runDiff(chunksOf(old, oldSize), chunksOf(fresh, freshSize));
        expect({ changes, counts }).toEqual(naiveDiff(old, fresh));
      }),
      { numRuns: 500 },
    );
  });

  it('finds a change in any of the 128 bits of a row hash', () => {
    for (let bit = 0n; bit < 128n; bit++) {
      const { counts } = runDiff([chunkOf([[5n, 0n]])], [chunkOf([[5n, 1n << bit]])]);
      expect(counts.updated, `bit ${bit}`).toBe(1);
    }
  });

  it('skips empty chunks and yields bounded ones, also when one new key ends a long old side', () => {
    const old = new Map(manyPairs(3 * DELTA_CHUNK + 5));
    const last: Pair = [(1n << 128n) - 1n, 1n];
    const empty = chunkOf([]);
    const { chunks, counts } = runDiff([empty, ...chunksOf(old), empty], [empty, chunkOf([last]), empty]);
    expect(counts).toEqual({ inserted: 1, updated: 0, deleted: old.size, unchanged: 0 });
    expect(chunks.every(({ op }) => op.length <= DELTA_CHUNK)).toBe(true);
  });

  it('stops on a duplicate key and on disorder, within a chunk and between chunks, on either side', () => {
    const a: Pair = [1n << 100n, 1n];
    const b: Pair = [2n, 1n];
    for (const bad of [
      [chunkOf([a, a])],
      [chunkOf([a]), chunkOf([a])],
      [chunkOf([a, b])],
      [chunkOf([a]), chunkOf([b])],
    ]) {
      expect(() => runDiff(bad, [])).toThrow(/ascend strictly/);
      expect(() => runDiff([], bad)).toThrow(/ascend strictly/);
    }
  });
});

describe('segments', () => {
  it('give back the pairs that went in, and are full but for the last', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3 * SEGMENT_PAIRS }),
        fc.integer({ min: 1, max: 9000 }),
        (count, size) => {
          const pairs = manyPairs(count);
          const blobs = packed(pairs, size);
          expect(pairsOf(blobs.map(decodeSegment))).toEqual(pairsOf(chunksOf(pairs)));
          expect(blobs.slice(0, -1).every((blob) => blob.byteLength === SEGMENT_PAIRS * 32)).toBe(true);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('decode from memory at any alignment', () => {
    const [blob] = packed(manyPairs(3), 3);
    const shifted = new Uint8Array(blob!.byteLength + 3).fill(1);
    shifted.set(blob!, 3);
    expect(pairsOf([decodeSegment(shifted.subarray(3))])).toEqual(pairsOf([decodeSegment(blob!)]));
    expect(checksum(shifted.subarray(3))).toBe(checksum(blob!));
  });

  it('have a checksum that shows each flipped bit', () => {
    const [blob] = packed(manyPairs(4), 4);
    const sound = checksum(blob!);
    for (let bit = 0; bit < blob!.byteLength * 8; bit++) {
      const rotten = Uint8Array.from(blob!);
      rotten[bit >> 3]! ^= 1 << (bit & 7);
      expect(checksum(rotten)).not.toBe(sound);
    }
  });

  it('refuse a length that no segment has, and columns of different length', () => {
    expect(() => decodeSegment(new Uint8Array(33))).toThrow(RangeError);
    expect(() => decodeSegment(new Uint8Array(0))).toThrow(RangeError);
    const uneven = { ...chunkOf([[1n, 1n]]), rowLo: new BigUint64Array(2) };
    expect(() => new SegmentPacker(() => undefined).append(uneven)).toThrow(/differ in length/);
  });
});
