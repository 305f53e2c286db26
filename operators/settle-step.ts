import type { FileStat } from '../state/records.ts';
import { isSameStat } from '../state/stat-hint.ts';

/**
 * How a file ends: with a whole record, in the midst of one (or without a line break, which is the same from
 * outside), or within quotes that nobody has closed.
 */
export type Ending = 'whole' | 'open' | 'in-quotes';

/** How long to wait for what; milliseconds. */
export interface SettleTimes {
  /** A file written in place holds still for so long before it is taken. */
  readonly settleMs: number;
  /** One that looks whole as it arrives stays so for this long. */
  readonly wholeMs: number;
  /** One that looks unfinished, though it holds still: empty, within quotes, or smaller than the version in force. */
  readonly patienceMs: number;
  /** A removal: a file that is moved shows up under its new name first. */
  readonly removalMs: number;
}

/** What is known of a file that waits to settle. */
export interface Look {
  /** Null: there is no such file. */
  readonly stat: FileStat | null;
  /** When it was first seen so, on the scheduler's clock. */
  readonly sinceMs: number;
  /** Whether it was seen in another state while it waited: it is being written in place. */
  readonly isChanging: boolean;
  /** Null until somebody looked. */
  readonly ending: Ending | null;
}

/** What to do about a file: take it as it is, look how it ends, or look again later and perhaps say why. */
export type SettleDecision =
  | { readonly kind: 'take' }
  | { readonly kind: 'look-at-end' }
  | { readonly kind: 'wait'; readonly ms: number; readonly why: 'in-quotes' | 'smaller' | null };

/** Takes a new look at a file into account. */
export function lookAgain(before: Look | null, stat: FileStat | null, nowMs: number): Look {
  if (before === null) return { stat, sinceMs: nowMs, isChanging: false, ending: null };
  if (isSameState(before.stat, stat)) return before;
  // Of a file that was made a moment ago and holds nothing yet, the first bytes are no change.
  const isBeginning = !before.isChanging && (before.stat === null || before.stat.size === 0);
  return { stat, sinceMs: nowMs, isChanging: !isBeginning, ending: null };
}

/**
 * The pure step of `settle`.
 *
 * @param known what the file system said of the version last taken; null for a new file
 * @example
 * decide({ stat, sinceMs: 0, isChanging: false, ending: 'whole' }, null, 50, times) // { kind: 'take' }
 */
export function decide(
  look: Look,
  known: FileStat | null,
  nowMs: number,
  times: SettleTimes,
): SettleDecision {
  const { stat, ending } = look;
  const stillMs = nowMs - look.sinceMs;
  if (stat === null) return takeAfter(times.removalMs, stillMs, times.removalMs);
  const isReplaced = known !== null && known.ino !== stat.ino;
  const isSmaller = known !== null && stat.size < known.size;
  const mayBeWhole = !look.isChanging && stat.size > 0 && (known === null || isReplaced);
  if (mayBeWhole) {
    if (ending === null) return { kind: 'look-at-end' };
    // A rename puts a finished file in the place of another, so there is nothing to wait for.
    if (ending === 'whole')
      return takeAfter(isReplaced && !isSmaller ? 0 : times.wholeMs, stillMs, times.settleMs);
  }
  if (stillMs < times.settleMs) return takeAfter(times.settleMs, stillMs, times.settleMs);
  if (ending === null) return { kind: 'look-at-end' };
  const why = ending === 'in-quotes' ? 'in-quotes' : isSmaller && !isReplaced ? 'smaller' : null;
  if (why === null && stat.size > 0) return { kind: 'take' };
  return takeAfter(times.patienceMs, stillMs, Math.max(times.settleMs, 1), why);
}

function takeAfter(
  neededMs: number,
  stillMs: number,
  atMostMs: number,
  why: 'in-quotes' | 'smaller' | null = null,
): SettleDecision {
  if (stillMs >= neededMs) return { kind: 'take' };
  return { kind: 'wait', ms: Math.max(1, Math.min(neededMs - stillMs, atMostMs)), why };
}

function isSameState(a: FileStat | null, b: FileStat | null): boolean {
  if (a === null || b === null) return a === b;
  return isSameStat(a, b);
}
