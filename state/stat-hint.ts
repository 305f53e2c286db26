import type { FileStat } from './records.ts';

/** What of a file says whether it is as it was, in the form of `FileStat` or as Node gives it. */
type StatLike = Pick<FileStat, 'mtimeNs' | 'ctimeNs' | 'ino'> & { readonly size: number | bigint };

/** A file whose times are this close to when they were read may change again without them showing it. */
const RACY_MS = 2000;

/**
 * Whether a file looks as it did. The change time too: whoever overwrites a file in place can set the others back.
 */
export function isSameStat(a: StatLike, b: StatLike): boolean {
  return (
    Number(a.size) === Number(b.size) && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.ino === b.ino
  );
}

/**
 * Whether a file that looks like `now` surely holds the bytes that it held when it looked like `recorded`.
 *
 * git's racy rule (Documentation/technical/racy-git.txt), with the change time as well, which `touch` and `cp -p`
 * can't set back. A time in the future is never trusted.
 */
export function isSurelyUnchanged(recorded: FileStat | null, now: FileStat): boolean {
  if (recorded === null || !isSameStat(recorded, now)) return false;
  const newest = recorded.mtimeNs > recorded.ctimeNs ? recorded.mtimeNs : recorded.ctimeNs;
  return newest <= BigInt(Math.floor(recorded.observedAtMs - RACY_MS)) * 1_000_000n;
}
