import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { OpenedDrop, OpenedParts, Refusal } from '../operators/opened-drop.ts';
import { recordCount, type BlockTable } from '../state/block-table.ts';
import { compareUnits, lineMapper, type FilePart } from './csv/compare-units.ts';
import { writeParts } from './csv/write-parts.ts';

/**
 * Where new blocks are more than this share of a file, or went with more than this share of its records, it is read whole: to
 * compare rows takes less time than to cut it up, or less memory than to remember what went.
 */
const mostOfFile = 0.5;

/** A large file to be opened by its new blocks. */
export interface PartsToOpen {
  /** Where it stands. */
  readonly file: string;
  readonly before: BlockTable;
  readonly now: BlockTable;
  /** Opens a file that has its header and some of its records. */
  readonly open: (file: string) => Promise<OpenedDrop | Refusal>;
  /** Where the parts are written meanwhile; the caller's own. */
  readonly target: string;
}

/**
 * Opens what is new in a large file as a file of its own: its header and the blocks that the version before lacks.
 *
 * @returns null where the two versions can't be compared by blocks, most of the file is new or gone, or nothing is new (rows went, and
 *   no block is new: too rare to be worth a way of its own)
 * @throws MarqueeError as `writeParts` does
 */
export async function openParts({
  file,
  before,
  now,
  open,
  target,
}: PartsToOpen): Promise<OpenedParts | null> {
  const found = compareUnits(before, now);
  if (found === null) return null;
  const size = now.bytes.reduce((sum, bytes) => sum + bytes, 0);
  const news = found.parts.reduce((sum, { start, end }) => sum + end - start, 0);
  const gone = found.vanished.reduce((sum, { records }) => sum + records, 0);
  if (news > mostOfFile * size || gone > mostOfFile * (recordCount(before) ?? 0)) return null;
  if (found.parts.every(({ records }) => records === 0)) return null;
  mkdirSync(path.dirname(target), { recursive: true });
  const close = (): void => rmSync(target, { force: true });
  try {
    const { headerLines } = await writeParts(file, found.parts, target);
    const opened = await open(target);
    if (!('read' in opened)) {
      close();
      return null;
    }
    return {
      ...found,
      opened,
      newLine: lineMapper(found.kept),
      wholeLine: wholeLines(found.parts, headerLines),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Tells on which line of the whole file a line of its parts stands, header lines before them. */
function wholeLines(parts: readonly FilePart[], headerLines: number): (line: number) => number {
  const starts: { readonly line: number; readonly shift: number }[] = [];
  let before = headerLines;
  for (const { firstLine, lines } of parts) {
    starts.push({ line: before + 1, shift: firstLine - before - 1 });
    before += lines;
  }
  return (line) => line + (starts.findLast((start) => start.line <= line)?.shift ?? 0);
}
