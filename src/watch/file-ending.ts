import { stat } from 'node:fs/promises';
import type { Ending } from '../../operators/settle-step.ts';
import { readPassingChunks } from '../csv/chunks.ts';

/** Of larger files only the last bytes are looked at: reading them whole would take longer than the wait it may save. */
const wholeBytes = 64 * 1024 * 1024;

const quote = 0x22;

/**
 * How a file ends, without knowing its dialect: within quotes where it holds an odd number of them, else whole where
 * its last character is a line break. A stray quote is taken for an open one; so this decides how long to wait, never
 * what is read. A file that can't be read, or is none, counts as open: its reader says what is wrong with it.
 */
export async function fileEnding(file: string): Promise<Ending> {
  try {
    const info = await stat(file);
    if (!info.isFile()) return 'open';
    const isLarge = info.size > wholeBytes;
    let quotes = 0;
    let last = 0;
    for await (const chunk of readPassingChunks(file, isLarge ? info.size - 4096 : 0)) {
      if (!isLarge) quotes += countOf(quote, chunk);
      // The other half of a UTF-16 code unit.
      const end = chunk.findLast((byte) => byte !== 0);
      if (end !== undefined) last = end;
    }
    if (quotes % 2 === 1) return 'in-quotes';
    return last === 0x0a || last === 0x0d ? 'whole' : 'open';
  } catch {
    return 'open';
  }
}

function countOf(byte: number, chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(byte); at >= 0; at = chunk.indexOf(byte, at + 1)) count += 1;
  return count;
}
