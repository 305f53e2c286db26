import type { KeySet } from './key-set.ts';
import { mapColumns, type PairChunk } from './pairs.ts';

/** The pairs of which the key is in a set; of an ascending stream an ascending one. Memory: a chunk. */
export function* pairsIn(pairs: Iterable<PairChunk>, keys: KeySet): Generator<PairChunk> {
  for (const chunk of pairs) {
    const found = keys.find(chunk.keyLo);
    if (found.length > 0) yield pick(chunk, found);
  }
}

/** The pairs at some places of a chunk. */
function pick(chunk: PairChunk, places: readonly number[]): PairChunk {
  if (places.length === chunk.keyLo.length) return chunk;
  return mapColumns(chunk, (column) => BigUint64Array.from(places, (at) => column[at]!));
}
