import { readSync } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { MarqueeError } from '../error.ts';
import { readFailure } from './chunks.ts';
import type { FilePart } from './compare-units.ts';
import { maxHeaderBytes } from './dialect.ts';
import { headerEnd } from './survey-head.ts';

/** A file made of the header and some parts of another. */
export interface PartsFile {
  /** Bytes written. */
  readonly bytes: number;
  /** Lines of the header, which stand before the first part; 0 where that begins with the header itself. */
  readonly headerLines: number;
}

const chunkBytes = 4 << 20;
const lf = 0x0a;

/**
 * Writes the header of a surveyed file and some parts of it, in the given order, to a new file: what a reader of whole
 * files needs to read only these. Memory: 4 MB.
 *
 * @param source a file of which `surveyFile` told blocks, unchanged since; look at it again afterwards
 * @param target is overwritten; after a failure it is gone
 * @throws MarqueeError `file-vanished`, `read-failed` or `file-changed-while-reading`, all retryable; what writing throws
 */
export async function writeParts(
  source: string,
  parts: Iterable<FilePart>,
  target: string,
): Promise<PartsFile> {
  const from = await open(source).catch((cause: unknown) => {
    throw readFailure(source, cause);
  });
  try {
    const to = await open(target, 'w');
    try {
      return await copyParts(from, source, parts, to);
    } catch (error) {
      await rm(target, { force: true });
      throw error;
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

async function copyParts(
  from: FileHandle,
  source: string,
  parts: Iterable<FilePart>,
  to: FileHandle,
): Promise<PartsFile> {
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  let headerLines = 0;
  let filled = 0;
  let bytes = 0;
  const flush = async (): Promise<void> => {
    for (let written = 0; written < filled;) {
      written += (await to.write(buffer, written, filled - written)).bytesWritten;
    }
    bytes += filled;
    filled = 0;
  };
  // Parts are many and small: to wait for each would take longer than to read it.
  const read = (start: number, length: number): number => {
    const bytesRead = readAt(from.fd, source, buffer, filled, length, start);
    if (bytesRead === 0) throw changed(source);
    return bytesRead;
  };
  const [first] = parts;
  if (first?.hasHeader !== true) {
    const end = headerEnd(buffer.subarray(0, read(0, maxHeaderBytes)));
    if (end === null) throw changed(source);
    for (let at = buffer.indexOf(lf); at !== -1 && at < end; at = buffer.indexOf(lf, at + 1))
      headerLines += 1;
    filled = end;
  }
  for (const part of parts) {
    for (let at = part.start; at < part.end;) {
      if (filled === chunkBytes) await flush();
      const got = read(at, Math.min(part.end - at, chunkBytes - filled));
      at += got;
      filled += got;
    }
  }
  await flush();
  return { bytes, headerLines };
}

function readAt(
  fd: number,
  source: string,
  into: Buffer,
  offset: number,
  length: number,
  start: number,
): number {
  try {
    return readSync(fd, into, offset, length, start);
  } catch (cause) {
    throw readFailure(source, cause);
  }
}

function changed(source: string): MarqueeError {
  return new MarqueeError('file-changed-while-reading', `${source}: the file shrank while it was read`, {
    retryable: true,
    hint: 'nothing to do: it is read again when it has stopped changing',
  });
}
