import type { RecordRange } from '../../operators/opened-drop.ts';
import type { BlockTable } from '../../state/block-table.ts';
import { partitionPoint } from '../../state/partition-point.ts';
import { matchUnits } from './match-units.ts';
import { unitsOf, type Units } from './units.ts';

/** Where a part has more bytes than these, it is a single unit. */
const partBytes = 1 << 20;

/** A stretch of whole records in the bytes of the new version. */
export interface FilePart {
  /** Bytes from 0, `end` excluded. */
  readonly start: number;
  readonly end: number;
  /** The line, from 1, on which it begins, and how many line feeds it holds. */
  readonly firstLine: number;
  readonly lines: number;
  /** Whether the part is the beginning of the file, header included; the header is not among `records`. */
  readonly hasHeader: boolean;
  /** Records that begin in it. */
  readonly records: number;
}

/** A part that is made of whole units. */
export interface UnitPart extends FilePart, RecordRange {}

/** Records that stand in both versions, one after another in both. */
export interface KeptRun {
  readonly oldRecord: number;
  readonly newRecord: number;
  readonly records: number;
  /** Lines from 1; `lines` has one more at the end of the old version, for a line without a line feed. */
  readonly oldLine: number;
  readonly newLine: number;
  readonly lines: number;
}

/** What became of the records of a file, as far as its blocks tell. */
export interface UnitComparison {
  /** Records that stand in both versions, ascending by their place in the new one. */
  readonly kept: readonly KeptRun[];
  /** Where the other records of the new version are, ascending; a part has a megabyte at most, if one unit has no more. */
  readonly parts: readonly UnitPart[];
  /** The other records of the old version, ascending; some may stand in a part, unchanged. */
  readonly vanished: readonly RecordRange[];
  /** Records of the new version. */
  readonly records: number;
}

/**
 * Compares two versions of a file by their blocks. Units that both have are kept, as often as both have them; every
 * other record of the new version is in a part, every other one of the old version vanished. Takes time and memory in
 * proportion to the blocks, some 10 ms at 550 MB.
 *
 * It is right where quoting is sound in both: where csv-parse finds no stray quote in either, that is in the old
 * version when it was read and in the parts when they are. Whoever reads the parts has to look out for that.
 *
 * @returns null where their headers differ in any byte, where one of them ends within quotes
 */
export function compareUnits(before: BlockTable, now: BlockTable): UnitComparison | null {
  if (before.header !== now.header) return null;
  const old = unitsOf(before);
  const units = unitsOf(now);
  if (old === null || units === null) return null;
  const match = matchUnits(before, old, now, units);
  const isGone = new Uint8Array(old.block.length - 1).fill(1);
  for (const unit of match) if (unit !== -1) isGone[unit] = 0;
  return {
    kept: keptRuns(old, units, match),
    parts: partsOf(units, match),
    vanished: vanishedOf(old, isGone),
    records: units.record.at(-1)!,
  };
}

function keptRuns(old: Units, units: Units, match: Int32Array): KeptRun[] {
  const kept: KeptRun[] = [];
  for (let unit = 0; unit < match.length;) {
    const from = match[unit]!;
    if (from === -1) {
      unit += 1;
      continue;
    }
    let length = 1;
    while (unit + length < match.length && match[unit + length] === from + length) length += 1;
    kept.push({
      oldRecord: old.record[from]!,
      newRecord: units.record[unit]!,
      records: units.record[unit + length]! - units.record[unit]!,
      oldLine: old.line[from]! + 1,
      newLine: units.line[unit]! + 1,
      lines:
        units.line[unit + length]! - units.line[unit]! + (from + length === old.block.length - 1 ? 1 : 0),
    });
    unit += length;
  }
  return kept;
}

function partsOf(units: Units, match: Int32Array): UnitPart[] {
  const parts: UnitPart[] = [];
  for (const { from, to } of runs(match.length, (unit) => match[unit] === -1)) {
    for (let first = from, next = from + 1; first < to; first = next++) {
      // The header is a record of its own kind, so what begins with it stays short.
      while (first > 0 && next < to && units.start[next + 1]! - units.start[first]! <= partBytes) next += 1;
      parts.push({
        start: units.start[first]!,
        end: units.start[next]!,
        firstLine: units.line[first]! + 1,
        lines: units.line[next]! - units.line[first]!,
        firstRecord: units.record[first]!,
        records: units.record[next]! - units.record[first]!,
        hasHeader: first === 0,
      });
    }
  }
  return parts;
}

function vanishedOf(old: Units, isGone: Uint8Array): RecordRange[] {
  return runs(isGone.length, (unit) => isGone[unit] === 1)
    .map(({ from, to }) => ({ firstRecord: old.record[from]!, records: old.record[to]! - old.record[from]! }))
    .filter(({ records }) => records > 0);
}

/** Records of some ranges together. */
export function recordsOf(ranges: readonly Pick<RecordRange, 'records'>[]): number {
  return ranges.reduce((sum, { records }) => sum + records, 0);
}

/** The longest stretches of 0 to `count` that are all `wanted`. */
function runs(count: number, wanted: (at: number) => boolean): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (let at = 0; at < count; at++) {
    if (!wanted(at)) continue;
    const from = at;
    while (at < count && wanted(at)) at += 1;
    found.push({ from, to: at });
  }
  return found;
}

/** Tells where a line of the old version stands in the new one; null where it was not kept. */
export function lineMapper(kept: readonly KeptRun[]): (oldLine: number) => number | null {
  const runs = kept.toSorted((a, b) => a.oldLine - b.oldLine);
  return (line) => {
    const run = runs[partitionPoint(0, runs.length, (at) => runs[at]!.oldLine <= line) - 1];
    return run !== undefined && line < run.oldLine + run.lines ? run.newLine + line - run.oldLine : null;
  };
}
