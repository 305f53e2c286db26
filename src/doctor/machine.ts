import { existsSync, mkdtempSync, rmSync, statSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSqliteStore } from '../../state/sqlite-store.ts';
import { formatBytes } from '../terminal/format.ts';
import type { Finding } from './finding.ts';

const oldestNode = 20;
const littleDisk = 2e9;
const tooLittleDisk = 2e8;

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

/** Opens a throw-away store, which needs the native module of better-sqlite3. */
export function probeStore(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'marquee-doctor-'));
  try {
    openSqliteStore(path.join(folder, 'state.sqlite')).close();
    return 'loads and works';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the disk of a root has room. */
export function disk(root: string): Finding {
  const name = 'disk';
  try {
    const { bavail, bsize } = statfsSync(existsSync(root) ? root : tmpdir());
    return diskSpace(bavail * bsize);
  } catch (error) {
    return { name, level: 'warn', found: (error as Error).message, remedy: 'look at `df` yourself' };
  }
}

/** Whether so many free bytes are enough. */
export /** Whether the disk of a root has room. */
function diskSpace(free: number): Finding {
  const found = `${formatBytes(free)} free`;
  if (free >= littleDisk) return { name: 'disk', level: 'ok', found };
  const remedy = 'make room; five snapshots and the warehouse take some ten times the size of raw/';
  return { name: 'disk', level: free < tooLittleDisk ? 'fail' : 'warn', found, remedy };
}

/** Kaggle's credentials, which only `marquee fetch` needs. Their content is not looked at. */
export function credentials(env: NodeJS.ProcessEnv, home: string): Finding {
  const name = 'credentials';
  if (env['KAGGLE_API_TOKEN']) return { name, level: 'ok', found: 'Kaggle, from KAGGLE_API_TOKEN' };
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
