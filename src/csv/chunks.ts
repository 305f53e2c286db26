import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { MarqueeError } from '../error.ts';

/** Bytes read at a time: large enough for speed, small enough that the event loop is not held up. */
const chunkBytes = 1 << 20;

/** Of a small file as many as it has, but no fewer than these. */
const leastBytes = 1 << 12;

/**
 * The bytes of a file in chunks of up to 1 MB, from an offset on; each chunk is its consumer's to keep.
 *
 * @throws MarqueeError `file-vanished` or `read-failed`, both retryable
 */
export function readChunks(path: string, offset = 0): AsyncGenerator<Buffer, void, undefined> {
  return readInto((size) => Buffer.allocUnsafeSlow(size), path, offset);
}

/**
 * The same for who keeps nothing: a chunk is overwritten by the next one. To let go of a buffer for each megabyte costs as
 * much as to look at the megabyte.
 *
 * @throws MarqueeError as `readChunks` does
 */
export function readPassingChunks(path: string, offset = 0): AsyncGenerator<Buffer, void, undefined> {
  let buffer: Buffer | null = null;
  return readInto((size) => (buffer ??= Buffer.allocUnsafeSlow(size)), path, offset);
}

async function* readInto(
  bufferOf: (size: number) => Buffer,
  path: string,
  offset: number,
): AsyncGenerator<Buffer, void, undefined> {
  // Not blocking: where a pipe has taken the file's place since it was looked at, opening it would wait for a writer.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw readFailure(path, cause);
  });
  try {
    const { size } = await handle.stat().catch((cause: unknown) => {
      throw readFailure(path, cause);
    });
    // A file of a line needs no megabyte; one that grows meanwhile is read to its end all the same.
    const bytes = Math.min(chunkBytes, Math.max(leastBytes, size - offset + 1));
    for (let position = offset; ;) {
      const buffer = bufferOf(bytes);
      const { bytesRead } = await handle.read(buffer, 0, bytes, position).catch((cause: unknown) => {
        throw readFailure(path, cause);
      });
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** What a failed look at a file means to a person. */
export function readFailure(path: string, cause: unknown): MarqueeError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new MarqueeError('file-vanished', `${path}: the file went away while it was read`, {
      cause,
      retryable: true,
      hint: 'nothing to do: the next look at the folder sees what is there now',
    });
  }
  return new MarqueeError('read-failed', `${path}: reading failed (${code})`, {
    cause,
    retryable: true,
    hint: 'check the disk or network drive that the file is on',
  });
}

/** What became of work on the bytes of a file: what reading failed with is a read failure, a bug stays a bug. */
export function failureOf(path: string, cause: unknown): unknown {
  return cause instanceof Error && 'syscall' in cause ? readFailure(path, cause) : cause;
}
