import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { variants } from '../generator/variants.mjs';
import { benchFolder, clone, filmFile } from './places.mjs';

const rivalFolder = path.join(clone, 'bench', 'rival');
const floorScript = path.join(clone, 'bench', 'floor', 'run.mjs');

const readCsv = (file) => `
import { DuckDBInstance } from '@duckdb/node-api';
const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
await connection.run("select count(*), sum(length(columns(*))) from read_csv('${file}', all_varchar = true)");
`;

/**
 * What marquee is measured beside, each a command of its own over the original files.
 *
 * `rival` is the one that ratios are formed with. `python` is an interpreter that may have DuckDB or PySpark. `floor` adds
 * what the dearest works take by hand.
 *
 * @returns a list of { name, title, command, args, prepare(), isApart } in the order in which they run
 */
export function contenders(root, { python, spark, floor }) {
  const films = path.join(root.data.original, filmFile);
  const out = (name) => path.join(benchFolder, 'out', name);
  const clear = (name) => () => rmSync(out(name), { recursive: true, force: true });
  const list = [
    {
      name: 'rival',
      title: 'plain DuckDB script, all outputs from scratch',
      command: process.execPath,
      args: [path.join(rivalFolder, 'run.mjs'), '--root', root.data.original, '--out', out('rival')],
      prepare: clear('rival'),
    },
    {
      name: 'read_csv',
      title: "DuckDB's bare read_csv of the film file",
      command: process.execPath,
      args: ['--input-type=module', '-e', readCsv(films)],
    },
    { name: 'sha256sum', title: 'sha256sum of the film file', command: 'sha256sum', args: [films] },
  ];
  if (floor) list.push(...floors(root, out('floor')));
  const version = duckdbOf(python);
  if (version !== null) {
    list.push({
      name: 'python-duckdb',
      title: `the same script, DuckDB ${version} from Python`,
      command: python,
      args: [path.join(rivalFolder, 'run.py'), root.data.original, out('python')],
      prepare: clear('python'),
      isApart: true,
    });
  }
  if (spark) {
    list.push({
      name: 'spark',
      title: 'PySpark script in the manner of the seed',
      command: sparkPython(),
      args: [path.join(rivalFolder, 'spark.py'), root.data.original, out('spark')],
      prepare: clear('spark'),
      isApart: true,
    });
  }
  return list.filter(({ command }) => isThere(command));
}

/** The floor of a backfill, and of two drops on top of what it leaves. */
function floors(root, out) {
  const state = path.join(benchFolder, 'floor');
  const saved = `${state}.saved`;
  const args = (from, folder) => [floorScript, '--root', from, '--state', folder, '--out', out];
  const drop = (variant, title) => ({
    name: `floor-${variant}`,
    title: `by hand, rows kept: ${title}`,
    command: process.execPath,
    args: [...args(root.folder, state), '--again'],
    prepare() {
      if (!existsSync(saved)) execFileSync(process.execPath, args(root.data.original, saved));
      rmSync(state, { recursive: true, force: true });
      cpSync(saved, state, { recursive: true });
      root.put(root.data.drop(variant));
    },
  });
  return [
    {
      name: 'floor-lean',
      title: 'by hand, hashes kept: everything from nothing',
      command: process.execPath,
      args: [...args(root.data.original, state), '--lean'],
    },
    {
      name: 'floor-backfill',
      title: 'by hand, rows kept: everything from nothing',
      command: process.execPath,
      args: args(root.data.original, state),
    },
    drop('touched', variants.touched.title),
    drop('daily', variants.daily.title),
  ];
}

/** Where the rival leaves its outputs. */
export const rivalOut = path.join(benchFolder, 'out', 'rival');

/** The version of DuckDB that a Python can import, or null. */
function duckdbOf(python) {
  const { status, stdout } = spawnSync(python, ['-c', 'import duckdb; print(duckdb.__version__)'], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : null;
}

const isThere = (command) => spawnSync(command, ['--version']).error === undefined;

/** A virtual environment with PySpark in .bench/, made on the first `--spark`. */
function sparkPython() {
  const folder = path.join(benchFolder, 'spark-venv');
  const python = path.join(folder, 'bin', 'python');
  if (!existsSync(python)) {
    console.error('installing pyspark into .bench/spark-venv');
    for (const [command, ...args] of [
      ['python3', '-m', 'venv', folder],
      [python, '-m', 'pip', 'install', '--quiet', 'pyspark==3.5.6'],
    ]) {
      const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
      if (status !== 0) {
        rmSync(folder, { recursive: true, force: true });
        throw new Error(
          `${command} ${args.join(' ')} failed${error === undefined ? '' : `: ${error.message}`}`,
        );
      }
    }
  }
  return python;
}
