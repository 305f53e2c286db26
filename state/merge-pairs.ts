import { mapColumns, type PairChunk } from './pairs.ts';
import { columnsOfPairs, compareKeys, pairCount, SEGMENT_PAIRS, words, type KeyWords } from './segments.ts';

/**
 * Two ascending streams of pairs as one, in chunks of {@link SEGMENT_PAIRS}, each new memory. A key of both comes twice,
 * which whoever takes it refuses. State: a chunk of each stream.
 */
export async function* mergePairs(
  a: Iterable<PairChunk>,
  b: AsyncIterable<PairChunk>,
): AsyncGenerator<PairChunk> {
  const [left, right] = [new Side(), new Side()];
  const others = b[Symbol.asyncIterator]();
  const ones = a[Symbol.iterator]();
  let out = new Out();
  for (;;) {
    while (left.isUsedUp && left.load(ones.next())) continue;
    while (right.isUsedUp && right.load(await others.next())) continue;
    if (left.isDone && right.isDone) break;
    out.take(left, right);
    if (!out.isFull) continue;
    yield out.chunk;
    out = new Out();
  }
  if (out.filled > 0) yield out.rest();
}

/** A stream: the chunk at hand and the next pair in it. */
class Side implements KeyWords {
  hi: Uint32Array = new Uint32Array(0);
  lo: Uint32Array = new Uint32Array(0);
  chunk: PairChunk = columnsOfPairs(0);
  at = 0;
  count = 0;
  isDone = false;

  get isUsedUp(): boolean {
    return !this.isDone && this.at === this.count;
  }

  /** Takes the next chunk; false at the end of the stream. */
  load(next: IteratorResult<PairChunk, unknown>): boolean {
    if (next.done === true) {
      this.isDone = true;
      return false;
    }
    this.chunk = next.value;
    this.count = pairCount(next.value);
    this.at = 0;
    this.hi = words(next.value.keyHi);
    this.lo = words(next.value.keyLo);
    return true;
  }

  /** Where the run ends that comes before the next key of the other side; by steps that double, since runs may be long. */
  endOfRun(other: Side): number {
    const isBefore = (at: number): boolean => compareKeys(this, at, other, other.at) <= 0;
    let step = 1;
    while (this.at + step < this.count && isBefore(this.at + step)) step *= 2;
    let known = this.at + (step >> 1);
    let beyond = Math.min(this.count, this.at + step);
    while (known + 1 < beyond) {
      const middle = (known + beyond) >> 1;
      if (isBefore(middle)) known = middle;
      else beyond = middle;
    }
    return beyond;
  }
}

/** A chunk to be filled. */
class Out {
  readonly chunk = columnsOfPairs(SEGMENT_PAIRS);
  filled = 0;

  get isFull(): boolean {
    return this.filled === SEGMENT_PAIRS;
  }

  /** Merges until this is full or one of the chunks is used up. */
  take(left: Side, right: Side): void {
    while (!this.isFull) {
      const hasLeft = left.at < left.count;
      const hasRight = right.at < right.count;
      if ((!hasLeft && !left.isDone) || (!hasRight && !right.isDone) || (!hasLeft && !hasRight)) return;
      if (!hasRight) this.#copy(left, left.count);
      else if (!hasLeft) this.#copy(right, right.count);
      else if (compareKeys(left, left.at, right, right.at) <= 0) this.#copy(left, left.endOfRun(right));
      else this.#copy(right, right.endOfRun(left));
    }
  }

  rest(): PairChunk {
    return mapColumns(this.chunk, (column) => column.subarray(0, this.filled));
  }

  /** Copies the pairs of a side up to a place, as far as there is room. */
  #copy(from: Side, end: number): void {
    const to = Math.min(end, from.at + SEGMENT_PAIRS - this.filled);
    for (const column of ['keyHi', 'keyLo', 'rowHi', 'rowLo'] as const)
      this.chunk[column].set(from.chunk[column].subarray(from.at, to), this.filled);
    this.filled += to - from.at;
    from.at = to;
  }
}
