import type { PairChunk } from '../../state/pairs.ts';

/** One watermark: 128-bit key and row hash. */
export type Pair = readonly [key: bigint, row: bigint];

const LOW = (1n << 64n) - 1n;

/** Pairs (any order, keys distinct) as a sorted stream of chunks of `size`. */
export function* chunksOf(pairs: Iterable<Pair>, size = 1000): Generator<PairChunk> {
  const sorted = [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  for (let at = 0; at < sorted.length; at += size) yield chunkOf(sorted.slice(at, at + size));
}

/** Pairs as one chunk, in the order given. */
export function chunkOf(pairs: readonly Pair[]): PairChunk {
  return {
    keyHi: BigUint64Array.from(pairs, ([key]) => key >> 64n),
    keyLo: BigUint64Array.from(pairs, ([key]) => key & LOW),
    rowHi: BigUint64Array.from(pairs, ([, row]) => row >> 64n),
    rowLo: BigUint64Array.from(pairs, ([, row]) => row & LOW),
  };
}

/** A stream of chunks as pairs. */
export function pairsOf(chunks: Iterable<PairChunk>): Pair[] {
  const pairs: Pair[] = [];
  for (const { keyHi, keyLo, rowHi, rowLo } of chunks)
    keyHi.forEach((hi, i) => pairs.push([(hi << 64n) | keyLo[i]!, (rowHi[i]! << 64n) | rowLo[i]!]));
  return pairs;
}

/** `count` pairs whose keys spread over all 128 bits. */
export function manyPairs(count: number, row = 7n): Pair[] {
  return Array.from({ length: count }, (_, i) => {
    const key = (BigInt(i) * 0x9e3779b97f4a7c15f39cc0605cedc835n) & ((1n << 128n) - 1n);
    return [key, row + BigInt(i)] as const;
  });
}
