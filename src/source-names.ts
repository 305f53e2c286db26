import { readdirSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from './package-root.ts';

/** The names of the sources that `sql/sources/*.yaml` declares, sorted; reading none of them keeps this fast. */
export function sourceNames(): readonly string[] {
  return readdirSync(path.join(packageRoot, 'sql', 'sources'))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => path.basename(name, '.yaml'))
    .sort();
}
