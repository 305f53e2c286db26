import type { KeySet } from './key-set.ts';
import type { PairChunk } from './pairs.ts';

/** The pairs of which the key is in a set; of an ascending stream an ascending one. Memory: a chunk. */
export function* pairsIn(pairs: Iterable<PairChunk>, keys: KeySet): Generator<PairChunk> {
  for (const chunk of pairs) {
    const found = keys.find(chunk.keyLo);
    if (found.length > 0)
      yield mapColumns(chunk, (column) => BigUint64Array.from(found, (at) => column[at]!));
  }
}

/** The pairs of which the key is not in a set; of an ascending stream an ascending one. Memory: a chunk. */
export function* pairsOutside(pairs: Iterable<PairChunk>, keys: KeySet): Generator<PairChunk> {
  for (const chunk of pairs) {
    const found = keys.find(chunk.keyLo);
    if (found.length === chunk.keyLo.length) continue;
    yield found.length === 0 ? chunk : mapColumns(chunk, (column) => without(column, found));
  }
}

/** A column less the values at some places, which ascend. */
function without(column: BigUint64Array, places: readonly number[]): BigUint64Array {
  const rest = new BigUint64Array(column.length - places.length);
  let from = 0;
  let filled = 0;
  for (const place of [...places, column.length]) {
    rest.set(column.subarray(from, place), filled);
    filled += place - from;
    from = place + 1;
  }
  return rest;
}

function mapColumns(chunk: PairChunk, map: (column: BigUint64Array) => BigUint64Array): PairChunk {
  return {
    keyHi: map(chunk.keyHi),
    keyLo: map(chunk.keyLo),
    rowHi: map(chunk.rowHi),
    rowLo: map(chunk.rowLo),
  };
}
