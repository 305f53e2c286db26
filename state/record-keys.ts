/** Keys in a row of the store: a blob of 512 KiB. */
export const KEYS_A_PART = 65_536;

/**
 * Gathers chunks of keys into blobs of {@link KEYS_A_PART} keys; the last may be shorter. Memory: one blob, which is
 * reused after each step.
 *
 * @throws a plain Error where there are not as many keys as expected, or nothing is expected (null)
 */
export function* keyParts(keys: Iterable<BigUint64Array>, expected: number | null): Generator<Uint8Array> {
  if (expected === null) throw new Error(uncountable);
  const part = new BigUint64Array(Math.min(KEYS_A_PART, expected));
  const bytes = new Uint8Array(part.buffer);
  let total = 0;
  let filled = 0;
  for (const chunk of keys) {
    total += chunk.length;
    if (total > expected) break;
    for (let from = 0; from < chunk.length;) {
      const to = Math.min(chunk.length, from + part.length - filled);
      part.set(chunk.subarray(from, to), filled);
      filled += to - from;
      from = to;
      if (filled < part.length) continue;
      yield bytes;
      filled = 0;
    }
  }
  if (total !== expected) throw new Error(wrongCount(total, expected));
  if (filled > 0) yield bytes.subarray(0, filled * 8);
}

/** What to say of a table that doesn't tell how many records there are. */
export const uncountable = 'a file that ends within quotes has no countable records';

/** What to say where there are more or fewer keys than records. */
export function wrongCount(keys: number, records: number): string {
  return `got ${keys} keys or more, expected one for each of ${records} records`;
}

/** What to say where keys are asked for that a version doesn't have: the caller's bug. */
export function noKeys(versionId: number, first: number, count: number): string {
  return `version ${versionId} has no keys of records ${first} to ${first + count}`;
}
