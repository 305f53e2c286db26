import {
  BLOCK_HASH_BYTES,
  blockCount,
  copyBlocks,
  emptyColumns,
  type BlockColumns,
} from '../../state/block-table.ts';

/** A table with an index by hash, in shared memory: handing it to a worker costs nothing. */
export interface KnownBlocks {
  readonly table: BlockColumns;
  /** Open addressing: block number + 1, 0 where a slot is free; a power of two of slots, at most half of them taken. */
  readonly slots: Int32Array;
  /**
   * 1 where a block ends for what is in it, so that wherever its bytes stand a block ends with them; 0 where it may have ended with
   * its region.
   */
  readonly isWhole: Uint8Array;
}

/**
 * Indexes the blocks of a table; of equal ones the first.
 *
 * @param regionBytes of the form in which the table was made; null where it may be another one
 */
export function indexBlocks(from: BlockColumns, regionBytes: number | null): KnownBlocks {
  const count = blockCount(from);
  const table = emptyColumns(count, true);
  copyBlocks(from, count, table, 0);
  const size = 2 ** Math.ceil(Math.log2(2 * count + 2));
  const slots = new Int32Array(new SharedArrayBuffer(4 * size));
  const isWhole = new Uint8Array(new SharedArrayBuffer(count));
  const known = { table, slots, isWhole };
  let end = 0;
  for (let block = 0; block < count; block++) {
    const slot = slotOf(known, table.hash, block * BLOCK_HASH_BYTES);
    if (slots[slot] === 0) slots[slot] = block + 1;
    const start = end;
    end += table.bytes[block]!;
    if (regionBytes === null || block === count - 1) continue;
    if (Math.floor(start / regionBytes) === Math.floor(end / regionBytes)) isWhole[block] = 1;
  }
  return known;
}

/** Whether block number `block` has this hash. */
export function isBlock({ table }: KnownBlocks, block: number, hash: Uint8Array): boolean {
  return isSame(table.hash, block * BLOCK_HASH_BYTES, hash, 0);
}

/** The number of a block with this hash; -1 where none is known. */
export function findBlock(known: KnownBlocks, hash: Uint8Array): number {
  return known.slots[slotOf(known, hash, 0)]! - 1;
}

/** The slot that holds the hash, or the free one where it would go. */
function slotOf({ table, slots }: KnownBlocks, hash: Uint8Array, at: number): number {
  const last = slots.length - 1;
  const start = hash[at]! | (hash[at + 1]! << 8) | (hash[at + 2]! << 16) | (hash[at + 3]! << 24);
  for (let slot = start & last; ; slot = (slot + 1) & last) {
    const block = slots[slot]! - 1;
    if (block === -1 || isSame(table.hash, block * BLOCK_HASH_BYTES, hash, at)) return slot;
  }
}

function isSame(a: Uint8Array, i: number, b: Uint8Array, j: number): boolean {
  for (let n = 0; n < BLOCK_HASH_BYTES; n++) if (a[i + n] !== b[j + n]) return false;
  return true;
}
