#!/usr/bin/env node
// The rival: one plain DuckDB script (the .sql files beside this, in order) that makes all of marquee's outputs from
// scratch, on the same engine. No change detection, no quarantine, no recovery: what one would write in an afternoon.
//
//   node bench/rival/run.mjs --root FOLDER --out FOLDER [--profile]
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { writePartitions } from './write-partitions.mjs';

const { values } = parseArgs({
  options: {
    root: { type: 'string' },
    out: { type: 'string' },
    profile: { type: 'boolean', default: false },
  },
});
if (values.root === undefined || values.out === undefined) {
  console.error('usage: node bench/rival/run.mjs --root FOLDER --out FOLDER [--profile]');
  process.exit(2);
}
const raw = path.resolve(values.root, 'raw');
const out = path.resolve(values.out);
const script = (name) =>
  readFileSync(path.join(import.meta.dirname, name), 'utf8')
    .replaceAll('{raw}', raw)
    .replaceAll('{out}', out);

rmSync(out, { recursive: true, force: true });
for (const [, name] of script('5-publish.sql').matchAll(/aggregates\/(\w+)\//g)) {
  mkdirSync(path.join(out, 'aggregates', name), { recursive: true });
}
const instance = await DuckDBInstance.create(':memory:', { preserve_insertion_order: 'false' });
const connection = await instance.connect();
for (const name of ['1-read.sql', '2-match.sql', '3-enrich.sql', '4-aggregate.sql']) await run(name);
await measured('partitions', () => writePartitions(instance, connection, out));
await run('5-publish.sql');

async function run(name) {
  if (!values.profile) return connection.run(script(name));
  for (const statement of script(name).split(/;\s*\n/)) {
    const head = statement.split('\n').find((line) => line !== '' && !line.startsWith('--'));
    if (head !== undefined) await measured(`${name}  ${head}`, () => connection.run(statement));
  }
}

async function measured(what, work) {
  const began = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  const wall = performance.now() - began;
  if (!values.profile) return;
  const figures = [wall, user / 1000, system / 1000].map((ms) => ms.toFixed(0).padStart(6)).join(' ');
  console.error(`${figures} ms wall, user, system  ${what}`);
}
