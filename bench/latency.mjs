#!/usr/bin/env node
// How long a drop takes from its rename into raw/ until a reader that opens the serving file sees the new figures, on
// top of 1.2 M films and with a real `marquee watch`; beside it, one full rebuild by a plain DuckDB script.
//
//   npm run bench:latency                 # 1.2 M films, 30 drops of each kind
//   npm run bench:latency -- --quick      # 120,000 films, 10 drops
//   npm run bench:latency -- --rows 215000 --drops 5
import { DuckDBInstance } from '@duckdb/node-api';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mainFile, pause, startWatcher, until } from './latency-watcher.mjs';

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    drops: { type: 'string' },
    root: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const rows = Number(values.rows ?? (values.quick ? 120_000 : 1_200_000));
const drops = Number(values.drops ?? (values.quick ? 10 : 30));
const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(values.root ?? path.join(here, '..', '.bench', `latency-${rows}`));
const folder = path.join(root, 'raw', 'movie_metadata');
const curated = path.join(root, 'curated_data');

/** How many files were dropped. */
let serial = 0;

prepare();
const films = await knownFilms();
const kinds = {
  'one row': () => choose(1, () => true),
  '1,000 rows in 3 years': () => choose(1000, ({ year }) => year >= 2001 && year <= 2003),
  '1,000 rows in all years': () => choose(1000, () => true),
};

const watcher = await startWatcher(root);
// The first epochs compile what later ones reuse.
for (const kind of Object.values(kinds)) await drop(kind());
const measured = {};
for (const [name, kind] of Object.entries(kinds)) {
  measured[name] = [];
  for (let at = 0; at < drops; at++) measured[name].push(await drop(kind()));
}
await watcher.end();
report(measured, rival());

/** A root with the films in it, as one backfill leaves it; what earlier runs dropped goes. */
function prepare() {
  if (!existsSync(path.join(root, 'raw'))) {
    console.error(`generating ${rows} films`);
    run(path.join(here, 'generate.mjs'), '--root', root, '--rows', String(rows));
  }
  for (const name of readdirSync(folder)) if (name.startsWith('drop-')) rmSync(path.join(folder, name));
  console.error('backfill');
  run(mainFile, 'backfill', '--root', root, '--quiet', '--accept-all');
}

function run(...args) {
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Films with a year and a title of their own to drop again: what a correction of known films looks like. */
async function knownFilms() {
  return read(
    `select tmdb_id, title, release_year as year, cast(release_date as varchar) as date from movies_enriched
     where release_date is not null order by hash(tmdb_id) limit ${Math.min(rows, 200_000)}`,
  );
}

/** One query by a reader of its own, as a dashboard that opens the file anew. */
async function read(sql) {
  const instance = await DuckDBInstance.create(path.join(curated, 'marquee.duckdb'), {
    access_mode: 'READ_ONLY',
  });
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A CSV of `count` films of certain years with new money: half of them known, half new. */
function choose(count, isWanted) {
  serial += 1;
  const wanted = films.filter(isWanted);
  const start = (serial * 7919) % wanted.length;
  const lines = Array.from({ length: count }, (_, at) => {
    const known = wanted[(start + at * 13) % wanted.length];
    const isNew = at % 2 === 1;
    const id = isNew ? 50_000_000 + serial * 10_000 + at : known.tmdb_id;
    const title = isNew ? `Fresh Release ${serial} ${at}` : known.title;
    return {
      id,
      year: known.year,
      title,
      date: known.date,
      budget: 1_000_000 + at,
      revenue: 5_000_000 + serial * 1000 + at,
    };
  });
  // One film twice in a file is one record: the last counts.
  const last = lines.at(-1);
  const text = lines.map(
    ({ id, title, date, budget, revenue }) => `${id},"${title}",${date},${budget},${revenue}\n`,
  );
  return { csv: `tmdb_id,title,release_date,budget,revenue\n${text.join('')}`, figure: last };
}

/** Drops a file by rename and waits until a reader sees its last film's revenue. All times in milliseconds. */
async function drop({ csv, figure }) {
  await pause(150);
  const name = `drop-${String(serial).padStart(5, '0')}.csv`;
  const aside = path.join(root, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(aside, csv);
  const link = path.join(curated, '.current');
  const before = readlinkSync(link);
  const count = watcher.results.length;
  const began = performance.now();
  renameSync(aside, path.join(folder, name));
  await until('the swap', () => readlinkSync(link) !== before, { everyMs: 1 });
  const swapped = performance.now() - began;
  const seen = await read(
    `select revenue from movies_enriched where release_year = ${figure.year} and movie_key = 'tmdb:${figure.id}'`,
  );
  const visible = performance.now() - began;
  if (Number(seen[0]?.revenue) !== figure.revenue)
    throw new Error(`${name}: a reader saw ${JSON.stringify(seen)}, expected revenue ${figure.revenue}`);
  await until('the receipt', () => watcher.results.length > count);
  const committed = performance.now() - began;
  const { receipt } = watcher.results.at(-1);
  const stages = Object.values(receipt.timings).reduce((sum, ms) => sum + ms, 0);
  return { visible, swapped, committed, stages: { 'until taken': swapped - stages, ...receipt.timings } };
}

/** Milliseconds of one full rebuild by the plain DuckDB script, as a process of its own, on the same films. */
function rival() {
  const out = path.join(here, '..', '.bench', 'out', 'latency-rival');
  rmSync(out, { recursive: true, force: true });
  const began = performance.now();
  run(path.join(here, 'rival', 'run.mjs'), '--root', root, '--out', out);
  return performance.now() - began;
}

function report(measured, rebuildMs) {
  const share = (list, part) =>
    [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))];
  const ms = (value) => value.toFixed(0);
  console.log(`${rows} films, ${drops} drops of each kind; milliseconds from the rename of the file\n`);
  console.log(
    '| drop | visible p50 | p99 | swapped p50 | receipt p50 | full rebuild |\n|---|---|---|---|---|---|',
  );
  for (const [name, list] of Object.entries(measured)) {
    const of = (what, part) =>
      ms(
        share(
          list.map((one) => one[what]),
          part,
        ),
      );
    console.log(
      `| ${name} | ${of('visible', 0.5)} | ${of('visible', 0.99)} | ${of('swapped', 0.5)} | ${of('committed', 0.5)} | ${ms(rebuildMs)} |`,
    );
  }
  const stages = Object.keys(Object.values(measured)[0][0].stages);
  console.log(`\n| median by stage | ${stages.join(' | ')} |\n|---|${stages.map(() => '---|').join('')}`);
  for (const [name, list] of Object.entries(measured)) {
    console.log(
      `| ${name} | ${stages
        .map((stage) =>
          ms(
            share(
              list.map((one) => one.stages[stage]),
              0.5,
            ),
          ),
        )
        .join(' | ')} |`,
    );
  }
}
