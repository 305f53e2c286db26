import type { KeySet } from './key-set.ts';
import { mapColumns, type PairChunk } from './pairs.ts';

/** The pairs of which the key is in a set; of an ascending stream an ascending one. Memory: a chunk. */
export function* pairsIn(pairs: Iterable<PairChunk>, keys: KeySet): Generator<PairChunk> {
  for (const chunk of pairs) {
    const found = keys.find(chunk.keyLo);
    if (found.length > 0) yield pick(chunk, found);
  }
}

/**
 * The pairs of which the key is not in a set; of an ascending stream an ascending one. Memory: a chunk.
 *
 * @param found is given the others, as `pairsIn` yields them
 */
export function* pairsOutside(
  pairs: Iterable<PairChunk>,
  keys: KeySet,
  found: (chunk: PairChunk) => void = () => undefined,
): Generator<PairChunk> {
  for (const chunk of pairs) {
    const places = keys.find(chunk.keyLo);
    if (places.length > 0) found(pick(chunk, places));
    if (places.length === chunk.keyLo.length) continue;
    yield places.length === 0 ? chunk : mapColumns(chunk, (column) => without(column, places));
  }
}

/** The pairs at some places of a chunk. */
function pick(chunk: PairChunk, places: readonly number[]): PairChunk {
  if (places.length === chunk.keyLo.length) return chunk;
  return mapColumns(chunk, (column) => BigUint64Array.from(places, (at) => column[at]!));
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
