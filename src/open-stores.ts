import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { openSqliteStore } from '../state/sqlite-store.ts';
import { StateError } from '../state/state-error.ts';
import type { StateStore } from '../state/store.ts';
import type { DuckDbEngine, EngineOptions } from './engine/duckdb-engine.ts';
import { MarqueeError } from './error.ts';

/** Opens the watermark store; one that is damaged, or was found to be, is set aside, and a new one made. */
export function openState(file: string, remarks: string[]): StateStore {
  // Where a person moved the store aside already, there is nothing to distrust.
  if (!existsSync(file)) rmSync(distrustOf(file), { force: true });
  if (!existsSync(distrustOf(file))) {
    try {
      return openSqliteStore(file);
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  }
  const aside = `${file}.damaged`;
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(`${aside}${suffix}`, { force: true });
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${aside}${suffix}`);
  }
  rmSync(distrustOf(file), { force: true });
  remarks.push(`the watermark store was damaged and is now ${aside}: everything is built again from raw/`);
  return openSqliteStore(file);
}

/**
 * Has the next `openState` set a store aside if this failure says that it is damaged: in large tables that shows only when what is
 * damaged is read.
 */
export function noteDamage(file: string, error: unknown): void {
  if (isDamage(error)) writeFileSync(distrustOf(file), `${error.message}\n`);
}

/** Whether a failure says that the watermark store is damaged. */
export function isDamage(error: unknown): error is StateError {
  return error instanceof StateError && error.code === 'state-corrupt';
}

/** Whose being there says that a store was found to be damaged. */
export function distrustOf(file: string): string {
  return `${file}.distrusted`;
}

/**
 * Opens the warehouse; one that can't be read is made anew, since it is a cache of raw/. So is one whose first epoch was
 * never sealed: of that, parts may stand in it.
 */
export async function openEngine(
  options: EngineOptions,
  remarks: string[],
): Promise<{ engine: DuckDbEngine; isNew: boolean }> {
  const isThere = existsSync(options.file);
  try {
    const engine = await open(options);
    if (engine.planHash === null && isThere) return await renewEngine(engine, options);
    return { engine, isNew: engine.planHash === null };
  } catch (error) {
    if (!(error instanceof MarqueeError) || error.code !== 'warehouse-unreadable') throw error;
    if (!existsSync(options.file)) throw error;
    remarks.push(`${error.message}; it is a cache, and built again from raw/`);
    removeWarehouse(options.file);
    return { engine: await open(options), isNew: true };
  }
}

/** Makes the warehouse anew. */
export async function renewEngine(
  engine: DuckDbEngine,
  options: EngineOptions,
): Promise<{ engine: DuckDbEngine; isNew: boolean }> {
  await engine.close();
  removeWarehouse(options.file);
  return { engine: await open(options), isNew: true };
}

/** Loads DuckDB only now. */
async function open(options: EngineOptions): Promise<DuckDbEngine> {
  const { DuckDbEngine } = await import('./engine/duckdb-engine.ts');
  return DuckDbEngine.open(options);
}

function removeWarehouse(file: string): void {
  rmSync(file, { force: true });
  rmSync(`${file}.wal`, { force: true });
}
