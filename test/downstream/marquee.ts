import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/package-root.ts';

/** The question files of downstream/sql_analysis/, by name. */
export const analysisFolder = path.join(packageRoot, 'downstream', 'sql_analysis');

/** A row as `marquee query --format json` prints it. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Runs the built command line for a root; throws with its stderr when it exits with anything but 0. */
export async function marquee(root: string, ...args: readonly string[]): Promise<string> {
  const main = path.join(packageRoot, 'dist', 'bin', 'marquee.cjs');
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [main, ...args, '--root', root, '--quiet'], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

/** The rows that a question file answers with. */
export async function answer(root: string, name: string): Promise<readonly Row[]> {
  const file = path.join(analysisFolder, `${name}.sql`);
  return JSON.parse(await marquee(root, 'query', '-f', file, '--format', 'json')) as Row[];
}
