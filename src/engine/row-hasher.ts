import { HIGH_HALF } from '../../state/segments.ts';

/** 0xd6e8feb86659fd93, by which DuckDB multiplies. */
const [factorLo, factorHi] = [0x6659fd93, 0xd6e8feb8 | 0];
const [factorLo16, factorHi16] = [0xfd93, 0x6659];
const seed = 0xe17a1465n;
const seedFactor = 0xc6a4a7935bd1e995n;
/** What stands for a null. */
const [nullLo, nullHi] = [0x1ce4e5b9, 0xbf58476d | 0];

/** Texts below this length in bytes have their seeds computed in advance. */
const usualLength = 512;

/**
 * Computes from the bytes of a record what `rowHash` has the engine compute of its columns: the records of a version that
 * is known are found again without the engine reading them. Were the engine's hash another one, none would be found.
 *
 * Source: DuckDB 1.5, `hash.cpp` (a multiplication for each eight bytes, then the finish of a Murmur hash) and
 * `CombineHashScalar`. JavaScript has no fast 64-bit numbers: a hash is two words, and a product four of 32 bits.
 */
export class RowHasher {
  // Of each length the hash that a text begins with, and the hash of the number itself.
  readonly #seeds = new Int32Array(2 * usualLength);
  readonly #lengths = new Int32Array(2 * usualLength);
  // The words of the hash at hand, and of that of the lengths.
  #lo = 0;
  #hi = 0;
  #textLo = 0;
  #textHi = 0;
  #lengthLo = 0;
  #lengthHi = 0;
  #isFirst = true;

  constructor() {
    for (let length = 0; length < usualLength; length++) {
      [this.#seeds[2 * length], this.#seeds[2 * length + 1]] = halves(seedOf(length));
      [this.#lengths[2 * length], this.#lengths[2 * length + 1]] = halves(numberHash(BigInt(length)));
    }
  }

  /** Begins another row. */
  begin(): void {
    this.#isFirst = true;
  }

  /** Adds a column that is null. */
  addNull(): void {
    this.#combine(nullLo, nullHi, nullLo, nullHi);
  }

  /**
   * Adds a column.
   *
   * @param bytes the memory in which the text stands, with seven bytes more behind it, whatever these are
   */
  addText(bytes: DataView, from: number, length: number): void {
    if (length < usualLength) {
      this.#lo = this.#seeds[2 * length]!;
      this.#hi = this.#seeds[2 * length + 1]!;
    } else {
      [this.#lo, this.#hi] = halves(seedOf(length));
    }
    this.#mixText(bytes, from, length);
    this.#finish();
    if (length < usualLength) {
      this.#combine(this.#lo, this.#hi, this.#lengths[2 * length]!, this.#lengths[2 * length + 1]!);
    } else {
      this.#combine(this.#lo, this.#hi, ...halves(numberHash(BigInt(length))));
    }
  }

  /** Puts the hash of the row, four words, at place `at` of a column of hashes; see `KnownRecords.find`. */
  end(into: Uint32Array, at: number): void {
    into[4 * at + HIGH_HALF] = this.#textHi;
    into[4 * at + 1 - HIGH_HALF] = this.#textLo;
    into[4 * at + 2 + HIGH_HALF] = this.#lengthHi;
    into[4 * at + 3 - HIGH_HALF] = this.#lengthLo;
  }

  #mixText(bytes: DataView, from: number, length: number): void {
    let lo = this.#lo;
    let hi = this.#hi;
    const rest = length & 7;
    let at = from;
    for (const end = from + length - rest; at < end; at += 8) {
      lo ^= bytes.getInt32(at, true);
      hi ^= bytes.getInt32(at + 4, true);
      hi = upperOf(lo, hi);
      lo = Math.imul(lo, factorLo);
    }
    if (rest > 0) {
      const first = bytes.getInt32(at, true);
      lo ^= rest < 4 ? first & ((1 << (8 * rest)) - 1) : first;
      if (rest > 4) hi ^= bytes.getInt32(at + 4, true) & ((1 << (8 * rest - 32)) - 1);
      hi = upperOf(lo, hi);
      lo = Math.imul(lo, factorLo);
    }
    this.#lo = lo;
    this.#hi = hi;
  }

  #finish(): void {
    let lo = this.#lo ^ this.#hi;
    let hi = this.#hi;
    hi = upperOf(lo, hi);
    lo = Math.imul(lo, factorLo) ^ hi;
    hi = upperOf(lo, hi);
    this.#lo = Math.imul(lo, factorLo) ^ hi;
    this.#hi = hi;
  }

  /** Adds the hash of a column to that of the row, and the hash of its length to that of the lengths. */
  #combine(lo: number, hi: number, lengthLo: number, lengthHi: number): void {
    if (this.#isFirst) {
      this.#isFirst = false;
      this.#textLo = lo;
      this.#textHi = hi;
      this.#lengthLo = lengthLo;
      this.#lengthHi = lengthHi;
      return;
    }
    let low = this.#textLo ^ this.#textHi;
    this.#textHi = upperOf(low, this.#textHi) ^ hi;
    this.#textLo = Math.imul(low, factorLo) ^ lo;
    low = this.#lengthLo ^ this.#lengthHi;
    this.#lengthHi = upperOf(low, this.#lengthHi) ^ lengthHi;
    this.#lengthLo = Math.imul(low, factorLo) ^ lengthLo;
  }
}

/** The upper word of a number of two words times the factor; the lower one is `Math.imul(lo, factorLo)`. */
function upperOf(lo: number, hi: number): number {
  const low = lo & 0xffff;
  const high = lo >>> 16;
  const middle = (Math.imul(high, factorLo16) + (Math.imul(low, factorLo16) >>> 16)) | 0;
  const carried = (Math.imul(low, factorHi16) + (middle & 0xffff)) | 0;
  const ofLower = Math.imul(high, factorHi16) + (middle >>> 16) + (carried >>> 16);
  return (ofLower + Math.imul(lo, factorHi) + Math.imul(hi, factorLo)) | 0;
}

function seedOf(length: number): bigint {
  return seed ^ BigInt.asUintN(64, BigInt(length) * seedFactor);
}

/** The engine's hash of a number. */
function numberHash(number: bigint): bigint {
  const factor = (BigInt.asUintN(32, BigInt(factorHi)) << 32n) | BigInt(factorLo);
  let hash = number ^ (number >> 32n);
  hash = BigInt.asUintN(64, hash * factor);
  hash = BigInt.asUintN(64, (hash ^ (hash >> 32n)) * factor);
  return hash ^ (hash >> 32n);
}

function halves(hash: bigint): [number, number] {
  return [Number(BigInt.asIntN(32, hash)), Number(BigInt.asIntN(32, hash >> 32n))];
}
