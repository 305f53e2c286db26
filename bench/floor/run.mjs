#!/usr/bin/env node
// The floor: what a work takes by hand, for this data alone and without a limit of memory, where it has to be known later which
// rows changed. It hashes the file and each row, keeps raw rows, hashes and one wide table of films on disk, and makes the rival's
// outputs with the rival's own SQL. No check of a cell, no second record of a film, no row that goes, no recovery. What a bar
// leaves above it is left for all of these. With `--lean` it keeps nothing but the hashes: no next run could be told what a
// changed row said before, nor get a film's other columns anywhere but from Parquet.
//
//   node bench/floor/run.mjs --root FOLDER --state FOLDER --out FOLDER            # from nothing
//   node bench/floor/run.mjs --root FOLDER --state FOLDER --out FOLDER --lean
//   node bench/floor/run.mjs --root FOLDER --state FOLDER --out FOLDER --again    # another film file on top of that
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { writePartitions } from '../rival/write-partitions.mjs';

const { values } = parseArgs({
  options: {
    root: { type: 'string' },
    state: { type: 'string' },
    out: { type: 'string' },
    again: { type: 'boolean', default: false },
    lean: { type: 'boolean', default: false },
  },
});
if (values.root === undefined || values.state === undefined || values.out === undefined) {
  console.error(
    'usage: node bench/floor/run.mjs --root FOLDER --state FOLDER --out FOLDER [--lean | --again]',
  );
  process.exit(2);
}
const raw = path.resolve(values.root, 'raw');
const out = path.resolve(values.out);
/** Where rows and films are kept: on disk or in memory. */
const keep = values.lean ? 'memory.main' : 'store.main';
const films = path.join(raw, 'movie_metadata', 'TMDB_movie_dataset_v11.csv');
const script = (folder, name) =>
  readFileSync(path.join(import.meta.dirname, folder, name), 'utf8')
    .replaceAll('{raw}', raw)
    .replaceAll('{out}', out)
    .replaceAll('{keep}', keep);
const rival = (name) => script('../rival', name);
const reading = /read_csv\([^)]*\)/;
/** As the rival reads the film file, but for the types: what is hashed and kept is what the file says. */
const asText = rival('1-read.sql')
  .match(reading)[0]
  .replaceAll(/: '\w+'/g, ": 'varchar'");

rmSync(out, { recursive: true, force: true });
for (const [, name] of rival('5-publish.sql').matchAll(/aggregates\/(\w+)\//g)) {
  mkdirSync(path.join(out, 'aggregates', name), { recursive: true });
}
if (!values.again) rmSync(values.state, { recursive: true, force: true });
mkdirSync(values.state, { recursive: true });

// One thread hashes the file while DuckDB reads it.
const fingerprint = pipeline(createReadStream(films, { highWaterMark: 1 << 20 }), createHash('sha256'));
const instance = await DuckDBInstance.create(':memory:', { preserve_insertion_order: 'false' });
const connection = await instance.connect();
await connection.run(
  `attach '${path.resolve(values.state, 'floor.duckdb')}' as store (storage_version 'v1.5.0')`,
);
await connection.run(script('.', 'read.sql').replace('{read_csv}', asText));
await connection.run(script('.', values.again ? 'news.sql' : 'all.sql'));
// The rival's typing and what it makes of that, over the rows that are new.
await connection.run(rival('1-read.sql').replace(reading, 'new_rows'));
await connection.run(rival('2-match.sql'));
const [enrich, view] = rival('3-enrich.sql').split(/;\n\n(?=create view)/);
if (values.again) {
  await connection.run(enrich.replace('create table enriched', 'create table came'));
  await connection.run(script('.', 'put.sql'));
} else {
  await connection.run(enrich.replace('create table enriched', `create table ${keep}.enriched`));
  await connection.run('checkpoint store');
}
if (!values.lean) await connection.run('create view enriched as from store.enriched');
await connection.run(view);
await connection.run(rival('4-aggregate.sql'));
await writePartitions(instance, connection, out);
await connection.run(rival('5-publish.sql'));
await fingerprint;
