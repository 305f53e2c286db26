import type { QuarantineEntry } from './records.ts';

/** How the quarantine of a file's new version relates to that of the one before. */
export interface Healing {
  /** Entries of the old version that are gone: mended, or removed with their record. */
  readonly healed: number;
  /** Entries that are there in both. */
  readonly remaining: number;
  /** Entries of the new version only. */
  readonly appeared: number;
  /** The first healed entries, by line of the old version. */
  readonly examples: readonly QuarantineEntry[];
}

/**
 * Compares two versions' quarantine. Lines move, so an entry is known by code, column and record key, or by its
 * value where it has no key; equal ones are counted off against each other.
 *
 * State: one count for each different entry of `after`.
 */
export function healing(
  before: Iterable<QuarantineEntry>,
  after: Iterable<QuarantineEntry>,
  maxExamples = 20,
): Healing {
  const left = new Map<string, number>();
  let appeared = 0;
  for (const entry of after) {
    const identity = identityOf(entry);
    left.set(identity, (left.get(identity) ?? 0) + 1);
    appeared++;
  }
  let healed = 0;
  let remaining = 0;
  const examples: QuarantineEntry[] = [];
  for (const entry of before) {
    const identity = identityOf(entry);
    const count = left.get(identity) ?? 0;
    if (count > 0) {
      left.set(identity, count - 1);
      remaining++;
      appeared--;
    } else {
      healed++;
      if (examples.length < maxExamples) examples.push(entry);
    }
  }
  return { healed, remaining, appeared, examples };
}

function identityOf({ code, column, key, value }: QuarantineEntry): string {
  return JSON.stringify(key === null ? [code, column, null, value] : [code, column, key]);
}
