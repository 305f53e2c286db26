import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import path from 'node:path';
import { clone } from './places.mjs';

/** What figures depend on: the machine, who else used it as the run began, and versions. */
export function machine() {
  const all = cpus();
  const duckdb = JSON.parse(
    readFileSync(path.join(clone, 'node_modules', '@duckdb', 'node-api', 'package.json'), 'utf8'),
  );
  return {
    processors: `${all.length} x ${all[0]?.model.trim() ?? 'unknown'}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    load: loadavg().map((value) => Number(value.toFixed(2))),
    node: process.version,
    duckdb: duckdb.version,
    commit: commit(),
  };
}

function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: clone, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
