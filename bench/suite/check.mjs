import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { rivalOut } from './contenders.mjs';
import { clone, mainFile } from './places.mjs';

const rival = path.join(clone, 'bench', 'rival');

/**
 * Whether what the root publishes is right: `marquee verify` finds no difference, and, where the film file is the only
 * one of its source, the rival makes the same of these very files. Untimed.
 *
 * @returns what was found wrong, empty where nothing was
 */
export function check(root, { isComparable }) {
  const wrong = [];
  const run = (what, ...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0)
      wrong.push(`${what} ended with ${status}\n${stdout.slice(-2000)}${stderr.slice(-2000)}`);
  };
  run('marquee verify', mainFile, 'verify', '--root', root.folder);
  if (isComparable) {
    run('the rival', path.join(rival, 'run.mjs'), '--root', root.folder, '--out', rivalOut);
    run(
      'the comparison with the rival',
      path.join(rival, 'compare.mjs'),
      '--root',
      root.folder,
      '--out',
      rivalOut,
    );
  }
  return wrong;
}
