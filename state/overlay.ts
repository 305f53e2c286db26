import { DELTA_OP, mapColumns, type DeltaChunk, type PairChunk } from './pairs.ts';
import {
  assertAscending,
  columnsOfPairs,
  compareKeys,
  copyPair,
  copyPairs,
  decodeSegment,
  encodePairs,
  pairCount,
  pairWords,
  SEGMENT_PAIRS,
  type KeyWords,
  type PairWords,
} from './segments.ts';
import { partitionPoint } from './partition-point.ts';

/**
 * What the watermarks of a version are beyond the segments of an earlier one: pairs that are put in, or in the place of the one
 * with their key, and keys that are gone. Ascending by key, each key once; `isGone[i]` is 1 where pair `i` went, whose row
 * says nothing then. A key that is gone need not be in the segments.
 */
export interface Overlay extends PairChunk {
  readonly isGone: Uint8Array;
}

/** Pairs of an overlay beyond which it is written out, however large the version is: 8 MiB of memory. */
const MOST_PAIRS = 262_144;

/** Whether an overlay is small enough, beside the pairs that it lies on, to be kept instead of a copy of them all. */
export function isWorthKeeping(overlay: Overlay, basePairs: number): boolean {
  return pairCount(overlay) <= Math.min(MOST_PAIRS, basePairs / 8);
}

/** Without any pair. */
export function emptyOverlay(): Overlay {
  return { ...columnsOfPairs(0), isGone: new Uint8Array(0) };
}

/** The overlay that has the effect of another one and of one after it. Memory: both. */
export function extendOverlay(before: Overlay, added: Overlay): Overlay {
  const size = pairCount(before) + pairCount(added);
  const columns = columnsOfPairs(size);
  const isGone = new Uint8Array(size);
  const [old, fresh, out] = [pairWords(before), pairWords(added), pairWords(columns)];
  let filled = 0;
  let at = 0;
  const keep = (): void => {
    copyPair(old, at, out, filled);
    isGone[filled++] = before.isGone[at++]!;
  };
  for (let next = 0; next < pairCount(added); next++) {
    while (at < pairCount(before) && compareKeys(old, at, fresh, next) < 0) keep();
    if (at < pairCount(before) && compareKeys(old, at, fresh, next) === 0) at += 1;
    copyPair(fresh, next, out, filled);
    isGone[filled++] = added.isGone[next]!;
  }
  while (at < pairCount(before)) keep();
  return {
    ...mapColumns(columns, (column) => column.subarray(0, filled)),
    isGone: isGone.subarray(0, filled),
  };
}

/** The pairs of segments as an overlay makes them; a chunk that it does not touch is handed on as it is. Memory: a chunk. */
export function* overlaid(chunks: Iterable<PairChunk>, overlay: Overlay): Generator<PairChunk> {
  const above = { ...pairWords(overlay), isGone: overlay.isGone };
  const count = pairCount(overlay);
  let next = 0;
  for (const chunk of chunks) {
    const below = pairWords(chunk);
    const last = pairCount(chunk) - 1;
    const from = next;
    while (next < count && compareKeys(above, next, below, last) <= 0) next += 1;
    if (next === from) yield chunk;
    else yield* notEmpty(layOver(below, last + 1, above, from, next));
  }
  for (; next < count; next += SEGMENT_PAIRS) {
    const none = pairWords(columnsOfPairs(0));
    yield* notEmpty(layOver(none, 0, above, next, Math.min(count, next + SEGMENT_PAIRS)));
  }
}

/** Some pairs with the pairs `from` to `to` of an overlay. */
function layOver(
  below: PairWords,
  count: number,
  above: PairWords & Pick<Overlay, 'isGone'>,
  from: number,
  to: number,
): PairChunk {
  const columns = columnsOfPairs(count + to - from);
  const out = pairWords(columns);
  let filled = 0;
  let at = 0;
  for (let next = from; next < to; next++) {
    const place = placeOf(below, at, count, above, next);
    copyPairs(below, at, place, out, filled);
    filled += place - at;
    at = place < count && compareKeys(below, place, above, next) === 0 ? place + 1 : place;
    if (above.isGone[next] === 0) copyPair(above, next, out, filled++);
  }
  copyPairs(below, at, count, out, filled);
  filled += count - at;
  return mapColumns(columns, (column) => column.subarray(0, filled));
}

function* notEmpty(chunk: PairChunk): Generator<PairChunk> {
  if (pairCount(chunk) > 0) yield chunk;
}

/** The first place from `from` on of which the key is not below that of `above` at `next`; `to` where there is none. */
function placeOf(keys: KeyWords, from: number, to: number, above: KeyWords, next: number): number {
  return partitionPoint(from, to, (place) => compareKeys(keys, place, above, next) < 0);
}

/** An overlay as one blob: its pairs as a segment has them, then `isGone`. */
export function encodeOverlay(overlay: Overlay): Uint8Array {
  const pairs = encodePairs(overlay);
  const blob = new Uint8Array(pairs.length + overlay.isGone.length);
  blob.set(pairs);
  blob.set(overlay.isGone, pairs.length);
  return blob;
}

/** The overlay that a blob holds. Throws where the length can't be right. */
export function decodeOverlay(blob: Uint8Array): Overlay {
  if (blob.length === 0) return emptyOverlay();
  const count = Math.floor(blob.length / 33);
  return { ...decodeSegment(blob.subarray(0, blob.length - count)), isGone: blob.slice(blob.length - count) };
}

/**
 * Changes as an overlay.
 *
 * @param changes ascending by key, over all chunks too
 * @throws Error where they don't ascend strictly
 */
export function overlayOf(changes: readonly DeltaChunk[]): Overlay {
  const size = changes.reduce((sum, chunk) => sum + pairCount(chunk), 0);
  const columns = columnsOfPairs(size);
  const out = pairWords(columns);
  const isGone = new Uint8Array(size);
  let filled = 0;
  let last: KeyWords | null = null;
  for (const chunk of changes) {
    if (pairCount(chunk) === 0) continue;
    last = assertAscending(chunk, last);
    copyPairs(pairWords(chunk), 0, pairCount(chunk), out, filled);
    for (const op of chunk.op) isGone[filled++] = op === DELTA_OP.delete ? 1 : 0;
  }
  return { ...columns, isGone };
}
