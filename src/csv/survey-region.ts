import { hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { BLOCK_HASH_BYTES, emptyColumns, type BlockColumns } from '../../state/block-table.ts';
import { findCut } from './cut-blocks.ts';
import { findBlock, isBlock, type KnownBlocks } from './known-blocks.ts';
import { countRecords, type BlockCounts } from './survey-counts.ts';
import type { SurveyForm } from './survey-form.ts';

/** What of a survey every thread has to know. */
export interface SurveyTask {
  /** An open file; threads share it, as they read by position. */
  readonly fd: number;
  /** Bytes of the file when it was opened. */
  readonly size: number;
  readonly form: SurveyForm;
  readonly known: KnownBlocks | null;
}

/** The blocks of a region: the first `count` rows of a table that is longer. */
export interface RegionBlocks {
  readonly count: number;
  readonly table: BlockColumns;
  /** Bytes read: fewer than the region has where the file shrank meanwhile. */
  readonly bytes: number;
  /** Whether every block, but one at the end of the file, ends behind a line feed. */
  readonly isAligned: boolean;
}

/** A block in the buffer; `found`: its number among the known ones, or -1. */
interface FoundBlock {
  readonly from: number;
  readonly to: number;
  readonly digest: Uint8Array;
  readonly found: number;
}

const lf = 0x0a;

/** Number of regions of a file. */
export function regionCount({ size, form }: Pick<SurveyTask, 'size' | 'form'>): number {
  return Math.ceil(size / form.regionBytes);
}

/**
 * Cuts regions into blocks, one after another, in memory of its own: some bytes more than the longest block and a chunk.
 * Blocks that are known are hashed only: behind one that was found the next of its version is sought first, and where that stands
 * there, nothing but its hash is computed.
 */
export class RegionSurveyor {
  readonly #task: SurveyTask;
  readonly #buffer: Buffer;
  readonly #words: Int32Array;
  readonly #counts: BlockCounts = { lines: 0, oddQuotes: 0, recordsOutside: 0, recordsInside: 0 };

  constructor(task: SurveyTask) {
    const { chunkBytes, lineBytes } = task.form;
    this.#task = task;
    this.#buffer = Buffer.allocUnsafeSlow((chunkBytes + lineBytes + 3) & ~3);
    this.#words = new Int32Array(this.#buffer.buffer, 0, this.#buffer.length >> 2);
  }

  /** @throws what `readSync` throws */
  survey(region: number): RegionBlocks {
    const { fd, form } = this.#task;
    const start = this.#regionStart(region);
    const end = this.#regionStart(region + 1);
    const table = emptyColumns(Math.ceil((end - start) / form.minBytes) + 1);
    const buffer = this.#buffer;
    let isAligned = true;
    let count = 0;
    let position = start;
    let filled = 0;
    let found = -1;
    while (position < end) {
      const wanted = Math.min(end - position, form.chunkBytes);
      const read = readSync(fd, buffer, filled, wanted, position);
      if (read === 0) break;
      position += read;
      filled += read;
      let from = 0;
      while (from < filled) {
        const follower = this.#findFollower(found, from, filled);
        const to = follower?.to ?? findCut(buffer, from, filled, position === end, form);
        if (to === -1) break;
        const digest = follower?.digest ?? this.#hash(from, to);
        found = follower === null ? this.#find(digest) : found + 1;
        this.#note(table, count, { from, to, digest, found });
        count += 1;
        isAligned &&= buffer[to - 1] === lf || position - filled + to === this.#task.size;
        from = to;
      }
      buffer.copyWithin(0, from, filled);
      filled -= from;
    }
    return { count, table, bytes: position - start, isAligned };
  }

  /**
   * The known block behind block `before`, where that is what begins at `from`. As it ends for its bytes alone, `findCut` would end
   * it at the same place.
   */
  #findFollower(before: number, from: number, filled: number): { to: number; digest: Uint8Array } | null {
    const { known } = this.#task;
    if (known === null || before === -1 || known.isWhole[before + 1] !== 1) return null;
    const to = from + known.table.bytes[before + 1]!;
    if (to > filled) return null;
    const digest = this.#hash(from, to);
    return isBlock(known, before + 1, digest) ? { to, digest } : null;
  }

  #hash(from: number, to: number): Uint8Array {
    return hash('sha256', this.#buffer.subarray(from, to), 'buffer').subarray(0, BLOCK_HASH_BYTES);
  }

  #find(digest: Uint8Array): number {
    const { known } = this.#task;
    return known === null ? -1 : findBlock(known, digest);
  }

  #note(table: BlockColumns, row: number, { from, to, digest, found }: FoundBlock): void {
    const { known } = this.#task;
    table.hash.set(digest, row * BLOCK_HASH_BYTES);
    table.bytes[row] = to - from;
    if (known !== null && found !== -1) {
      table.lines[row] = known.table.lines[found]!;
      table.oddQuotes[row] = known.table.oddQuotes[found]!;
      table.recordsOutside[row] = known.table.recordsOutside[found]!;
      table.recordsInside[row] = known.table.recordsInside[found]!;
      return;
    }
    const counts = this.#counts;
    countRecords(this.#buffer, this.#words, from, to, counts);
    table.lines[row] = counts.lines;
    table.oddQuotes[row] = counts.oddQuotes;
    table.recordsOutside[row] = counts.recordsOutside;
    table.recordsInside[row] = counts.recordsInside;
  }

  /** Behind the first line feed from one byte before the region's nominal start on. */
  #regionStart(region: number): number {
    const { fd, size, form } = this.#task;
    const nominal = region * form.regionBytes;
    if (region === 0 || nominal >= size) return Math.min(nominal, size);
    const latest = Math.min(size, nominal + form.lineBytes);
    for (let position = nominal - 1; position < latest;) {
      const read = readSync(fd, this.#buffer, 0, Math.min(latest - position, form.chunkBytes), position);
      if (read === 0) break;
      const feed = this.#buffer.subarray(0, read).indexOf(lf);
      if (feed !== -1) return position + feed + 1;
      position += read;
    }
    return latest;
  }
}
