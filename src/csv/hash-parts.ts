import { readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { failureOf, readFailure } from './chunks.ts';
import type { FilePart } from './compare-units.ts';
import { RecordHasher, slack, type HashedRecords, type RecordForm } from './hash-records.ts';
import { canStartThreads, runThread } from './threads.ts';

/** What every thread that hashes parts is given, in shared memory. */
export interface SharedParts {
  /** An open file; threads share it, as they read by position. */
  readonly fd: number;
  readonly form: RecordForm;
  /** Where each part begins, how many bytes and records it has, and the place of its first record among all of them. */
  readonly start: Float64Array;
  readonly bytes: Uint32Array;
  readonly records: Uint32Array;
  readonly first: Uint32Array;
  readonly into: HashedRecords;
  /** 1 where a part was hashed. */
  readonly isHashed: Int32Array;
  /** The next part that nobody has taken, counted up atomically. */
  readonly next: Int32Array;
}

/** What was found in some parts of a file. */
export interface HashedParts {
  readonly records: HashedRecords;
  /** The place of the first record of each part. */
  readonly first: ReadonlyMap<FilePart, number>;
}

/** From so many bytes on a second thread is worth its start. */
const threadedBytes = 16 << 20;

/**
 * Hashes the records of some parts of a file, where that is worth it on two threads.
 *
 * Memory: 24 bytes a record, and twice the longest part.
 *
 * @param meanwhile what this thread does first
 * @returns what was found and what came of that; `hashed` is null where parts are not made of as many sound records as their blocks said
 * @throws MarqueeError as `readFailure` says, and what `meanwhile` throws
 */
export async function hashParts<T>(
  file: string,
  parts: readonly FilePart[],
  form: RecordForm,
  meanwhile: () => Promise<T>,
): Promise<{ readonly hashed: HashedParts | null; readonly done: T }> {
  const handle = await open(file).catch((cause: unknown) => {
    throw readFailure(file, cause);
  });
  let thread: Promise<void> = Promise.resolve();
  const next = new Int32Array(new SharedArrayBuffer(4));
  try {
    const shared = shareParts(handle.fd, parts, form, next);
    const bytes = parts.reduce((sum, { start, end }) => sum + end - start, 0);
    if (canStartThreads && availableParallelism() > 1 && bytes >= threadedBytes) {
      thread = runThread('hash-worker', shared);
      // A failure is told once it is waited for.
      thread.catch(() => undefined);
    }
    const done = await meanwhile();
    try {
      // A part takes some milliseconds; a watcher has other things to do as well.
      for (const part of hashShared(shared)) await setImmediate(part);
      await thread;
    } catch (cause) {
      throw failureOf(file, cause);
    }
    const first = new Map(parts.map((part, at) => [part, shared.first[at]!]));
    const isHashed = shared.isHashed.every((isOne) => isOne === 1);
    return { hashed: isHashed ? { records: shared.into, first } : null, done };
  } finally {
    // Nobody takes another part; the file stays open until all have let go of it.
    Atomics.store(next, 0, parts.length);
    await thread.catch(() => undefined);
    await handle.close();
  }
}

/** Hashes parts that nobody else has taken, until there are none; yields each. */
export function* hashShared(shared: SharedParts): Generator<number> {
  const { fd, start, bytes, records, first, into, isHashed, next } = shared;
  const hasher = new RecordHasher(shared.form);
  const longest = bytes.reduce((most, length) => Math.max(most, length), 0);
  const buffer = Buffer.allocUnsafeSlow(longest + slack);
  const view = new DataView(buffer.buffer);
  for (let part = Atomics.add(next, 0, 1); part < bytes.length; part = Atomics.add(next, 0, 1)) {
    const length = bytes[part]!;
    const isWhole = readFully(fd, buffer, length, start[part]!);
    const found = isWhole
      ? hasher.hash(buffer.subarray(0, length + slack), view, first[part]!, records[part]!, into)
      : -1;
    // Where one can't be hashed, the others are of no use.
    if (found === records[part]) Atomics.store(isHashed, part, 1);
    else Atomics.store(next, 0, bytes.length);
    yield part;
  }
}

/** Whether there were as many bytes: not where the file shrank. */
function readFully(fd: number, into: Buffer, length: number, start: number): boolean {
  for (let filled = 0; filled < length;) {
    const read = readSync(fd, into, filled, length - filled, start + filled);
    if (read === 0) return false;
    filled += read;
  }
  return true;
}

function shareParts(fd: number, parts: readonly FilePart[], form: RecordForm, next: Int32Array): SharedParts {
  const words = (count: number): Uint32Array => new Uint32Array(new SharedArrayBuffer(4 * count));
  const start = new Float64Array(new SharedArrayBuffer(8 * parts.length));
  const [bytes, records, first] = [words(parts.length), words(parts.length), words(parts.length)];
  let total = 0;
  parts.forEach((part, at) => {
    start[at] = part.start;
    bytes[at] = part.end - part.start;
    records[at] = part.records;
    first[at] = total;
    total += part.records;
  });
  return {
    fd,
    form,
    start,
    bytes,
    records,
    first,
    into: { rows: words(4 * total), start: words(total), line: words(total) },
    isHashed: new Int32Array(new SharedArrayBuffer(4 * parts.length)),
    next,
  };
}
