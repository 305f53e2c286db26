import { endianness } from 'node:os';
import { mapColumns, type PairChunk } from './pairs.ts';

/** Pairs a segment; at 32 bytes each a blob of 128 KiB. */
export const SEGMENT_PAIRS = 4096;

const BYTES_PER_PAIR = 32;

/** Offset of the more significant half of a 64-bit word seen as two 32-bit ones: bigints compare far slower. */
export const HIGH_HALF = endianness() === 'LE' ? 1 : 0;

/** The key columns of a chunk as 32-bit words, two a value; shares the chunk's memory. */
export interface KeyWords {
  readonly hi: Uint32Array;
  readonly lo: Uint32Array;
}

/** A column of 64-bit values seen as 32-bit words, without a copy. */
export function words(column: BigUint64Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, column.length * 2);
}

/** All columns of a chunk as 32-bit words; shares the chunk's memory. */
export interface PairWords extends KeyWords {
  readonly rowHi: Uint32Array;
  readonly rowLo: Uint32Array;
}

export function pairWords(chunk: PairChunk): PairWords {
  return {
    hi: words(chunk.keyHi),
    lo: words(chunk.keyLo),
    rowHi: words(chunk.rowHi),
    rowLo: words(chunk.rowLo),
  };
}

/** Copies pair `at` of one chunk to place `place` of another. */
export function copyPair(from: PairWords, at: number, to: PairWords, place: number): void {
  copyWords(from.hi, at, to.hi, place);
  copyWords(from.lo, at, to.lo, place);
  copyWords(from.rowHi, at, to.rowHi, place);
  copyWords(from.rowLo, at, to.rowLo, place);
}

/** Copies the pairs `start` to `end` of one chunk to place `place` of another. */
export function copyPairs(from: PairWords, start: number, end: number, to: PairWords, place: number): void {
  // To make views takes longer than to copy a few pairs.
  if (end - start <= 8) {
    for (let at = start; at < end; at++) copyPair(from, at, to, place + at - start);
    return;
  }
  for (const column of ['hi', 'lo', 'rowHi', 'rowLo'] as const)
    to[column].set(from[column].subarray(2 * start, 2 * end), 2 * place);
}

/** Copies one 64-bit value between columns seen as words. */
function copyWords(from: Uint32Array, at: number, to: Uint32Array, place: number): void {
  to[2 * place] = from[2 * at]!;
  to[2 * place + 1] = from[2 * at + 1]!;
}

/** Orders key `i` of `a` and key `j` of `b` as unsigned 128-bit numbers: negative, zero or positive. */
export function compareKeys(a: KeyWords, i: number, b: KeyWords, j: number): number {
  const ai = 2 * i;
  const bj = 2 * j;
  const low = 1 - HIGH_HALF;
  return (
    a.hi[ai + HIGH_HALF]! - b.hi[bj + HIGH_HALF]! ||
    a.hi[ai + low]! - b.hi[bj + low]! ||
    a.lo[ai + HIGH_HALF]! - b.lo[bj + HIGH_HALF]! ||
    a.lo[ai + low]! - b.lo[bj + low]!
  );
}

/** The columns of `count` pairs laid out in `bytes`: all keyHi, then keyLo, rowHi, rowLo, in the machine's byte order. */
function columnsOf(bytes: ArrayBuffer, offset: number, count: number): PairChunk {
  const column = (index: number) => new BigUint64Array(bytes, offset + index * count * 8, count);
  return { keyHi: column(0), keyLo: column(1), rowHi: column(2), rowLo: column(3) };
}

/** Columns for `count` pairs, all zero. */
export function columnsOfPairs(count: number): PairChunk {
  return columnsOf(new ArrayBuffer(count * BYTES_PER_PAIR), 0, count);
}

/** Pairs as a blob of their own, which {@link decodeSegment} reads. */
export function encodePairs(chunk: PairChunk): Uint8Array {
  const columns = columnsOfPairs(pairCount(chunk));
  columns.keyHi.set(chunk.keyHi);
  columns.keyLo.set(chunk.keyLo);
  columns.rowHi.set(chunk.rowHi);
  columns.rowLo.set(chunk.rowLo);
  return new Uint8Array(columns.keyHi.buffer as ArrayBuffer);
}

/** A segment's blob as pairs, without a copy where its alignment allows. Throws where the length can't be right. */
export function decodeSegment(blob: Uint8Array): PairChunk {
  const count = blob.byteLength / BYTES_PER_PAIR;
  if (!Number.isInteger(count) || count === 0) throw new RangeError(`a segment of ${blob.byteLength} bytes`);
  const aligned =
    blob.byteOffset % 8 === 0 && blob.buffer instanceof ArrayBuffer
      ? { bytes: blob.buffer, offset: blob.byteOffset }
      : null;
  const { bytes, offset } = aligned ?? { bytes: Uint8Array.from(blob).buffer, offset: 0 };
  return columnsOf(bytes, offset, count);
}

/**
 * Packs a sorted stream of pairs into segments of {@link SEGMENT_PAIRS} (the last one may be shorter).
 *
 * State: one segment. Each blob handed to `emit` is new memory, the receiver may keep it.
 * Throws a plain Error where keys don't ascend strictly: a duplicate key is the caller's bug.
 */
export class SegmentPacker {
  readonly #emit: (blob: Uint8Array) => void;
  /** Pairs that there is room for: at first few, since most files are small. */
  #room = 0;
  #columns = columnsOfPairs(0);
  #words = pairWords(this.#columns);
  #filled = 0;
  #total = 0;
  #last: KeyWords | null = null;

  constructor(emit: (blob: Uint8Array) => void) {
    this.#emit = emit;
  }

  /** Pairs taken so far. */
  get total(): number {
    return this.#total;
  }

  append(chunk: PairChunk): void {
    const count = pairCount(chunk);
    if (count === 0) return;
    this.#last = assertAscending(chunk, this.#last);
    const pairs = pairWords(chunk);
    for (let from = 0; from < count;) {
      if (this.#filled === this.#room) this.#grow(count - from);
      const to = Math.min(count, from + this.#room - this.#filled);
      copyPairs(pairs, from, to, this.#words, this.#filled);
      this.#filled += to - from;
      from = to;
      if (this.#filled === SEGMENT_PAIRS) this.#emitFull();
    }
    this.#total += count;
  }

  /** Hands over the last, shorter segment. */
  finish(): void {
    if (this.#filled === 0) return;
    const blob = encodePairs(mapColumns(this.#columns, (column) => column.subarray(0, this.#filled)));
    this.#filled = 0;
    this.#emit(blob);
  }

  /** Makes room for so many pairs more, as far as a segment goes. */
  #grow(more: number): void {
    const room = Math.min(SEGMENT_PAIRS, Math.max(this.#filled + more, 4 * this.#filled));
    const columns = columnsOfPairs(room);
    const into = pairWords(columns);
    copyPairs(this.#words, 0, this.#filled, into, 0);
    [this.#room, this.#columns, this.#words] = [room, columns, into];
  }

  #emitFull(): void {
    const full = new Uint8Array(this.#columns.keyHi.buffer as ArrayBuffer);
    [this.#room, this.#columns, this.#filled] = [0, columnsOfPairs(0), 0];
    this.#words = pairWords(this.#columns);
    this.#emit(full);
  }
}

/** Number of pairs in a chunk; throws where its columns differ in length. */
export function pairCount(chunk: PairChunk): number {
  const { length } = chunk.keyHi;
  if (chunk.keyLo.length !== length || chunk.rowHi.length !== length || chunk.rowLo.length !== length)
    throw new Error('the four columns of a chunk of pairs differ in length');
  return length;
}

/**
 * Throws unless the keys of a chunk ascend strictly, also from `before`, the last key of the chunk that went first.
 * Returns the last key, copied, to be passed on with the next chunk.
 */
export function assertAscending(chunk: PairChunk, before: KeyWords | null): KeyWords {
  const keys: KeyWords = { hi: words(chunk.keyHi), lo: words(chunk.keyLo) };
  const count = chunk.keyHi.length;
  if (before !== null && compareKeys(before, 0, keys, 0) >= 0) throw disorder(chunk, 0);
  for (let i = 1; i < count; i++) if (compareKeys(keys, i - 1, keys, i) >= 0) throw disorder(chunk, i);
  return { hi: keys.hi.slice(2 * count - 2), lo: keys.lo.slice(2 * count - 2) };
}

function disorder(chunk: PairChunk, at: number): Error {
  const key = (chunk.keyHi[at]! << 64n) | chunk.keyLo[at]!;
  return new Error(
    `keys of watermark pairs must ascend strictly (unsigned, no duplicates); broken at ${key.toString(16).padStart(32, '0')}`,
  );
}
