import { closest, distance } from 'fastest-levenshtein';

/**
 * The candidate that someone who typed `word` most likely meant, or undefined where none is near: up to a third of
 * the letters may differ, and a word that a candidate begins with counts as near.
 *
 * @example nearest('max_los_share', ['max_loss_share', 'min_rows']) // 'max_loss_share'
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const typed = word.toLowerCase();
  const best = closest(typed, candidates);
  if (distance(typed, best) <= Math.max(2, Math.floor(best.length / 3))) return best;
  return typed.length < 3 ? undefined : candidates.find((candidate) => candidate.startsWith(typed));
}
