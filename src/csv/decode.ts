import { invalidMark } from './quarantine.ts';
import { markInvalidUtf8, openTailLength } from './utf8.ts';

/** Encodings that are told apart; each is read with and without byte order mark where it has one. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** What has to be known about bytes to turn them into clean UTF-8. */
export interface TextForm {
  readonly encoding: Encoding;
  /** Bytes of the byte order mark. */
  readonly bomLength: number;
  /** False only where every byte is known to be fine, so that nothing has to be looked at again. */
  readonly mayBeBroken: boolean;
}

/**
 * Bytes behind the byte order mark as UTF-8, in chunks that end between characters. Bytes that the encoding doesn't know
 * come out as `invalidMark`, lone surrogates too.
 *
 * @param chunks may pass: what is kept of them is copied
 */
export async function* decode(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  form: Pick<TextForm, 'encoding' | 'mayBeBroken'>,
): AsyncGenerator<Buffer, void, undefined> {
  switch (form.encoding) {
    case 'utf-8':
      yield* form.mayBeBroken ? decodeUtf8(chunks) : chunks;
      return;
    case 'windows-1252':
      for await (const chunk of chunks) yield Buffer.from(decodeWindows1252(chunk));
      return;
    case 'utf-16le':
    case 'utf-16be':
      yield* decodeUtf16(chunks, form.encoding === 'utf-16be');
      return;
  }
}

async function* decodeUtf8(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  let open: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = open.length === 0 ? chunk : Buffer.concat([open, chunk]);
    const whole = bytes.length - openTailLength(bytes);
    open = Buffer.from(bytes.subarray(whole));
    yield markInvalidUtf8(bytes.subarray(0, whole));
  }
  if (open.length > 0) yield markInvalidUtf8(open);
}

// Bytes 0x80 to 0x9F; five of them stand for nothing. Node's own decoder takes them for Latin-1 in some versions.
const upper = '€�‚ƒ„…†‡ˆ‰Š‹Œ�Ž��‘’“”•–—˜™š›œ�žŸ'.replaceAll('\ufffd', invalidMark);

function decodeWindows1252(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[\x80-\x9f]/g, (c) => upper[c.charCodeAt(0) - 0x80] ?? c);
}

async function* decodeUtf16(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  isBigEndian: boolean,
): AsyncGenerator<Buffer, void, undefined> {
  let open: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([open, chunk]);
    const units = bytes.subarray(0, bytes.length - (bytes.length % 2));
    const last = isBigEndian ? units.at(-2) : units.at(-1);
    const endsInHighSurrogate = last !== undefined && (last & 0xfc) === 0xd8;
    const whole = units.length - (endsInHighSurrogate ? 2 : 0);
    open = Buffer.from(bytes.subarray(whole));
    const part = bytes.subarray(0, whole);
    yield toCleanUtf8((isBigEndian ? part.swap16() : part).toString('utf16le'));
  }
  // What is left is half a character: an odd byte, or a high surrogate that nothing follows.
  if (open.length > 0) yield Buffer.from(invalidMark);
}

function toCleanUtf8(text: string): Buffer {
  return Buffer.from(text.replace(/\p{Surrogate}/gu, invalidMark));
}
