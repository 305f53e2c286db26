import { blockCount, type BlockTable } from '../../state/block-table.ts';

/**
 * The units of a file: the shortest runs of blocks that begin and end outside of quotes, hence whole records wherever
 * the quoting of the file is sound. Column by column; each has one element more than there are units, for the end.
 */
export interface Units {
  /** The first block of each unit. */
  readonly block: Uint32Array;
  /** Where it begins: bytes from 0. */
  readonly start: Float64Array;
  /** Lines before it. */
  readonly line: Float64Array;
  /** Records before it; the header, at the beginning of the first unit, is none. */
  readonly record: Float64Array;
}

/**
 * Divides a file into units.
 *
 * @returns null where the file ends within quotes, or where its first unit has no header
 */
export function unitsOf(table: BlockTable): Units | null {
  const count = blockCount(table);
  const block = new Uint32Array(count + 1);
  const start = new Float64Array(count + 1);
  const line = new Float64Array(count + 1);
  const record = new Float64Array(count + 1);
  let units = 0;
  let isInside = false;
  let bytes = 0;
  let lines = 0;
  // The header is taken off here, once and for all.
  let records = -1;
  for (let at = 0; at < count; at++) {
    bytes += table.bytes[at]!;
    lines += table.lines[at]!;
    records += isInside ? table.recordsInside[at]! : table.recordsOutside[at]!;
    isInside = isInside !== (table.oddQuotes[at] === 1);
    if (isInside) continue;
    if (records < 0) return null;
    units += 1;
    block[units] = at + 1;
    start[units] = bytes;
    line[units] = lines;
    record[units] = records;
  }
  if (isInside || units === 0) return null;
  return {
    block: block.subarray(0, units + 1),
    start: start.subarray(0, units + 1),
    line: line.subarray(0, units + 1),
    record: record.subarray(0, units + 1),
  };
}
