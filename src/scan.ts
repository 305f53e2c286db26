import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Sighting } from '../operators/batch.ts';
import type { FileStat } from '../state/records.ts';

/** What a file system says of a file now; follows links. */
export function statFile(file: string): FileStat {
  const observedAtMs = Date.now();
  const { size, mtimeNs, ctimeNs, ino } = statSync(file, { bigint: true });
  return { size: Number(size), mtimeNs, ctimeNs, ino, observedAtMs };
}

/** Names that other programs give to a file that is not finished yet, or that is none of ours. */
export function isIgnored(name: string): boolean {
  return name.startsWith('.') || name.endsWith('~') || !/\.csv$/i.test(name);
}

/**
 * Everything there is to see in `raw/` at this moment: one sighting a CSV, and one for each known path that is gone.
 *
 * A source is a folder `raw/<source>/` of CSVs, or the one file `raw/<source>.csv`. Sorted by path, so that equal
 * contents are seen in equal order. Memory: one sighting a file.
 *
 * @param known paths (relative to raw/) that have a version in force or were seen and not taken
 */
export function scanRaw(
  raw: string,
  sources: readonly string[],
  known: readonly { source: string; path: string }[],
): Sighting[] {
  const sightings: Sighting[] = [];
  for (const source of sources) {
    for (const name of [`${source}.csv`, ...list(path.join(raw, source)).map((file) => `${source}/${file}`)]) {
      const stat = statOrNull(path.join(raw, name));
      if (stat !== null) sightings.push({ kind: 'seen', source, path: name, stat });
    }
  }
  const seen = new Set(sightings.map((sighting) => sighting.path));
  const gone = known.filter((file) => !seen.has(file.path));
  for (const { source, path: name } of gone) sightings.push({ kind: 'gone', source, path: name });
  return sightings.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Sources of which files are known but whose folder is not there any more. */
export function vanishedSources(raw: string, sources: readonly string[]): Set<string> {
  return new Set(
    sources.filter(
      (source) => statOrNull(path.join(raw, source)) === null && statOrNull(path.join(raw, `${source}.csv`)) === null,
    ),
  );
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !isIgnored(name));
  } catch {
    return [];
  }
}

function statOrNull(file: string): FileStat | null {
  try {
    return statFile(file);
  } catch {
    return null;
  }
}
