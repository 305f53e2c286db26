import { existsSync } from 'node:fs';
import path from 'node:path';
import { MarqueeError } from './error.ts';

/** @throws MarqueeError `no-root` or `root-unusable`, exit code 2 */
export function assertRoot(root: string): void {
  const [sign] = /[?\\]/.exec(path.resolve(root)) ?? [];
  if (sign !== undefined) {
    throw new MarqueeError(
      'root-unusable',
      `${path.resolve(root)}: got a path with ${sign}, which DuckDB can't open`,
      {
        hint: `rename the folder to one without ? and \\`,
        exitCode: 2,
      },
    );
  }
  if (existsSync(root)) return;
  throw new MarqueeError('no-root', `there is no folder ${root}`, {
    hint: 'check --root, or make the folder and run marquee init in it',
    exitCode: 2,
  });
}
