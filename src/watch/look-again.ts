import path from 'node:path';
import type { Sighting } from '../../operators/batch.ts';
import type { FileEvent } from '../../operators/settle.ts';
import type { FileStat } from '../../state/records.ts';
import { isSameStat } from '../../state/stat-hint.ts';
import type { StateStore } from '../../state/store.ts';
import { MarqueeError } from '../error.ts';
import { statOrNull } from '../scan.ts';

/** What the file system says of a file: null where there is none, `unknown` where that can't be told, as of one in a folder without permission. */
export function statIfKnown(file: string): FileStat | null | 'unknown' {
  try {
    return statOrNull(file);
  } catch (error) {
    if (error instanceof MarqueeError) return 'unknown';
    throw error;
  }
}

/** Of some sightings those that are still so; the files of the others are to be looked at anew. */
export function stillSo(
  raw: string,
  sightings: readonly Sighting[],
  lookAgain: (event: FileEvent) => void,
): readonly Sighting[] {
  return sightings.filter((sighting) => {
    const now = statIfKnown(path.join(raw, sighting.path));
    const isSame =
      sighting.kind === 'gone'
        ? now === null
        : now !== null && now !== 'unknown' && isSameStat(sighting.stat, now);
    if (!isSame) lookAgain({ source: sighting.source, path: sighting.path });
    return isSame;
  });
}

/** Without files that were written in the last moments: these are left to settling. */
export function settledLongAgo(sightings: readonly Sighting[], ms: number): readonly Sighting[] {
  return sightings.filter((sighting) => {
    if (sighting.kind === 'gone') return true;
    const { mtimeNs, ctimeNs, observedAtMs } = sighting.stat;
    const changedMs = Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);
    return Math.abs(observedAtMs - changedMs) > ms;
  });
}

/** What is held and was accepted since, as it stands in raw/ now. */
export function acceptedSightings(raw: string, state: StateStore): readonly Sighting[] {
  return state
    .held()
    .filter(({ version }) => state.isAccepted(version.fingerprint))
    .flatMap(({ file: { source, path: name } }): Sighting[] => {
      const stat = statIfKnown(path.join(raw, name));
      if (stat === 'unknown') return [];
      return [
        stat === null ? { kind: 'gone', source, path: name } : { kind: 'seen', source, path: name, stat },
      ];
    });
}
