import type { VersionStatus } from './records.ts';

/** Whose quarantine is shown unless asked otherwise. */
export const SHOWN_STATUSES: readonly VersionStatus[] = ['in_force', 'rejected'];

const LONGEST_VALUE = 1000;

/** Cuts an offending text to what a person can look at (a broken quote can make a field of megabytes). */
export function cutValue(value: string | null): string | null {
  if (value === null || value.length <= LONGEST_VALUE) return value;
  // not between the halves of a surrogate pair
  return `${value.slice(0, LONGEST_VALUE - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
