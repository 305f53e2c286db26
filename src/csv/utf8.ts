import { isUtf8 } from 'node:buffer';
import { invalidMark } from './quarantine.ts';

const markBytes = Buffer.from(invalidMark);

/** How much of some bytes is UTF-8: sequences of two and more bytes that are, and bytes that aren't. */
export interface Utf8Census {
  readonly multibyte: number;
  readonly invalid: number;
}

/** Counts well-formed multi-byte sequences and ill-formed bytes; the bytes are taken to be all there is. */
export function censusUtf8(bytes: Buffer): Utf8Census {
  let multibyte = 0;
  let invalid = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length === 0) invalid += 1;
    else if (length > 1) multibyte += 1;
    at += Math.max(1, length);
  }
  return { multibyte, invalid };
}

/** The same bytes with `invalidMark` in place of every ill-formed byte; the very same buffer if there is none. */
export function markInvalidUtf8(bytes: Buffer): Buffer {
  if (isUtf8(bytes)) return bytes;
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      parts.push(bytes.subarray(from, at), markBytes);
      from = at + 1;
    }
    at += Math.max(1, length);
  }
  parts.push(bytes.subarray(from));
  return Buffer.concat(parts);
}

/** How many bytes at the end may be the beginning of a sequence that goes on in the next chunk: 0 to 3. */
export function openTailLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return expectedLength(byte) > back ? back : 0;
  }
  return 0;
}

function expectedLength(lead: number): number {
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** Length of the well-formed sequence at an index (Unicode 16, table 3-7), 0 if there is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = expectedLength(lead);
  const second = bytes[at + 1] ?? 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let next = 2; next < length; next += 1) {
    if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}
