import { existsSync, renameSync } from 'node:fs';

/**
 * Moves a store that can't be used out of the way, with its log, so that a new one can be made and nothing is lost.
 *
 * @param suffix such as `corrupt`; a number is added where the name is taken
 * @returns the new name of `file`
 */
export function setAside(file: string, suffix: string): string {
  let to = `${file}.${suffix}`;
  for (let n = 2; existsSync(to); n++) to = `${file}.${suffix}-${n}`;
  // the log first: left behind alone, SQLite would replay it into the next store
  for (const part of ['-wal', '-shm', '']) if (existsSync(file + part)) renameSync(file + part, to + part);
  return to;
}
