import type { PairChunk } from './pairs.ts';
import { columnsOfPairs, copyPair, pairWords, words, type PairWords } from './segments.ts';

/** No record, in slots. */
const none = 0xffffffff;

/** Pairs that are handed out at a time. */
const chunkPairs = 65_536;

/** In place of a line: the record has a pair and was not found; it has none. */
const unfound = 0xffffffff;
const unpaired = 0xfffffffe;

/**
 * Records of a version that may stand in its successor as well, to be found by the hash of their row, each once.
 *
 * First all keys are added, in the order of the file, then the pairs of the version; a record that was set aside has no
 * pair, and is never found. Tables with open addressing over 32-bit words, as in `KeySet`. State: 40 bytes a record,
 * and 16 to 32 for the tables.
 */
export class KnownRecords {
  readonly #pairs: PairChunk;
  /** The same, seen as words. */
  readonly #words: PairWords;
  /** The numbers of those that have a pair, ascending by key. */
  readonly #byKey: Uint32Array;
  /** The line on which each was found. */
  readonly #line: Uint32Array;
  /** Numbers by key and by row; a power of two of slots, at most half of them taken. */
  readonly #keySlots: Uint32Array;
  readonly #rowSlots: Uint32Array;
  #count = 0;
  #paired = 0;
  #hasTwins = false;
  /** The one that was found last. */
  #last = -1;

  /** @param records how many there will be */
  constructor(records: number) {
    this.#pairs = columnsOfPairs(records);
    this.#words = pairWords(this.#pairs);
    this.#byKey = new Uint32Array(records);
    this.#line = new Uint32Array(records).fill(unpaired);
    const slots = 2 ** Math.ceil(Math.log2(2 * records + 2));
    this.#keySlots = new Uint32Array(slots).fill(none);
    this.#rowSlots = new Uint32Array(slots).fill(none);
  }

  /** Adds the lower halves of the keys of some records. */
  addKeys(keys: BigUint64Array): void {
    const halves = words(keys);
    this.#pairs.keyLo.set(keys, this.#count);
    for (let at = 0; at < keys.length; at++) {
      const number = this.#count++;
      const slot = this.#keySlot(halves[2 * at]!, halves[2 * at + 1]!);
      if (this.#keySlots[slot] === none) this.#keySlots[slot] = number;
    }
  }

  /** Adds some pairs of the version, ascending; those of other records are left out. */
  addPairs(chunk: PairChunk): void {
    const pairs = pairWords(chunk);
    const { rowHi } = this.#words;
    const mask = this.#rowSlots.length - 1;
    for (let at = 0; at < chunk.keyLo.length; at++) {
      const number = this.#keySlots[this.#keySlot(pairs.lo[2 * at]!, pairs.lo[2 * at + 1]!)]!;
      if (number === none) continue;
      if (this.#line[number] !== unpaired) {
        this.#hasTwins = true;
        continue;
      }
      this.#line[number] = unfound;
      copyPair(pairs, at, this.#words, number);
      this.#byKey[this.#paired++] = number;
      let slot = (rowHi[2 * number]! ^ rowHi[2 * number + 1]!) & mask;
      while (this.#rowSlots[slot] !== none) slot = (slot + 1) & mask;
      this.#rowSlots[slot] = number;
    }
  }

  /** Whether two records can't be told apart, as their keys agree in the lower halves: then nothing here is to be relied on. */
  get hasTwins(): boolean {
    return this.#hasTwins;
  }

  /**
   * Finds a record by the hash of its row, one that was not found before.
   *
   * @param rows four words a row, those of `rowHi` first, in the machine's order; `at`: which row
   * @param line where it stands now, below 2^32 - 2
   * @returns its number, in the order in which keys were added, or -1
   */
  find(rows: Uint32Array, at: number, line: number): number {
    const number = this.#numberOf(rows, 4 * at);
    if (number === -1) return -1;
    this.#last = number;
    this.#line[number] = line;
    return number;
  }

  /** Puts the key of a record, lower half, at a place of a column that is seen as words. */
  copyKey(number: number, into: Uint32Array, at: number): void {
    into[2 * at] = this.#words.lo[2 * number]!;
    into[2 * at + 1] = this.#words.lo[2 * number + 1]!;
  }

  /** The line on which a record was found, by a column of the lower halves of keys, seen as words; null where it was not. */
  lineOf(keys: Uint32Array, at: number): number | null {
    const number = this.#keySlots[this.#keySlot(keys[2 * at]!, keys[2 * at + 1]!)]!;
    const line = number === none ? unfound : this.#line[number]!;
    return line >= unpaired ? null : line;
  }

  /** The pairs of the records that were not found, ascending. */
  *unfound(): Generator<PairChunk> {
    const numbers = this.#byKey.subarray(0, this.#paired).filter((number) => this.#line[number] === unfound);
    for (let from = 0; from < numbers.length; from += chunkPairs) {
      const some = numbers.subarray(from, from + chunkPairs);
      const pairs = columnsOfPairs(some.length);
      const into = pairWords(pairs);
      for (let at = 0; at < some.length; at++) copyPair(this.#words, some[at]!, into, at);
      yield pairs;
    }
  }

  #numberOf(rows: Uint32Array, at: number): number {
    // Most often it is the next one.
    if (this.#isAt(this.#last + 1, rows, at)) return this.#last + 1;
    const mask = this.#rowSlots.length - 1;
    for (let slot = (rows[at]! ^ rows[at + 1]!) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#rowSlots[slot]!;
      if (number === none) return -1;
      if (this.#isAt(number, rows, at)) return number;
    }
  }

  /** Whether a record has this row and was not found yet. */
  #isAt(number: number, rows: Uint32Array, at: number): boolean {
    if (number >= this.#count || this.#line[number] !== unfound) return false;
    const { rowHi, rowLo } = this.#words;
    return (
      rowHi[2 * number] === rows[at] &&
      rowHi[2 * number + 1] === rows[at + 1] &&
      rowLo[2 * number] === rows[at + 2] &&
      rowLo[2 * number + 1] === rows[at + 3]
    );
  }

  /** The slot of a key, or the free one in which it would be put. */
  #keySlot(a: number, b: number): number {
    const { lo } = this.#words;
    const mask = this.#keySlots.length - 1;
    for (let slot = (a ^ b) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#keySlots[slot]!;
      if (number === none || (lo[2 * number] === a && lo[2 * number + 1] === b)) return slot;
    }
  }
}
