import { statSync } from 'node:fs';
import path from 'node:path';
import type { Lock } from '../lock.ts';
import { workspacePaths } from '../workspace-paths.ts';

/** The stores that a watcher has open, by path, each with what tells it from another file of that name. */
export type Footing = ReadonlyMap<string, string>;

/** What a root's stores are now. */
export function footingOf(root: string): Footing {
  const { state, warehouse } = workspacePaths(root);
  return new Map([state, warehouse].map((file) => [file, identity(file)]));
}

/**
 * What of the stores was taken away since, for a person; null where all is there. A process keeps a removed file open
 * and would go on writing into nothing, and a removed lock keeps nobody out.
 */
export function lostSince(footing: Footing, lock: Lock): string | null {
  for (const [file, before] of footing) {
    if (identity(file) !== before) return `.marquee/${path.basename(file)} was removed or replaced`;
  }
  return lock.isHeld() ? null : '.marquee/lock was removed';
}

function identity(file: string): string {
  const info = statSync(file, { bigint: true, throwIfNoEntry: false });
  return info === undefined ? 'nothing' : `${info.dev}:${info.ino}`;
}
