import type { EpochSession, RowBatch, StagedFile } from '../src/engine/engine.ts';
import type { BulkDrop, OpenedDrop, ReadEnd } from './opened-drop.ts';

/** How a file was read. */
export interface Reading {
  readonly lane: 'bulk' | 'records';
  readonly end: ReadEnd;
  /** Why a large file was not read in bulk. */
  readonly declined: string | null;
}

/** Told how many records more were read. */
interface Progress {
  advance(count?: number): void;
}

/** Reads a file in bulk if it has so many bytes and is sound, else record by record. */
export async function readDrop(
  file: StagedFile,
  opened: OpenedDrop,
  session: EpochSession,
  bulkBytes: number,
  progress: Progress,
): Promise<Reading> {
  let declined: string | null = null;
  if (opened.size >= bulkBytes) {
    const bulk = 'file' in opened.bulk ? await readBulk(file, opened.bulk, session) : opened.bulk;
    if ('records' in bulk) {
      progress.advance(bulk.records);
      return { lane: 'bulk', end: bulkEnd(bulk.records, opened.size), declined };
    }
    declined = bulk.declined;
  }
  const ends: ReadEnd[] = [];
  await session.stage(file, forward(opened.read(), ends, progress));
  const [end] = ends;
  if (end === undefined) throw new Error(`the reader of ${file.path} ended without saying how`);
  return { lane: 'records', end, declined };
}

/** The engine reads while the file is examined; most often both agree, and nothing was lost by not waiting. */
export async function readBulk(
  file: StagedFile,
  bulk: BulkDrop,
  session: EpochSession,
): Promise<{ readonly records: number } | { readonly declined: string }> {
  // Neither may be left at work when the other fails: what it reads would be staged behind the batch's back.
  const reading = [session.stageBulk(file, bulk.file, false), bulk.examine()] as const;
  await Promise.allSettled(reading);
  const [first, soundness] = await Promise.all(reading);
  let outcome = first;
  const decline = async (reason: string): Promise<{ declined: string }> => {
    if (outcome.kind === 'read') await session.discard(file.source, file.fileId);
    return { declined: reason };
  };
  if (soundness.kind === 'unsound') return decline(soundness.reason);
  if (soundness.isPadded && outcome.kind === 'read') {
    await session.discard(file.source, file.fileId);
    outcome = await session.stageBulk(file, bulk.file, true);
  }
  if (outcome.kind === 'declined') return { declined: outcome.reason };
  if (outcome.records !== soundness.records - 1) {
    return decline(`the engine found ${outcome.records} records, expected ${soundness.records - 1}`);
  }
  if (outcome.lacking > 0)
    return decline(`${outcome.lacking} records lack ${bulk.file.required.join(' or ')}`);
  return { records: outcome.records };
}

/** What was read in bulk has nothing that could not be read as a record. */
export function bulkEnd(records: number, bytes: number): Extract<ReadEnd, { kind: 'read' }> {
  return { kind: 'read', records, bytes, quarantined: [], quarantinedCount: 0, isTruncated: false };
}

async function* forward(
  rows: AsyncGenerator<RowBatch, ReadEnd>,
  ends: ReadEnd[],
  progress: Progress,
): AsyncGenerator<RowBatch> {
  for (;;) {
    const next = await rows.next();
    if (next.done === true) {
      ends.push(next.value);
      return;
    }
    progress.advance(next.value.lines.length);
    yield next.value;
  }
}
