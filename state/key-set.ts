import { HIGH_HALF, words } from './segments.ts';

/** Bits of the filter in front of the set: a lookup that misses costs a table read, not a BigInt. */
const FILTER_BITS = 22;

/**
 * A set of the lower 64 bits of key hashes, asked a column at a time.
 *
 * Two of 12 million keys agree in these bits with a chance of one in 250,000. State: some 40 bytes a key, and half a MB.
 */
export class KeySet {
  readonly #keys = new Set<bigint>();
  readonly #filter = new Uint32Array(2 ** (FILTER_BITS - 5));
  #taken = 0;

  /** Adds a column of keys. */
  add(keys: BigUint64Array): void {
    const low = words(keys);
    keys.forEach((key, at) => {
      const bits = low[2 * at + 1 - HIGH_HALF]! >>> (32 - FILTER_BITS);
      this.#filter[bits >>> 5]! |= 1 << (bits & 31);
      this.#keys.add(key);
    });
    this.#taken += keys.length;
  }

  /** Different keys. */
  get size(): number {
    return this.#keys.size;
  }

  /** Whether a key was added twice. */
  get hasRepeated(): boolean {
    return this.#keys.size < this.#taken;
  }

  /** The places of a column at which a key of the set stands, ascending. */
  *find(keys: BigUint64Array): Generator<number> {
    const low = words(keys);
    for (let at = 0; at < keys.length; at++) {
      const bits = low[2 * at + 1 - HIGH_HALF]! >>> (32 - FILTER_BITS);
      if ((this.#filter[bits >>> 5]! & (1 << (bits & 31))) !== 0 && this.#keys.has(keys[at]!)) yield at;
    }
  }
}
