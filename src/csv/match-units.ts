import { BLOCK_HASH_BYTES, type BlockTable } from '../../state/block-table.ts';
import type { Units } from './units.ts';

/**
 * Finds for each unit of a file one of another that has the same bytes, each of those taken once, the first ones first.
 * The first unit of a file equals none but the first of the other: its first record is the header.
 *
 * Takes time in proportion to the units, however often one is repeated.
 *
 * @returns by unit of `now` the unit of `before`, or -1
 */
export function matchUnits(before: BlockTable, old: Units, now: BlockTable, units: Units): Int32Array {
  const oldCount = old.block.length - 1;
  // Units by the hash of their first block: lists, linked in file order.
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * oldCount + 2))).fill(-1);
  const next = new Int32Array(oldCount).fill(-1);
  for (let unit = oldCount - 1; unit > 0; unit--) {
    const slot = slotOf(before, old, unit, slots.length);
    next[unit] = slots[slot]!;
    slots[slot] = unit;
  }
  const match = new Int32Array(units.block.length - 1);
  match[0] = isSame(before, old, 0, now, units, 0) ? 0 : -1;
  for (let unit = 1; unit < match.length; unit++) {
    const slot = slotOf(now, units, unit, slots.length);
    let last = -1;
    let found = slots[slot]!;
    while (found !== -1 && !isSame(before, old, found, now, units, unit)) {
      last = found;
      found = next[found]!;
    }
    match[unit] = found;
    if (found === -1) continue;
    if (last === -1) slots[slot] = next[found]!;
    else next[last] = next[found]!;
  }
  return match;
}

function slotOf({ hash }: BlockTable, { block }: Units, unit: number, slots: number): number {
  const at = block[unit]! * BLOCK_HASH_BYTES;
  return (hash[at]! | (hash[at + 1]! << 8) | (hash[at + 2]! << 16) | (hash[at + 3]! << 24)) & (slots - 1);
}

function isSame(a: BlockTable, ofA: Units, i: number, b: BlockTable, ofB: Units, j: number): boolean {
  const length = ofA.block[i + 1]! - ofA.block[i]!;
  if (ofB.block[j + 1]! - ofB.block[j]! !== length) return false;
  const atA = ofA.block[i]! * BLOCK_HASH_BYTES;
  const atB = ofB.block[j]! * BLOCK_HASH_BYTES;
  for (let n = 0; n < length * BLOCK_HASH_BYTES; n++) if (a.hash[atA + n] !== b.hash[atB + n]) return false;
  return true;
}
