import type { Batch, Drop } from './batch.ts';

/** Two batches as one: of a file that is in both, the later drop counts. */
export function mergeBatches(earlier: Batch, later: Batch): Batch {
  const drops = new Map<string, Drop>();
  for (const drop of [...earlier.drops, ...later.drops]) drops.set(drop.file.path, drop);
  return { drops: [...drops.values()], unchanged: later.unchanged };
}
