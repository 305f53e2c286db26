import { accessSync, constants, existsSync, lstatSync } from 'node:fs';
import path from 'node:path';
import { openSqliteStore } from '../../state/sqlite-store.ts';
import { loadConfig } from '../config.ts';
import { describeHolder, lockHolder } from '../lock.ts';
import { publishedSnapshot } from '../published-snapshot.ts';
import { sourceNames } from '../source-names.ts';
import type { Finding } from './finding.ts';

/** Whether the configuration, if there is one, is valid. */
export function configuration(root: string, configFile: string | undefined): Finding {
  const name = 'configuration';
  try {
    loadConfig(root, configFile, sourceNames());
    const file = configFile ?? path.join(root, 'marquee.yaml');
    return { name, level: 'ok', found: existsSync(file) ? file : 'none, defaults are used' };
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string };
    return { name, level: 'fail', found: message, remedy: hint ?? 'correct the file' };
  }
}

/** Who holds the root. */
export function lock(root: string): Finding {
  const holder = lockHolder(root);
  if (holder === null) return { name: 'lock', level: 'ok', found: 'nobody holds this root' };
  return {
    name: 'lock',
    level: 'warn',
    found: `held by ${describeHolder(holder)}`,
    remedy: 'fine if that is your watcher; commands that write have to wait for it',
  };
}

/** Whether the state store, if there is one, can be read. */
export function state(root: string): Finding {
  const name = 'state';
  const file = path.join(root, '.marquee', 'state.sqlite');
  if (!existsSync(file)) return { name, level: 'ok', found: 'none yet, the first backfill makes it' };
  try {
    const store = openSqliteStore(file, { readOnly: true, thorough: true });
    try {
      const epoch = store.lastEpoch()?.epoch;
      return { name, level: 'ok', found: epoch === undefined ? 'no epoch yet' : `epoch ${epoch}` };
    } finally {
      store.close();
    }
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string };
    return {
      name,
      level: 'fail',
      found: message,
      remedy: hint ?? `move ${file} aside; it is rebuilt from raw/`,
    };
  }
}

/** Whether the published snapshot, if there is one, is there. */
export function snapshot(root: string): Finding {
  const name = 'published';
  const link = path.join(root, 'curated_data', '.current');
  try {
    if (lstatSync(link, { throwIfNoEntry: false }) === undefined) {
      return { name, level: 'ok', found: 'nothing yet, the first backfill publishes' };
    }
    const folder = publishedSnapshot(root);
    accessSync(path.join(folder, 'marquee.duckdb'), constants.R_OK);
    return { name, level: 'ok', found: folder };
  } catch (error) {
    const { message } = error as Error;
    return { name, level: 'warn', found: message, remedy: 'run `marquee backfill` to publish it anew' };
  }
}
