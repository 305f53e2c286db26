import { isUtf8 } from 'node:buffer';
import { existsSync, lstatSync, readdirSync, realpathSync, statSync, type BigIntStats } from 'node:fs';
import path from 'node:path';
import type { Sighting } from '../operators/batch.ts';
import type { FileStat } from '../state/records.ts';
import { readFailure } from './csv/chunks.ts';
import { MarqueeError } from './error.ts';

/**
 * What a file system says of a file now; follows links. Of a link that leads nowhere, it is what is said of the link:
 * such a file is there, and can't be read.
 *
 * @throws MarqueeError `file-vanished` or `read-failed`, both retryable
 */
export function statFile(file: string): FileStat {
  const observedAtMs = Date.now();
  const { size, mtimeNs, ctimeNs, ino } = lookAt(file);
  return { size: Number(size), mtimeNs, ctimeNs, ino, observedAtMs };
}

/** Whether a path leads to a regular file. */
export function isRegularFile(file: string): boolean {
  return lookAt(file).isFile();
}

/** Whether a file of raw/ is a link to one that is in none of raw/'s folders. One that leads nowhere doesn't count. */
export function leadsOutside(raw: string, file: string): boolean {
  const place = path.join(raw, file);
  try {
    if (!lstatSync(place).isSymbolicLink()) return false;
    const target = realpathSync(place);
    return ![realpathSync(raw), realpathSync(path.dirname(place))].some((folder) =>
      target.startsWith(folder + path.sep),
    );
  } catch {
    return false;
  }
}

function lookAt(file: string): BigIntStats {
  try {
    return statSync(file, { bigint: true });
  } catch (cause) {
    try {
      const link = lstatSync(file, { bigint: true });
      if (link.isSymbolicLink()) return link;
    } catch {
      // Then there is no link either, and what was said first counts.
    }
    throw readFailure(file, cause);
  }
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
 * @throws MarqueeError `folder-unreadable` or `read-failed` where it can't be told what is there
 * @param known paths (relative to raw/) that have a version in force or were seen and not taken
 */
export function scanRaw(
  raw: string,
  sources: readonly string[],
  known: readonly { source: string; path: string }[],
): Sighting[] {
  const sightings: Sighting[] = [];
  for (const source of sources) {
    for (const name of [
      `${source}.csv`,
      ...list(path.join(raw, source)).map((file) => `${source}/${file}`),
    ]) {
      const stat = statOrNull(path.join(raw, name));
      if (stat !== null) sightings.push({ kind: 'seen', source, path: name, stat });
    }
  }
  const seen = new Set(sightings.map((sighting) => sighting.path));
  const gone = known.filter((file) => !seen.has(file.path));
  for (const { source, path: name } of gone) sightings.push({ kind: 'gone', source, path: name });
  return sightings.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/**
 * What stands in `raw/` and is never looked at, as remarks for a person: a folder that is no source's, a CSV beside the
 * folders or in one of its own, a file with another ending. At most 10, and one that counts the others.
 */
export function strayRemarks(raw: string, sources: readonly string[]): string[] {
  const expected = sources.map((source) => `raw/${source}/`).join(', ');
  const strays: string[] = [];
  for (const entry of entries(raw)) {
    const isSource = sources.some((source) => entry.name === source || entry.name === `${source}.csv`);
    if (isHidden(entry.name) || (isSource && entry.isWhole)) continue;
    strays.push(
      `raw/${entry.name}${entry.isFolder ? '/' : ''} is not read: expected CSV files in ${expected}`,
    );
  }
  for (const source of sources) {
    for (const entry of entries(path.join(raw, source))) {
      if (isHidden(entry.name)) continue;
      const name = `raw/${source}/${entry.name}`;
      if (!entry.isWhole) strays.push(`${name} is not read: its name is no UTF-8, expected one that is`);
      else if (!isIgnored(entry.name)) continue;
      else if (entry.isFolder)
        strays.push(`${name}/ is not looked into: expected CSV files in raw/${source}/ itself`);
      else strays.push(`${name} is not read: expected a name that ends in .csv`);
    }
  }
  if (strays.length <= maxStrays) return strays;
  return [...strays.slice(0, maxStrays), `and ${strays.length - maxStrays} more in raw/ that are not read`];
}

const maxStrays = 10;

function isHidden(name: string): boolean {
  return name.startsWith('.') || name.endsWith('~');
}

/** What a folder holds, sorted; `isWhole` says whether the name survived as text. */
function entries(folder: string): { name: string; isFolder: boolean; isWhole: boolean }[] {
  return listed(folder, () => readdirSync(folder, { withFileTypes: true, encoding: 'buffer' }))
    .map((entry) => ({
      name: entry.name.toString('utf8'),
      isFolder: entry.isDirectory(),
      isWhole: isUtf8(entry.name),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether a folder is there. */
export function isFolder(folder: string): boolean {
  return existsSync(folder) && statSync(folder).isDirectory();
}

/** The CSVs in a folder. */
function list(folder: string): string[] {
  return listed(folder, () => readdirSync(folder)).filter((name) => !isIgnored(name));
}

/** A folder that is not there holds nothing; one that can't be listed is a failure, since files that can't be seen are not gone. */
function listed<T>(folder: string, list: () => T[]): T[] {
  try {
    return list();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new MarqueeError('folder-unreadable', `${folder} can't be listed (${code ?? 'unknown error'})`, {
      cause,
      hint: 'give the user that runs marquee the right to list it (chmod u+rx), or mend the link or mount',
    });
  }
}

/**
 * What a file system says of a file now, or null where there is none.
 *
 * @throws MarqueeError `read-failed`, retryable, where it can't be told whether there is one
 */
export function statOrNull(file: string): FileStat | null {
  try {
    return statFile(file);
  } catch (error) {
    if (error instanceof MarqueeError && error.code === 'file-vanished') return null;
    throw error;
  }
}
