import { isUtf8 } from 'node:buffer';
import type { Stats } from 'node:fs';
import { open, readlink, stat } from 'node:fs/promises';
import { rejection, type Rejection } from '../sources/rejection.ts';
import { detectBinary, type Binary } from './binary.ts';
import { readChunks, readFailure, readPassingChunks } from './chunks.ts';
import type { Encoding, TextForm } from './decode.ts';
import { censusUtf8, openTailLength } from './utf8.ts';

/** A file that holds text, and in what form. */
export interface TextFile extends TextForm {
  readonly kind: 'text';
  /** Bytes, byte order mark included. */
  readonly size: number;
  /** All of them, where they are few: nobody need read them again. */
  readonly whole: Buffer | null;
}

const headBytes = 1 << 16;

/**
 * Looks at a file without reading records: is it one, may we read it, is it text, in which encoding. Reads the whole
 * file once (some 2 GB/s where all is well): a Windows-1252 file may be plain ASCII for its first hundred megabytes.
 *
 * UTF-8 unless bytes are ill-formed; then Windows-1252, unless there is well-formed UTF-8 too, at least one sequence
 * for two ill-formed bytes: then it is UTF-8 with a few broken records.
 *
 * @throws MarqueeError `file-vanished` or `read-failed`
 */
export async function inspectFile(path: string): Promise<TextFile | Rejection> {
  const info = await readable(path);
  if ('kind' in info) return info;
  if (info.size === 0) return emptyFile('the file is empty');
  const { head, isWhole } = await readHead(path, info.size);
  const file = { kind: 'text', size: info.size, whole: isWhole ? head : null } as const;
  const marked = byOrderMark(head);
  const form = marked ?? withoutOrderMark(head);
  if (form !== null) {
    if (info.size <= form.bomLength) return emptyFile('the file holds nothing but a byte order mark');
    if (form.encoding !== 'utf-8') return { ...file, ...form, mayBeBroken: true };
  } else {
    const binary = detectBinary(head);
    if (binary !== null) {
      return rejection('binary-file', `got ${binary.what}, expected CSV text`, binary.hint);
    }
  }
  const bytesFrom: Bytes = (offset) => (isWhole ? [head.subarray(offset)] : readPassingChunks(path, offset));
  return { ...file, ...(await scan(bytesFrom, form?.bomLength ?? 0)) };
}

async function readable(path: string): Promise<Stats | Rejection> {
  try {
    const info = await stat(path);
    if (!info.isFile()) {
      const what = info.isDirectory() ? 'a folder' : 'no regular file (a pipe, socket or device)';
      return rejection('not-a-file', `got ${what}, expected a CSV file`, 'move it out of raw/, or rename it');
    }
    // Opening is the only sure test: access() answers for the real user, not the effective one.
    await (await open(path)).close();
    return info;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const target = await readlink(path).catch(() => null);
    if (target !== null && (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP')) {
      const where = code === 'ELOOP' ? 'in a circle' : 'to nothing';
      return rejection(
        'broken-link',
        `got a link to ${target} that leads ${where}, expected a CSV file`,
        'mend the link, or remove it where the file should go',
      );
    }
    if (code !== 'EACCES' && code !== 'EPERM') throw readFailure(path, cause);
    return rejection(
      'unreadable',
      `reading is not permitted (${code})`,
      `give the user that runs marquee the right to read it: chmod u+r`,
    );
  }
}

/** What a file is, by its first bytes, that isn't text; null where it may be text. */
export async function binaryHead(path: string): Promise<Binary | null> {
  const { head } = await readHead(path, Infinity);
  const isMarked = byOrderMark(head) !== null || withoutOrderMark(head) !== null;
  return isMarked ? null : detectBinary(head);
}

/** The first bytes of a file of some size; whether they are all of it. */
async function readHead(path: string, size: number): Promise<{ head: Buffer; isWhole: boolean }> {
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of readChunks(path)) {
    // It has grown since, or is a large one.
    if (head.length > 0) return { head, isWhole: false };
    head = chunk.subarray(0, headBytes);
    if (size > headBytes) return { head, isWhole: false };
  }
  return { head, isWhole: head.length === size };
}

function byOrderMark(head: Buffer): { encoding: Encoding; bomLength: number } | null {
  const starts = (...bytes: number[]): boolean => bytes.every((byte, index) => head[index] === byte);
  if (starts(0xef, 0xbb, 0xbf)) return { encoding: 'utf-8', bomLength: 3 };
  if (starts(0xff, 0xfe)) return { encoding: 'utf-16le', bomLength: 2 };
  if (starts(0xfe, 0xff)) return { encoding: 'utf-16be', bomLength: 2 };
  return null;
}

/**
 * UTF-16 shows in the first names of the header, which are mostly ASCII: every other byte is NUL. Only 16 bytes are
 * looked at, as further on a character may have a NUL in its other byte.
 */
function withoutOrderMark(head: Buffer): { encoding: Encoding; bomLength: number } | null {
  const start = head.subarray(0, Math.min(16, head.length - (head.length % 2)));
  if (start.length < 4) return null;
  const zeros = [0, 0];
  start.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  const most = (start.length / 2) * 0.8;
  if (even === 0 && odd >= most) return { encoding: 'utf-16le', bomLength: 0 };
  return odd === 0 && even >= most ? { encoding: 'utf-16be', bomLength: 0 } : null;
}

/** The bytes of a file from an offset on; no chunk is kept. */
type Bytes = (offset: number) => AsyncIterable<Buffer> | Iterable<Buffer>;

async function scan(bytesFrom: Bytes, bomLength: number): Promise<TextForm> {
  let hasNul = false;
  let open: Buffer = Buffer.alloc(0);
  let isValid = true;
  for await (const chunk of bytesFrom(bomLength)) {
    hasNul ||= chunk.includes(0);
    const bytes = open.length === 0 ? chunk : Buffer.concat([open, chunk]);
    const whole = bytes.length - openTailLength(bytes);
    // A copy, since the chunk passes.
    open = Buffer.from(bytes.subarray(whole));
    isValid = isUtf8(bytes.subarray(0, whole));
    if (!isValid) break;
  }
  if (isValid && open.length === 0) return { encoding: 'utf-8', bomLength, mayBeBroken: hasNul };
  const isStillUtf8 = bomLength > 0 || (await isMostlyUtf8(bytesFrom));
  return { encoding: isStillUtf8 ? 'utf-8' : 'windows-1252', bomLength, mayBeBroken: true };
}

async function isMostlyUtf8(bytesFrom: Bytes): Promise<boolean> {
  let multibyte = 0;
  let invalid = 0;
  // A sequence cut by a chunk's end counts as ill-formed bytes: too few to matter.
  for await (const chunk of bytesFrom(0)) {
    const census = censusUtf8(chunk);
    multibyte += census.multibyte;
    invalid += census.invalid;
  }
  return multibyte * 2 >= invalid;
}

function emptyFile(message: string): Rejection {
  return rejection(
    'empty-file',
    `${message}, expected a line of column names and a line a record`,
    'drop the whole file again; to take its rows away on purpose, remove the file',
  );
}
