import { DELTA_OP, mapColumns, type DeltaChunk, type DeltaCounts, type PairChunk } from './pairs.ts';
import {
  assertAscending,
  columnsOfPairs,
  compareKeys,
  copyPair,
  copyPairs,
  pairCount,
  pairWords,
  type KeyWords,
  type PairWords,
} from './segments.ts';

/** Changes a delta chunk at most. */
export const DELTA_CHUNK = 4096;

/** A place in a stream of pairs: the chunk at hand as 32-bit words, and the next pair in it. */
class Cursor implements PairWords {
  hi: Uint32Array = new Uint32Array(0);
  lo: Uint32Array = new Uint32Array(0);
  rowHi: Uint32Array = new Uint32Array(0);
  rowLo: Uint32Array = new Uint32Array(0);
  at = 0;
  count = 0;
  #last: KeyWords | null = null;

  load(chunk: PairChunk): void {
    this.count = pairCount(chunk);
    this.at = 0;
    if (this.count === 0) return;
    this.#last = assertAscending(chunk, this.#last);
    ({ hi: this.hi, lo: this.lo, rowHi: this.rowHi, rowLo: this.rowLo } = pairWords(chunk));
  }
}

/**
 * Compares the watermarks in force with those of a new version, which are pushed as they are made.
 *
 * Both sides ascend strictly by key; a duplicate or a disorder is a bug and throws. Yields changes ascending by key,
 * at most {@link DELTA_CHUNK} at a time, each chunk new memory. State: one chunk of each side, whatever their size.
 * Consume each `push` to its end before the next, and `end` last; `counts` is right then.
 *
 * @example
 * const diff = new MergeDiff(store.readPairs(before.versionId));
 * for (const chunk of chunks) for (const delta of diff.push(chunk)) take(delta);
 * for (const delta of diff.end()) take(delta);
 */
export class MergeDiff {
  readonly #old: Iterator<PairChunk>;
  readonly #before = new Cursor();
  readonly #after = new Cursor();
  #oldDone = false;
  /** Grows up to a whole chunk: nearly all files are small, or changed little. */
  #op = new Uint8Array(0);
  #out = columnsOfPairs(0);
  #outWords = pairWords(this.#out);
  #filled = 0;
  #inserted = 0;
  #updated = 0;
  #deleted = 0;
  #unchanged = 0;

  constructor(old: Iterable<PairChunk>) {
    this.#old = old[Symbol.iterator]();
  }

  get counts(): DeltaCounts {
    return {
      inserted: this.#inserted,
      updated: this.#updated,
      deleted: this.#deleted,
      unchanged: this.#unchanged,
    };
  }

  /** Takes the next chunk of the new version; yields what is decided by it. */
  *push(chunk: PairChunk): Generator<DeltaChunk, void> {
    this.#after.load(chunk);
    while (this.#after.at < this.#after.count) {
      this.#fillBefore();
      this.#advance();
      if (this.#filled === DELTA_CHUNK) yield this.#take();
    }
  }

  /** The new version is complete: yields the rest, among it the deletion of all that stands behind its last key. */
  *end(): Generator<DeltaChunk, void> {
    for (this.#fillBefore(); !this.#oldDone; this.#fillBefore()) {
      const before = this.#before;
      while (before.at < before.count) {
        this.#emit(DELTA_OP.delete, before, before.at++);
        if (this.#filled === DELTA_CHUNK) yield this.#take();
      }
    }
    if (this.#filled > 0) yield this.#take();
  }

  /** Makes sure that there is an old pair at hand, if there is one at all. */
  #fillBefore(): void {
    while (!this.#oldDone && this.#before.at === this.#before.count) {
      const next = this.#old.next();
      if (next.done === true) this.#oldDone = true;
      else this.#before.load(next.value);
    }
  }

  /** Merges until a chunk is used up or the output is full. */
  #advance(): void {
    const before = this.#before;
    const after = this.#after;
    while (after.at < after.count && this.#filled < DELTA_CHUNK) {
      if (before.at === before.count) {
        if (!this.#oldDone) return;
        this.#emit(DELTA_OP.insert, after, after.at++);
        continue;
      }
      const order = compareKeys(before, before.at, after, after.at);
      if (order < 0) this.#emit(DELTA_OP.delete, before, before.at++);
      else if (order > 0) this.#emit(DELTA_OP.insert, after, after.at++);
      else {
        if (sameRow(before, after)) this.#unchanged++;
        else this.#emit(DELTA_OP.update, after, after.at);
        before.at++;
        after.at++;
      }
    }
  }

  #emit(op: number, from: Cursor, at: number): void {
    if (op === DELTA_OP.insert) this.#inserted++;
    else if (op === DELTA_OP.update) this.#updated++;
    else this.#deleted++;
    if (this.#filled === this.#op.length) this.#grow();
    const out = this.#filled++;
    this.#op[out] = op;
    copyPair(from, at, this.#outWords, out);
  }

  #grow(): void {
    const size = Math.min(DELTA_CHUNK, Math.max(64, 4 * this.#filled));
    const [op, out] = [new Uint8Array(size), columnsOfPairs(size)];
    const outWords = pairWords(out);
    op.set(this.#op);
    copyPairs(this.#outWords, 0, this.#filled, outWords, 0);
    [this.#op, this.#out, this.#outWords] = [op, out, outWords];
  }

  #take(): DeltaChunk {
    const filled = this.#filled;
    this.#filled = 0;
    return {
      op: this.#op.slice(0, filled),
      ...mapColumns(this.#out, (column) => column.slice(0, filled)),
    };
  }
}

function sameRow(before: Cursor, after: Cursor): boolean {
  const i = 2 * before.at;
  const j = 2 * after.at;
  return (
    before.rowHi[i] === after.rowHi[j] &&
    before.rowHi[i + 1] === after.rowHi[j + 1] &&
    before.rowLo[i] === after.rowLo[j] &&
    before.rowLo[i + 1] === after.rowLo[j + 1]
  );
}

/** {@link MergeDiff} where both sides are at hand; returns the counts. */
export function* mergeDiff(
  old: Iterable<PairChunk>,
  fresh: Iterable<PairChunk>,
): Generator<DeltaChunk, DeltaCounts> {
  const diff = new MergeDiff(old);
  for (const chunk of fresh) yield* diff.push(chunk);
  yield* diff.end();
  return diff.counts;
}
