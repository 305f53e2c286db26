import { words } from './segments.ts';

/** Slots of an empty set; a power of two, as all tables are. */
const FIRST_SLOTS = 1024;

/**
 * A set of the lower 64 bits of key hashes, asked a column at a time.
 *
 * A table with open addressing over 32-bit words: a JavaScript set of a million bigints takes ten times as long to ask, and
 * to collect. Keys are hashes already, so that their own bits say the slot. Two of 12 million keys agree in these bits
 * with a chance of one in 250,000. State: 18 to 36 bytes a key.
 */
export class KeySet {
  #slots = new Uint32Array(2 * FIRST_SLOTS);
  #isTaken = new Uint8Array(FIRST_SLOTS);
  #size = 0;
  #added = 0;

  /** Adds a column of keys. */
  add(keys: BigUint64Array): void {
    const halves = words(keys);
    this.#added += keys.length;
    for (let at = 0; at < halves.length; at += 2) {
      if (2 * this.#size >= this.#isTaken.length) this.#grow();
      this.#put(halves[at]!, halves[at + 1]!);
    }
  }

  /** Different keys. */
  get size(): number {
    return this.#size;
  }

  /** Whether a key was added twice. */
  get hasRepeated(): boolean {
    return this.#size < this.#added;
  }

  /** The places of a column at which a key of the set stands, ascending. */
  find(keys: BigUint64Array): number[] {
    const halves = words(keys);
    const found: number[] = [];
    for (let at = 0; at < keys.length; at++) {
      if (this.#isTaken[this.#slotOf(halves[2 * at]!, halves[2 * at + 1]!)] === 1) found.push(at);
    }
    return found;
  }

  /** The slot of a key, or the free one in which it would be put. */
  #slotOf(a: number, b: number): number {
    const mask = this.#isTaken.length - 1;
    let slot = (a ^ b) & mask;
    while (this.#isTaken[slot] === 1 && (this.#slots[2 * slot] !== a || this.#slots[2 * slot + 1] !== b))
      slot = (slot + 1) & mask;
    return slot;
  }

  #put(a: number, b: number): void {
    const slot = this.#slotOf(a, b);
    if (this.#isTaken[slot] === 1) return;
    this.#isTaken[slot] = 1;
    this.#slots[2 * slot] = a;
    this.#slots[2 * slot + 1] = b;
    this.#size++;
  }

  #grow(): void {
    const [slots, isTaken] = [this.#slots, this.#isTaken];
    this.#slots = new Uint32Array(2 * slots.length);
    this.#isTaken = new Uint8Array(2 * isTaken.length);
    this.#size = 0;
    for (let slot = 0; slot < isTaken.length; slot++)
      if (isTaken[slot] === 1) this.#put(slots[2 * slot]!, slots[2 * slot + 1]!);
  }
}
