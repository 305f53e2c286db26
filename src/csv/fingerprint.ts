import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { MarqueeError } from '../error.ts';
import { readChunks, readFailure } from './chunks.ts';

/** What a file's bytes are, and what its folder said of it before and after they were read. */
export interface Fingerprint {
  /** SHA-256 of the bytes, 64 hex digits. */
  readonly fingerprint: string;
  /** Bytes. */
  readonly size: number;
  /** Modification time in nanoseconds since 1970: a hint that bytes may have changed, never content. */
  readonly mtimeNs: bigint;
  readonly ino: bigint;
}

/**
 * Fingerprints one consistent version of a file.
 *
 * @throws MarqueeError `file-changed-while-reading` (retryable) where size, time or inode differ afterwards;
 *   `file-vanished` or `read-failed`
 */
export async function fingerprintFile(path: string): Promise<Fingerprint> {
  const before = await look(path);
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of readChunks(path)) {
    hash.update(chunk);
    size += chunk.length;
  }
  const after = await look(path);
  const isSame =
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs &&
    before.ino === after.ino &&
    BigInt(size) === after.size;
  if (!isSame) {
    throw new MarqueeError(
      'file-changed-while-reading',
      `${path}: got ${size} bytes while the file changed from ${before.size} to ${after.size} bytes or was written anew`,
      { retryable: true, hint: 'nothing to do: it is read again when it has stopped changing' },
    );
  }
  return { fingerprint: hash.digest('hex'), size, mtimeNs: after.mtimeNs, ino: after.ino };
}

async function look(path: string): Promise<BigIntStats> {
  return stat(path, { bigint: true }).catch((cause: unknown) => {
    throw readFailure(path, cause);
  });
}
