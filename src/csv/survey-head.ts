import { hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { maxHeaderBytes } from './dialect.ts';
import { cutOf, type SurveyForm } from './survey-form.ts';

const lf = 0x0a;
const cr = 0x0d;
const quote = 0x22;

/**
 * A hash of the bytes of a file's first record, its header, where that is the file's first line (quoted line breaks
 * aside) and ends in a line feed that is a byte: not so in UTF-16, where lines end in a lone carriage return, where a
 * blank line or one of delimiters only comes first, or where the header is longer than a header may be. How the file
 * is cut goes into it too: blocks cut in another way can't be compared.
 */
export async function hashHeader(handle: FileHandle, form: SurveyForm): Promise<string | null> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(maxHeaderBytes), 0, maxHeaderBytes, 0);
  const head = buffer.subarray(0, bytesRead);
  const isMarkedUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (isMarkedUtf16 || head.subarray(0, 16).includes(0)) return null;
  const end = headerEnd(head);
  if (end === null) return null;
  const header = head.subarray(0, end);
  if (!/[\p{L}\p{N}]/u.test(header.toString('utf8'))) return null;
  return hash('sha256', Buffer.concat([Buffer.from(cutOf(form)), header]), 'hex');
}

/** The offset behind the line feed that ends the first record; null where it ends otherwise, or not in these bytes. */
export function headerEnd(head: Uint8Array): number | null {
  let isQuoted = false;
  for (let at = 0; at < head.length; at++) {
    if (head[at] === quote) isQuoted = !isQuoted;
    else if (!isQuoted && head[at] === lf) return at + 1;
    else if (!isQuoted && head[at] === cr && head[at + 1] !== lf) return null;
  }
  return null;
}
