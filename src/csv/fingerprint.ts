import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isSameStat } from '../../state/stat-hint.ts';
import { MarqueeError } from '../error.ts';
import { readFailure, readPassingChunks } from './chunks.ts';

/** What a file's bytes are, and what its folder said of it before and after they were read. */
export interface Fingerprint {
  /** 64 hex digits: SHA-256 of the bytes, or of the hashes of their blocks (see `surveyFile`). */
  readonly fingerprint: string;
  /** Bytes. */
  readonly size: number;
  /** Modification time in nanoseconds since 1970: a hint that bytes may have changed, never content. */
  readonly mtimeNs: bigint;
  readonly ino: bigint;
}

/**
 * Fingerprints one consistent version of a file by the SHA-256 of its bytes.
 *
 * @throws MarqueeError as `readConsistently` does
 */
export async function fingerprintFile(path: string): Promise<Fingerprint> {
  return readConsistently(path, async () => {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of readPassingChunks(path)) {
      hash.update(chunk);
      size += chunk.length;
    }
    return { fingerprint: hash.digest('hex'), size };
  });
}

/**
 * Looks at a file before and after it is read, so that what was read is one version of it.
 *
 * @param read reads the file, whose size it is told, and says how many bytes it got
 * @throws MarqueeError `file-changed-while-reading` (retryable) where size, times or inode differ afterwards;
 *   `file-vanished` or `read-failed`
 */
export async function readConsistently<T extends { readonly size: number }>(
  path: string,
  read: (size: number) => Promise<T>,
): Promise<T & { readonly mtimeNs: bigint; readonly ino: bigint }> {
  const before = await look(path);
  const result = await read(Number(before.size));
  const after = await look(path);
  const isSame = isSameStat(before, after) && BigInt(result.size) === after.size;
  if (!isSame) {
    throw new MarqueeError(
      'file-changed-while-reading',
      `${path}: got ${result.size} bytes while the file changed from ${before.size} to ${after.size} bytes or was written anew`,
      { retryable: true, hint: 'nothing to do: it is read again when it has stopped changing' },
    );
  }
  return { ...result, mtimeNs: after.mtimeNs, ino: after.ino };
}

async function look(path: string): Promise<BigIntStats> {
  return stat(path, { bigint: true }).catch((cause: unknown) => {
    throw readFailure(path, cause);
  });
}
