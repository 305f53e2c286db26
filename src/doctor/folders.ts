import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { plural } from '../terminal/format.ts';
import type { Finding } from './finding.ts';

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

/** Whether there is anything to read. */
export function input(root: string): Finding {
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
