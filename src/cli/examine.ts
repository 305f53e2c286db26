import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  statfsSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { openSqliteStore } from '../../state/sqlite-store.ts';
import { loadConfig } from '../config.ts';
import { describeHolder, lockHolder } from '../lock.ts';
import { publishedSnapshot } from '../published-snapshot.ts';
import { sourceNames } from '../source-names.ts';
import { formatBytes, plural } from '../terminal/format.ts';

/** What one check of `marquee doctor` found. `fail`: marquee cannot run before that is mended. */
export interface Finding {
  readonly name: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What to do; there for whatever isn't `ok`. */
  readonly remedy?: string;
}

const oldestNode = 20;
const littleDisk = 2e9;
const tooLittleDisk = 2e8;

/** Looks at everything that marquee needs at a root. Changes nothing there. */
export async function examine(root: string, configFile?: string): Promise<readonly Finding[]> {
  return [
    node(process.versions.node),
    await nativeModule('duckdb', async () => (await import('../engine/probe.ts')).probeEngine()),
    await nativeModule('sqlite', () => Promise.resolve(probeStore())),
    ...folders(root),
    disk(root),
    configuration(root, configFile),
    input(root),
    lock(root),
    state(root),
    snapshot(root),
    credentials(process.env, homedir()),
  ];
}

/** Whether a version of Node is new enough. */
export function node(version: string): Finding {
  const isNew = Number(version.split('.')[0]) >= oldestNode;
  if (isNew) return { name: 'node', level: 'ok', found: version };
  return {
    name: 'node',
    level: 'fail',
    found: `${version}, expected ${oldestNode} or newer`,
    remedy: 'install a newer Node.js from https://nodejs.org',
  };
}

/** Whether a native module loads and works. `probe` returns what it says of itself. */
export async function nativeModule(name: string, probe: () => Promise<string>): Promise<Finding> {
  try {
    return { name, level: 'ok', found: await probe() };
  } catch (error) {
    return {
      name,
      level: 'fail',
      found: `does not load: ${(error as Error).message.split('\n')[0]}`,
      remedy: 'run `npm ci` with this Node (better-sqlite3 may need a C++ toolchain)',
    };
  }
}

function probeStore(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'marquee-doctor-'));
  try {
    openSqliteStore(path.join(folder, 'state.sqlite')).close();
    return 'loads and works';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the folders may be read, and those that are marquee's own be written. */
export function folders(root: string): readonly Finding[] {
  if (!existsSync(root)) {
    const remedy = `mkdir -p ${root}, or give another folder with --root`;
    return [{ name: 'root', level: 'fail', found: `${root} does not exist`, remedy }];
  }
  return [
    folder('root', root, constants.R_OK | constants.X_OK),
    folder('raw', path.join(root, 'raw'), constants.R_OK | constants.X_OK),
    ...['.marquee', 'curated_data'].map((name) =>
      folder(name, path.join(root, name), constants.R_OK | constants.W_OK | constants.X_OK),
    ),
  ];
}

function folder(name: string, at: string, mode: number): Finding {
  const isOurs = (mode & constants.W_OK) !== 0;
  const exists = existsSync(at);
  if (!exists && !isOurs) {
    return { name, level: 'warn', found: `${at} does not exist`, remedy: 'run `marquee init`' };
  }
  try {
    if (exists && !statSync(at).isDirectory()) {
      return { name, level: 'fail', found: `${at} is no folder`, remedy: `move ${at} aside` };
    }
    accessSync(exists ? at : path.dirname(at), exists ? mode : constants.W_OK | constants.X_OK);
    return { name, level: 'ok', found: exists ? at : `${at} will be made` };
  } catch {
    const needs = isOurs ? 'written' : 'read';
    return {
      name,
      level: 'fail',
      found: `${at} cannot be ${needs} by this user`,
      remedy: `give this user access: chmod u+rwX ${exists ? at : path.dirname(at)}, or chown it`,
    };
  }
}

function disk(root: string): Finding {
  const name = 'disk';
  try {
    const { bavail, bsize } = statfsSync(existsSync(root) ? root : tmpdir());
    return diskSpace(bavail * bsize);
  } catch (error) {
    return { name, level: 'warn', found: (error as Error).message, remedy: 'look at `df` yourself' };
  }
}

/** Whether so many free bytes are enough. */
export function diskSpace(free: number): Finding {
  const found = `${formatBytes(free)} free`;
  if (free >= littleDisk) return { name: 'disk', level: 'ok', found };
  const remedy = 'make room; five snapshots and the warehouse take some ten times the size of raw/';
  return { name: 'disk', level: free < tooLittleDisk ? 'fail' : 'warn', found, remedy };
}

function configuration(root: string, configFile: string | undefined): Finding {
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

function input(root: string): Finding {
  const name = 'input';
  const raw = path.join(root, 'raw');
  const remedy = 'drop CSV files into the folders of raw/, or try `marquee init --demo`';
  try {
    const count = existsSync(raw)
      ? readdirSync(raw, { recursive: true, withFileTypes: true }).filter(
          (entry) => /^[^.].*\.csv$/i.test(entry.name) && !entry.isDirectory(),
        ).length
      : 0;
    const found = `${plural(count, 'CSV file')} in ${raw}`;
    return count > 0 ? { name, level: 'ok', found } : { name, level: 'warn', found, remedy };
  } catch (error) {
    return { name, level: 'fail', found: (error as Error).message, remedy: `make ${raw} readable` };
  }
}

function lock(root: string): Finding {
  const holder = lockHolder(root);
  if (holder === null) return { name: 'lock', level: 'ok', found: 'nobody holds this root' };
  return {
    name: 'lock',
    level: 'warn',
    found: `held by ${describeHolder(holder)}`,
    remedy: 'fine if that is your watcher; commands that write have to wait for it',
  };
}

function state(root: string): Finding {
  const name = 'state';
  const file = path.join(root, '.marquee', 'state.sqlite');
  if (!existsSync(file)) return { name, level: 'ok', found: 'none yet, the first backfill makes it' };
  try {
    const store = openSqliteStore(file, { readOnly: true });
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

function snapshot(root: string): Finding {
  const name = 'published';
  const link = path.join(root, 'curated_data', '.current');
  if (lstatSync(link, { throwIfNoEntry: false }) === undefined) {
    return { name, level: 'ok', found: 'nothing yet, the first backfill publishes' };
  }
  try {
    const folder = publishedSnapshot(root);
    accessSync(path.join(folder, 'marquee.duckdb'), constants.R_OK);
    return { name, level: 'ok', found: folder };
  } catch (error) {
    const { message } = error as Error;
    return { name, level: 'warn', found: message, remedy: 'run `marquee backfill` to publish it anew' };
  }
}

/** Kaggle's credentials, which only `marquee fetch` needs. Their content is not looked at. */
export function credentials(env: NodeJS.ProcessEnv, home: string): Finding {
  const name = 'credentials';
  if (env['KAGGLE_USERNAME'] !== undefined && env['KAGGLE_KEY'] !== undefined) {
    return { name, level: 'ok', found: 'Kaggle, from KAGGLE_USERNAME and KAGGLE_KEY' };
  }
  const file = path.join(env['KAGGLE_CONFIG_DIR'] ?? path.join(home, '.kaggle'), 'kaggle.json');
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined)
    return { name, level: 'ok', found: 'none for Kaggle; only `marquee fetch` needs them' };
  if ((stat.mode & 0o077) === 0) return { name, level: 'ok', found: `Kaggle, ${file}` };
  return { name, level: 'warn', found: `${file} may be read by other users`, remedy: `chmod 600 ${file}` };
}
