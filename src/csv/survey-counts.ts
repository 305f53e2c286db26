const lf = 0x0a;
const cr = 0x0d;
const quote = 0x22;
const everyByte = 0x01010101;
const sevenBits = 0x7f7f7f7f;

/** What a block holds, as columns of `BlockTable` have it. */
export interface BlockCounts {
  lines: number;
  oddQuotes: number;
  recordsOutside: number;
  recordsInside: number;
}

/**
 * Counts lines and records of a block that begins at a line, in both readings: as if it began outside of quotes and
 * as if it began inside. Four bytes at a time, as line feeds are rare; see `BlockTable` for what counts.
 *
 * @param bytes at offset 0 of their memory, so that words are aligned
 * @param into gets the counts: nothing is allocated
 */
export function countRecords(
  bytes: Uint8Array,
  words: Int32Array,
  from: number,
  to: number,
  into: BlockCounts,
): void {
  into.lines = into.oddQuotes = into.recordsOutside = into.recordsInside = 0;
  const firstWord = Math.min(to, (from + 3) & ~3);
  const lastWord = Math.max(firstWord, to & ~3);
  countBytes(bytes, from, firstWord, from, into);
  let odd = into.oddQuotes;
  for (let w = firstWord >> 2; w < lastWord >> 2; w++) {
    const word = words[w]!;
    const feeds = word ^ 0x0a0a0a0a;
    const quotes = word ^ 0x22222222;
    // 0x80 in each byte that is zero, exactly (H. Warren, Hacker's Delight, 6-1).
    const hasFeed = ~(((feeds & sevenBits) + sevenBits) | feeds | sevenBits);
    if (hasFeed !== 0) {
      into.oddQuotes = odd;
      countBytes(bytes, w << 2, (w << 2) + 4, from, into);
      odd = into.oddQuotes;
      continue;
    }
    const hasQuote = ~(((quotes & sevenBits) + sevenBits) | quotes | sevenBits);
    // Sums the four bytes in the uppermost one.
    odd ^= Math.imul(hasQuote >>> 7, everyByte) >>> 24;
  }
  into.oddQuotes = odd & 1;
  countBytes(bytes, lastWord, to, from, into);
  if (to > from && bytes[to - 1] !== lf) {
    if (into.oddQuotes === 0) into.recordsOutside += 1;
    else into.recordsInside += 1;
  }
}

function countBytes(bytes: Uint8Array, from: number, to: number, start: number, into: BlockCounts): void {
  for (let i = from; i < to; i++) {
    const byte = bytes[i];
    if (byte === quote) into.oddQuotes ^= 1;
    else if (byte === lf) {
      into.lines += 1;
      if (isBlankLine(bytes, i, start)) continue;
      if ((into.oddQuotes & 1) === 0) into.recordsOutside += 1;
      else into.recordsInside += 1;
    }
  }
}

/** Whether nothing, or a carriage return, stands between the line feed at `at` and the one before it. */
function isBlankLine(bytes: Uint8Array, at: number, start: number): boolean {
  const last = at > start && bytes[at - 1] === cr ? at - 2 : at - 1;
  return last < start || bytes[last] === lf;
}
