#!/usr/bin/env node
// Runs marquee on generated data as whole processes and prints times as ratios against a named contender of the same
// run: DuckDB's bare `read_csv` over the same files, which is the least that any rebuild has to do.
//
//   npm run bench                      # 215,000 films, about 100 MB
//   npm run bench -- --rows 1200000    # about 550 MB
//   npm run bench -- --quick           # 20,000 films
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    quick: { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
  },
});
const rows = Number(values.rows ?? (values.quick ? 20_000 : 215_000));
const runs = Number(values.runs);
const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '..', '.bench', `films-${rows}`);
const main = path.join(here, '..', 'dist', 'src', 'main.js');
const films = path.join(root, 'raw', 'movie_metadata', 'TMDB_movie_dataset_v11.csv');

if (!existsSync(films)) {
  console.error(`generating ${rows} films`);
  execFileSync(process.execPath, [path.join(here, 'generate.mjs'), '--root', root, '--rows', String(rows)]);
}
const original = readFileSync(films);

/** Whole process: wall seconds, and peak resident memory in MB as the process itself says. */
function timed(args) {
  const report = `process.on('exit', () => require('node:fs').writeSync(2, '\\nPEAK ' + process.resourceUsage().maxRSS))`;
  const began = process.hrtime.bigint();
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      `data:text/javascript,import{createRequire}from'node:module';const require=createRequire('file:///');${encodeURIComponent(report)}`,
      ...args,
    ],
    { encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}\n${stderr}`);
  return { seconds, peak: Number(/PEAK (\d+)/.exec(stderr)?.[1] ?? 0) / 1024 };
}

const backfill = () => timed([main, 'backfill', '--root', root, '--accept-all', '--quiet']);
const forget = () => {
  for (const name of ['.marquee', 'curated_data'])
    rmSync(path.join(root, name), { recursive: true, force: true });
};

/** The films with `count` of them changed (one more vote), in any year or in three. */
let edits = 0;
function change(count, inYears) {
  const lines = original.toString('utf8').split('\n');
  const wanted = lines.flatMap((line, at) => {
    const year = /^"\d+","[^"]*","[^"]*","\d+","Released","(\d{4})/.exec(line)?.[1];
    return year !== undefined && (!inYears || ['2001', '2002', '2003'].includes(year)) ? [at] : [];
  });
  edits++;
  const step = Math.max(1, Math.floor(wanted.length / count));
  for (const at of wanted.filter((_, index) => index % step === 0).slice(0, count)) {
    lines[at] = lines[at].replace(
      /^("\d+","[^"]*","[^"]*",")(\d+)"/,
      (_, head, votes) => `${head}${Number(votes) + edits}"`,
    );
  }
  writeFileSync(films, lines.join('\n'));
}

const readCsv = `
import { DuckDBInstance } from '@duckdb/node-api';
const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
await connection.run("select count(*), sum(length(columns(*))) from read_csv('${films}', all_varchar = true)");
`;
const works = {
  'bare read_csv (contender)': {
    prepare: () => writeFileSync(films, original),
    run: () => timed(['--input-type=module', '-e', readCsv]),
  },
  'backfill from scratch': { prepare: forget, run: backfill },
  'nothing changed': { prepare: () => undefined, run: backfill },
  '1,000 changed in 3 years': { prepare: () => change(1000, true), run: backfill },
  '1,000 changed anywhere': { prepare: () => change(1000, false), run: backfill },
};

const results = new Map(Object.keys(works).map((name) => [name, []]));
for (let at = 0; at < runs; at++) {
  for (const [name, { prepare, run }] of Object.entries(works)) {
    prepare();
    results.get(name).push(run());
  }
}
writeFileSync(films, original);

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const contender = median(results.get('bare read_csv (contender)').map(({ seconds }) => seconds));
console.log(
  `${rows} films, ${(statSync(films).size / 1e6).toFixed(0)} MB, ${runs} runs, ${cpus().length} cores, Node ${process.version}\n`,
);
console.log('| work | min s | median s | ratio of medians | peak MB |\n|---|---|---|---|---|');
for (const [name, list] of results) {
  const seconds = list.map((run) => run.seconds);
  const figures = [
    Math.min(...seconds).toFixed(2),
    median(seconds).toFixed(2),
    (median(seconds) / contender).toFixed(2),
  ];
  console.log(
    `| ${name} | ${figures.join(' | ')} | ${Math.max(...list.map(({ peak }) => peak)).toFixed(0)} |`,
  );
}
