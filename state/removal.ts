import { createHash } from 'node:crypto';

/**
 * The fingerprint of a removal: SHA-256 (hex) over what goes, so that `accept` lets exactly this removal through
 * and not the next one. Files that are judged together (a vanished folder) are passed together and share it.
 *
 * @param gone paths below `raw/` with the fingerprint in force; their order doesn't matter
 */
export function removalFingerprint(gone: Iterable<{ path: string; fingerprint: string }>): string {
  const lines = Array.from(gone, ({ path, fingerprint }) => JSON.stringify([path, fingerprint])).sort();
  return createHash('sha256')
    .update(`removed\n${lines.join('\n')}`)
    .digest('hex');
}
