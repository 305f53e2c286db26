import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from './connection.ts';

/** A statement that was run, or several that were run as one. */
export interface ProfiledStatement {
  readonly sql: string;
  readonly durationMs: number;
  /** The engine's own account of it, of several statements of the last; null where it gave none. */
  readonly plan: string | null;
}

/** Statements of which the engine's account is kept. */
const maxPlans = 12;

/** What takes less than this is only counted. */
const leastMs = 5;

/**
 * Takes down what an engine does, statement by statement. State: the statements that took 5 ms or more, of the slowest
 * twelve the engine's own account.
 */
export class StatementProfile {
  readonly #folder: string;
  #connections = 0;
  #kept: ProfiledStatement[] = [];
  #count = 0;
  #totalMs = 0;

  /** @param folder where the engine may write while it is profiled */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Statements, and the time that they took together; those of several connections at once count each. */
  get total(): { readonly count: number; readonly durationMs: number } {
    return { count: this.#count, durationMs: this.#totalMs };
  }

  /** The slowest first. */
  slowest(): readonly ProfiledStatement[] {
    return this.#kept.toSorted((a, b) => b.durationMs - a.durationMs);
  }

  /** Has a connection profiled; returns where its account of the last statement stands. */
  async begin(native: DuckDBConnection): Promise<string> {
    mkdirSync(this.#folder, { recursive: true });
    const file = path.join(this.#folder, `statement-${this.#connections++}.txt`);
    await native.run(`pragma enable_profiling = 'query_tree'; pragma profiling_output = ${literal(file)}`);
    return file;
  }

  /** Runs a statement and takes it down. */
  async take<T>(sql: string, file: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await work();
    const durationMs = performance.now() - began;
    this.#count += 1;
    this.#totalMs += durationMs;
    if (durationMs < leastMs) return result;
    const isSlow = this.slowest().findIndex((kept) => kept.durationMs < durationMs);
    const plan = this.#kept.length < maxPlans || (isSlow !== -1 && isSlow < maxPlans) ? readPlan(file) : null;
    this.#kept.push({ sql, durationMs, plan });
    const slow = new Set(this.slowest().slice(0, maxPlans));
    this.#kept = this.#kept.map((kept) => (slow.has(kept) ? kept : { ...kept, plan: null }));
    return result;
  }
}

function readPlan(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
