import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DuckDbEngine, type EngineOptions } from '../engine/duckdb-engine.ts';

/**
 * Lends a warehouse that is new and empty, in a folder of its own below `.marquee/`; both go afterwards. What killed
 * processes left is removed.
 *
 * @param options as the root's own warehouse is opened
 */
export async function withThrowAwayEngine<T>(
  root: string,
  options: EngineOptions,
  use: (engine: DuckDbEngine) => Promise<T>,
): Promise<T> {
  const own = path.join(root, '.marquee');
  const folder = path.join(own, `verify-${process.pid}`);
  mkdirSync(own, { recursive: true });
  for (const name of readdirSync(own)) {
    const [, pid] = /^verify-(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid)))
      rmSync(path.join(own, name), { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  try {
    const engine = await DuckDbEngine.open({
      ...options,
      file: path.join(folder, 'warehouse.duckdb'),
      tempFolder: path.join(folder, 'tmp'),
    });
    try {
      return await use(engine);
    } finally {
      await engine.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
