#!/usr/bin/env node
// marquee beside what one could use instead, on generated films: whole processes, in turn, several times. Ratios are
// those of medians against the rival, one plain DuckDB script that makes the same outputs from scratch (bench/rival/).
//
//   npm run bench                          # 1.2 M films, 550 MB; builds some 5 GB of drops in .bench/ once
//   npm run bench -- --quick               # a tenth of it
//   npm run bench -- --only daily --runs 3 --no-verify
//   npm run bench -- --json figures.json   # keeps every run; bench/plot.mjs draws them
//   npm run bench -- --memory              # inputs that are hard on memory; --huge: 12 M films, 5.5 GB
//   npm run bench -- --spark               # PySpark as well; installs it into .bench/
//   npm run bench -- --floor               # what the dearest works take by hand as well (bench/floor/)
import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { check } from './suite/check.mjs';
import { contenders } from './suite/contenders.mjs';
import { dataOf } from './suite/data.mjs';
import { machine } from './suite/machine.mjs';
import { memoryRows } from './suite/memory.mjs';
import { benchFolder, filmFile } from './suite/places.mjs';
import { measure } from './suite/process.mjs';
import { report } from './suite/report.mjs';
import { BenchRoot } from './suite/root.mjs';
import { startUps, works } from './suite/works.mjs';

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '5' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    'no-verify': { type: 'boolean', default: false },
    python: { type: 'string', default: 'python3' },
    spark: { type: 'boolean', default: false },
    floor: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
    huge: { type: 'boolean', default: false },
  },
});
if (values.memory || values.huge) {
  const only = values.memory ? values.only : [];
  const isFine = await memoryRows({ only, huge: values.huge, seed: Number(values.seed) });
  process.exit(isFine ? 0 : 1);
}
const rows = Number(values.rows ?? (values.quick ? 120_000 : 1_200_000));
const runs = Number(values.runs);
const state = machine();
const data = dataOf(rows, Number(values.seed));
const root = new BenchRoot(path.join(benchFolder, `root-${rows}`), data);

const isWanted = ({ name }) => values.only === undefined || values.only.includes(name);
const mine = works(root).filter(isWanted);
// Without the rival there is no ratio.
const theirs = contenders(root, values).filter((one) => one.name === 'rival' || isWanted(one));
const shown = startUps(root).filter((one) => isWanted(one) || (values.only?.includes('start-up') ?? false));
if (mine.length + shown.length === 0 && theirs.length === 1) {
  const names = [...works(root), ...contenders(root, values), ...startUps(root)].map(({ name }) => name);
  console.error(`nothing is called ${values.only.join(', ')}; there are ${names.join(', ')}, start-up`);
  process.exit(2);
}

for (const { variant } of mine) if (variant !== undefined) data.drop(variant);
console.error('one backfill, from whose result every run starts');
await root.prepare();

// The first round warms up and is not counted; after the last one, what marquee published is checked.
const measured = new Map([...theirs, ...mine].map(({ name }) => [name, []]));
const wrong = [];
for (let round = 0; round <= runs; round++) {
  for (const work of [...theirs, ...mine]) {
    await work.prepare?.();
    root.warm();
    const run = await measure(work.command, work.args);
    console.error(
      `${round === 0 ? 'warm-up' : `${round}/${runs}`}  ${run.seconds.toFixed(2).padStart(6)} s  ${work.title}`,
    );
    if (round > 0) measured.get(work.name).push(run);
    if (round < runs || values['no-verify'] || theirs.includes(work)) continue;
    for (const what of check(root, { isComparable: work.isBeside !== true }))
      wrong.push(`${work.title}: ${what}`);
  }
}

const started = [];
if (shown.length > 0) root.restore();
for (const work of shown) {
  const list = [];
  for (let at = 0; at <= 10; at++) list.push(await measure(work.command, work.args));
  started.push({ ...work, runs: list.slice(1) });
}

const slim = ({ seconds, cpu, peakMb }) => ({ seconds, cpu, peakMb });
const withRuns = (list) =>
  list.map(({ name, title, bar, isApart }) => ({
    name,
    title,
    bar,
    isApart,
    runs: measured.get(name).map(slim),
  }));
const figures = {
  machine: state,
  rows,
  megabytesOfFilms: statSync(path.join(data.original, filmFile)).size / 1e6,
  runs,
  rival: measured.get('rival').map(slim),
  works: withRuns(mine),
  contenders: withRuns(theirs),
  startUps: started.map(({ name, title, bar, runs }) => ({ name, title, bar, runs: runs.map(slim) })),
  wrong,
};
console.log(report(figures));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
if (wrong.length > 0) {
  console.error(`\nWRONG RESULTS\n${wrong.join('\n')}`);
  process.exitCode = 1;
} else if (!values['no-verify']) console.error("\nevery result verified, and equal to the rival's");
