const [lf, quote] = [10, 34];

/**
 * The lines (from 1) on which some records of a sound CSV text start; see `examineSoundness`. Reads no further than it
 * has to.
 *
 * @param records ascending; 0 is the first record after the header
 */
export async function linesOfRecords(
  chunks: AsyncIterable<Buffer>,
  records: readonly number[],
): Promise<number[]> {
  const lines: number[] = [];
  let line = 1;
  // The header is the record before the first.
  let record = -1;
  let isQuoted = false;
  let isAtStart = true;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (isAtStart && byte !== lf) {
        isAtStart = false;
        if (record === records[lines.length]) lines.push(line);
        if (lines.length === records.length) return lines;
      }
      if (byte === quote) isQuoted = !isQuoted;
      if (byte !== lf) continue;
      line += 1;
      if (isQuoted || isAtStart) continue;
      record += 1;
      isAtStart = true;
    }
  }
  return lines;
}
