import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import {
  blockCount,
  copyBlocks,
  emptyColumns,
  type BlockColumns,
  type BlockTable,
} from '../../state/block-table.ts';
import { failureOf, readFailure } from './chunks.ts';
import { fingerprintFile, readConsistently, type Fingerprint } from './fingerprint.ts';
import { indexBlocks } from './known-blocks.ts';
import { formInUse, surveyVersion, type SurveyForm } from './survey-form.ts';
import { hashHeader } from './survey-head.ts';
import { regionCount, RegionSurveyor, type RegionBlocks, type SurveyTask } from './survey-region.ts';
import { surveyRegions, type RegionResult, type SharedSurvey } from './survey-regions.ts';
import { canStartThreads, runThread } from './threads.ts';

/** A fingerprint, and the blocks of which the file consists. */
export interface Survey extends Fingerprint {
  /**
   * Null for small files, and where blocks can't be made of whole lines or records: UTF-16, files whose lines end in a
   * lone carriage return, lines of more than 1 MB, files that don't begin with a header.
   */
  readonly blocks: BlockTable | null;
}

/**
 * Fingerprints one consistent version of a file and, if it is a large one, says of which blocks it consists: one pass
 * over the bytes, on two threads.
 *
 * The fingerprint of a file below 4 MB is the SHA-256 of its bytes; of any other the SHA-256 over a prefix, its size,
 * and hash and length of each block. Equal bytes give equal fingerprints and tables, however many threads there are and
 * whatever is known.
 *
 * @param known blocks of another version: where these are found again their ends need not be sought, nor lines and records
 *   counted
 * @throws MarqueeError as `readConsistently` does
 */
export async function surveyFile(
  path: string,
  known: BlockTable | null = null,
  form: SurveyForm = formInUse(),
): Promise<Survey> {
  return readConsistently(path, async (size) => {
    if (size < form.fileBytes) return { ...(await fingerprintFile(path)), blocks: null };
    const handle = await open(path).catch((cause: unknown) => {
      throw readFailure(path, cause);
    });
    try {
      const header = await hashHeader(handle, form);
      const regionBytes = known?.header === header ? form.regionBytes : null;
      const index = known === null ? null : indexBlocks(known, regionBytes);
      const task = { fd: handle.fd, size, form, known: index };
      const { columns, bytes, isAligned } = await surveyLarge(task).catch((cause: unknown) => {
        throw failureOf(path, cause);
      });
      const blocks = header === null || !isAligned ? null : { ...columns, header };
      return { fingerprint: fingerprintOf(size, columns), size: bytes, blocks };
    } finally {
      await handle.close();
    }
  });
}

/** All blocks of a file, in file order. */
async function surveyLarge(
  task: SurveyTask,
): Promise<{ columns: BlockColumns; bytes: number; isAligned: boolean }> {
  const shared: SharedSurvey = { task, next: new Int32Array(new SharedArrayBuffer(4)) };
  const regions = new Array<RegionBlocks>(regionCount(task));
  const helpers = canStartThreads ? Math.min(task.form.threads, regions.length) - 1 : 0;
  const threads = Array.from({ length: helpers }, () =>
    runThread('survey-worker', shared, ({ region, blocks }: RegionResult) => (regions[region] = blocks)),
  );
  try {
    for (const { region, blocks } of surveyRegions(new RegionSurveyor(task), task, shared.next)) {
      regions[region] = blocks;
      // A region takes some 15 ms; a watcher has other things to do as well.
      await setImmediate();
    }
  } finally {
    // Nobody takes another region; the file stays open until all have let go of it.
    Atomics.store(shared.next, 0, regions.length);
    await Promise.allSettled(threads);
  }
  await Promise.all(threads);
  const total = regions.reduce((sum, { count }) => sum + count, 0);
  const columns = emptyColumns(total);
  let at = 0;
  for (const { table, count } of regions) {
    copyBlocks(table, count, columns, at);
    at += count;
  }
  return {
    columns,
    bytes: regions.reduce((sum, { bytes }) => sum + bytes, 0),
    isAligned: regions.every(({ isAligned }) => isAligned),
  };
}

function fingerprintOf(size: number, blocks: BlockColumns): string {
  const lengths = Buffer.alloc(4 * blockCount(blocks));
  blocks.bytes.forEach((bytes, at) => lengths.writeUInt32LE(bytes, 4 * at));
  return createHash('sha256')
    .update(surveyVersion)
    .update(`${size}\n`)
    .update(blocks.hash)
    .update(lengths)
    .digest('hex');
}
