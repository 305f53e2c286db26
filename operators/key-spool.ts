/**
 * Keys that wait until their version is written, 8 bytes of each record of a file of any size: on disk, since memory has better
 * uses while records are compared.
 */
export interface KeySpool {
  append(keys: BigUint64Array): void;
  /** All keys that were appended, in this order; a chunk is reused for the next one. */
  keys(): Iterable<BigUint64Array>;
  /** Forgets them. */
  close(): void;
}
