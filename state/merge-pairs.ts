import type { PairChunk } from './pairs.ts';
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
  rowHi: Uint32Array = new Uint32Array(0);
  rowLo: Uint32Array = new Uint32Array(0);
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
    const chunk = next.value;
    this.count = pairCount(chunk);
    this.at = 0;
    this.hi = words(chunk.keyHi);
    this.lo = words(chunk.keyLo);
    this.rowHi = words(chunk.rowHi);
    this.rowLo = words(chunk.rowLo);
    return true;
  }
}

/** A chunk to be filled. */
class Out {
  readonly chunk = columnsOfPairs(SEGMENT_PAIRS);
  filled = 0;
  readonly #hi = words(this.chunk.keyHi);
  readonly #lo = words(this.chunk.keyLo);
  readonly #rowHi = words(this.chunk.rowHi);
  readonly #rowLo = words(this.chunk.rowLo);

  get isFull(): boolean {
    return this.filled === SEGMENT_PAIRS;
  }

  /** Merges until this is full or one of the chunks is used up. */
  take(left: Side, right: Side): void {
    while (!this.isFull) {
      const hasLeft = left.at < left.count;
      const hasRight = right.at < right.count;
      if ((!hasLeft && !left.isDone) || (!hasRight && !right.isDone) || (!hasLeft && !hasRight)) return;
      const isLeft = hasLeft && (!hasRight || compareKeys(left, left.at, right, right.at) <= 0);
      this.#copy(isLeft ? left : right);
    }
  }

  rest(): PairChunk {
    const cut = (column: BigUint64Array): BigUint64Array => column.subarray(0, this.filled);
    const { keyHi, keyLo, rowHi, rowLo } = this.chunk;
    return { keyHi: cut(keyHi), keyLo: cut(keyLo), rowHi: cut(rowHi), rowLo: cut(rowLo) };
  }

  #copy(from: Side): void {
    const to = 2 * this.filled++;
    const at = 2 * from.at++;
    this.#hi[to] = from.hi[at]!;
    this.#hi[to + 1] = from.hi[at + 1]!;
    this.#lo[to] = from.lo[at]!;
    this.#lo[to + 1] = from.lo[at + 1]!;
    this.#rowHi[to] = from.rowHi[at]!;
    this.#rowHi[to + 1] = from.rowHi[at + 1]!;
    this.#rowLo[to] = from.rowLo[at]!;
    this.#rowLo[to + 1] = from.rowLo[at + 1]!;
  }
}
