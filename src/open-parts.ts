import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { OpenedDrop, OpenedParts, Refusal } from '../operators/opened-drop.ts';
import { recordCount, type BlockTable } from '../state/block-table.ts';
import { pairCount } from '../state/segments.ts';
import { compareRecords, type RecordComparison, type VersionRecords } from './csv/compare-records.ts';
import { compareUnits, recordsOf, type UnitComparison } from './csv/compare-units.ts';
import type { RecordForm } from './csv/hash-records.ts';
import { binaryHead } from './csv/inspect.ts';
import { writeParts } from './csv/write-parts.ts';

/**
 * Where new records are more than this share of a file, or went with more than this share of its records, it is read whole: to
 * compare rows takes less time than to cut it up, or less memory than to remember what went.
 */
const mostOfFile = 0.5;

/** Records that went, or are in new blocks, in so small a number, are remembered whatever share of the file they are. */
const fewRecords = 3_000_000;

/** A large file to be opened by its new records. */
export interface PartsToOpen {
  /** Where it stands. */
  readonly file: string;
  readonly before: BlockTable;
  readonly now: BlockTable;
  /** What is remembered of the records of the version before. */
  readonly records: VersionRecords;
  /** Opens a file that has its header and some of its records. */
  readonly open: (file: string) => Promise<OpenedDrop | Refusal>;
  /** Where the parts are written meanwhile; the caller's own. */
  readonly target: string;
}

/**
 * Opens what is new in a large file as a file of its own: its header and the records that the version before lacks. Of blocks that
 * both versions have nothing is read.
 *
 * @returns null where the two versions can't be compared by blocks, or most of the file is new or gone; or why else it has to be read whole
 * @throws MarqueeError as `writeParts` and `compareRecords` do
 */
export async function openParts(
  what: PartsToOpen,
): Promise<OpenedParts | { readonly declined: string } | null> {
  const { file, before, now, target } = what;
  const units = compareUnits(before, now);
  if (units === null || !isWorthComparing(units, before)) return null;
  mkdirSync(path.dirname(target), { recursive: true });
  const close = (): void => rmSync(target, { force: true });
  let isOpen = false;
  try {
    const form = await formOf(units, what);
    if ('declined' in form) return form;
    const comparison = await compareRecords(file, units, form, what.records);
    if ('declined' in comparison) return comparison;
    const { parts } = comparison;
    if (!isWorthReading(comparison, before, now)) return null;
    const { headerLines } = await writeParts(file, parts, target);
    const opened = await what.open(target);
    if (!('read' in opened)) return { declined: opened.message };
    isOpen = true;
    return { comparison, opened, wholeLine: parts.lineMapper(headerLines), close };
  } finally {
    if (!isOpen) close();
  }
}

/** How the records of the file are made, as the first new ones say, or why the engine can't read these. */
async function formOf(
  { parts }: UnitComparison,
  { file, open, target }: PartsToOpen,
): Promise<RecordForm | { readonly declined: string }> {
  // What says that a file is no text stands at its beginning, which may be kept.
  const binary = await binaryHead(file);
  if (binary !== null) return { declined: `it begins like ${binary.what}` };
  await writeParts(file, parts.slice(0, 1), target);
  const opened = await open(target);
  if (!('read' in opened)) return { declined: opened.message };
  return 'file' in opened.bulk ? opened.bulk.file : opened.bulk;
}

function isWorthComparing({ parts, vanished }: UnitComparison, before: BlockTable): boolean {
  const most = Math.max(fewRecords, mostOfFile * (recordCount(before) ?? 0));
  return recordsOf(parts) <= most && recordsOf(vanished) <= most;
}

function isWorthReading({ parts, gone }: RecordComparison, before: BlockTable, now: BlockTable): boolean {
  const size = now.bytes.reduce((sum, bytes) => sum + bytes, 0);
  const went = gone.reduce((sum, chunk) => sum + pairCount(chunk), 0);
  return parts.bytes <= mostOfFile * size && went <= mostOfFile * (recordCount(before) ?? 0);
}
