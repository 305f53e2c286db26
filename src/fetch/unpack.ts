import { once } from 'node:events';
import { createReadStream, createWriteStream, openSync, closeSync, readSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createGunzip, createInflateRaw } from 'node:zlib';
import { MarqueeError } from '../error.ts';
import { diskFull, isDiskFull } from './http-failure.ts';
import { chooseEntry } from './zip-entry.ts';

/** Text compresses some tenfold; above this, and above the size, it is a bomb. */
const maxRatio = 200;
const smallBytes = 10_000_000;
const chunkSize = 1 << 20;

/**
 * Writes the CSV that a download is or holds to `to`. What it is, its first bytes tell: a zip archive (the entry
 * `member`, or its only CSV), gz, or the CSV itself. Streams; memory stays flat whatever the size.
 *
 * @throws MarqueeError `fetch-unsafe-archive` for a bomb, or entries that would go elsewhere; `fetch-damaged`
 *   (retryable) for a wrong checksum; `fetch-disk-full`
 */
export async function unpack(
  from: string,
  to: string,
  member: string | undefined,
  name: string,
): Promise<void> {
  const magic = firstBytes(from, 4);
  const kind = archiveKind(magic);
  try {
    if (kind === 'zip') await unzip(from, to, member, name);
    else if (kind === 'gz') {
      const source = createReadStream(from, { highWaterMark: chunkSize });
      const limit = guard(name, () => Math.max(smallBytes, source.bytesRead * maxRatio));
      await pipeline(source, createGunzip({ chunkSize }), limit, sink(to));
    } else await pipeline(createReadStream(from, { highWaterMark: chunkSize }), sink(to));
  } catch (error) {
    if (error instanceof MarqueeError) throw error;
    const { code = '' } = error as NodeJS.ErrnoException;
    if (isDiskFull(error)) throw diskFull(name);
    if (/^Z_|^ERR_/.test(code)) throw damaged(name, `the archive breaks off or is damaged (${code})`);
    throw error;
  }
}

async function unzip(from: string, to: string, member: string | undefined, name: string): Promise<void> {
  const { archive, entry } = await chooseEntry(from, member, name);
  try {
    const { compressedSize, uncompressedSize, compressionMethod } = entry;
    if (uncompressedSize > Math.max(smallBytes, compressedSize * maxRatio)) throw bomb(name);
    const { bavail, bsize } = statfsSync(path.dirname(to));
    if (uncompressedSize > bavail * bsize) throw diskFull(name);
    const { fileDataStart: start } = await archive.readLocalFileHeaderPromise(entry, { minimal: true });
    // Read by ourselves: what comes in small pieces is unpacked at half the rate.
    const raw =
      compressedSize === 0
        ? Readable.from([])
        : createReadStream(from, { start, end: start + compressedSize - 1, highWaterMark: chunkSize });
    const sum = { crc: 0, size: 0 };
    const check = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sum.crc = crc32(chunk, sum.crc);
        sum.size += chunk.length;
        done(
          sum.size > uncompressedSize ? damaged(name, `${entry.fileName} is longer than declared`) : null,
          chunk,
        );
      },
    });
    const inflate = compressionMethod === 0 ? [] : [createInflateRaw({ chunkSize })];
    await pipeline([raw, ...inflate, check, sink(to)]);
    if (sum.size !== uncompressedSize || sum.crc !== entry.crc32)
      throw damaged(name, `the checksum of ${entry.fileName} in the archive is wrong`);
  } finally {
    const closed = once(archive, 'close');
    archive.close();
    await closed;
  }
}

function sink(to: string): NodeJS.WritableStream {
  // Never over what stands there: it may be a link to elsewhere.
  return createWriteStream(to, { flags: 'wx', highWaterMark: 4 * chunkSize, flush: true });
}

function guard(name: string, limit: () => number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      done(size > limit() ? bomb(name) : null, chunk);
    },
  });
}

/** What a file is by its first four bytes; null where it is no archive. */
export function archiveKind(magic: Buffer): 'zip' | 'gz' | null {
  const [first, second, third = 0, fourth = 0] = magic;
  if (first === 0x1f && second === 0x8b) return 'gz';
  // A text may begin with PK; an archive's records go on with a small odd number and the next one.
  return first === 0x50 && second === 0x4b && third % 2 === 1 && third < 8 && fourth === third + 1
    ? 'zip'
    : null;
}

/** The first bytes of a file; fewer where it has fewer. */
export function firstBytes(file: string, count: number): Buffer {
  const fd = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(count);
    return bytes.subarray(0, readSync(fd, bytes));
  } finally {
    closeSync(fd);
  }
}

function bomb(name: string): MarqueeError {
  return new MarqueeError(
    'fetch-unsafe-archive',
    `${name}: the archive holds more than ${maxRatio} times its size`,
    {
      hint: 'nothing was taken; look at where it comes from',
    },
  );
}

function damaged(name: string, what: string): MarqueeError {
  return new MarqueeError('fetch-damaged', `${name}: ${what}`, {
    hint: 'it is fetched anew; if it stays so, the file is damaged at its source',
    retryable: true,
  });
}
