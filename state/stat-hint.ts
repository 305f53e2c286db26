import type { FileStat } from './records.ts';

/** A file whose times are this close to when they were read may change again without them showing it. */
const RACY_MS = 2000;

/**
 * Whether a file that looks like `now` surely holds the bytes that it held when it looked like `recorded`.
 *
 * git's racy rule (Documentation/technical/racy-git.txt), with the change time as well, which `touch` and `cp -p`
 * can't set back. A time in the future is never trusted.
 */
export function isSurelyUnchanged(recorded: FileStat | null, now: FileStat): boolean {
  if (recorded === null) return false;
  const same =
    recorded.size === now.size &&
    recorded.mtimeNs === now.mtimeNs &&
    recorded.ctimeNs === now.ctimeNs &&
    recorded.ino === now.ino;
  if (!same) return false;
  const newest = recorded.mtimeNs > recorded.ctimeNs ? recorded.mtimeNs : recorded.ctimeNs;
  return newest <= BigInt(Math.floor(recorded.observedAtMs - RACY_MS)) * 1_000_000n;
}
