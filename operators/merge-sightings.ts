import type { Sighting } from './batch.ts';

/** What was seen at two times as one: of a file that is in both, the later sighting counts. */
export function mergeSightings(
  earlier: readonly Sighting[],
  later: readonly Sighting[],
): readonly Sighting[] {
  const sightings = new Map<string, Sighting>();
  for (const sighting of [...earlier, ...later]) sightings.set(sighting.path, sighting);
  return [...sightings.values()];
}
