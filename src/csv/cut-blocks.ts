import type { SurveyForm } from './survey-form.ts';

const lf = 0x0a;

/** A random number for each byte value, the same for ever: they decide where blocks end. */
const gear = gearTable();

/**
 * Where the block that begins at `from` ends: a place chosen by the 32 bytes before it, moved on to behind the next
 * line feed. So an insertion shifts only the block it is in, and perhaps the next ones: after that ends fall on the
 * same contents as before. The bytes up to the minimum size are not looked at.
 *
 * W. Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data Deduplication", USENIX ATC
 * 2016: gear hash and skipping of the minimum size. Its two masks are left out: alignment with lines blurs sizes anyway.
 *
 * @param to end of the bytes at hand; `isEnd` where the region ends there
 * @returns the offset behind the block; -1 where that takes more bytes
 */
export function findCut(bytes: Buffer, from: number, to: number, isEnd: boolean, form: SurveyForm): number {
  const latest = from + form.maxBytes;
  const candidate = findCandidate(bytes, Math.min(from + form.minBytes, to), Math.min(latest, to), form);
  if (candidate === to && to < latest) return isEnd ? to : -1;
  const limit = Math.min(to, from + form.lineBytes);
  // The candidate may stand right behind a line feed already.
  const feed = bytes.subarray(0, limit).indexOf(lf, candidate - 1);
  if (feed !== -1) return feed + 1;
  return isEnd || limit === from + form.lineBytes ? limit : -1;
}

/** The first place from `at` on where the gear hash says so; `to` where it never does. The hot loop of a survey. */
function findCandidate(bytes: Uint8Array, at: number, to: number, { cutBits }: SurveyForm): number {
  const shift = 32 - cutBits;
  let hash = -1;
  for (let i = at; i < to; i++) {
    hash = ((hash << 1) + gear[bytes[i]!]!) | 0;
    if (hash >>> shift === 0) return i + 1;
  }
  return to;
}

/** xorshift32 (G. Marsaglia, "Xorshift RNGs", 2003). */
function gearTable(): Int32Array {
  let state = 0x6d617271;
  return Int32Array.from({ length: 256 }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  });
}
