// How fast a zip archive from a local server gets into raw/: `marquee fetch` beside `curl` and `unzip` (or bsdtar).
//
//   npm run bench:fetch -- --rows 1200000 --rounds 3
//
// The server is a process of its own and hands out the archive from the page cache. The tools take turns.

import { spawn, spawnSync, execFileSync } from 'node:child_process';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1200000' },
    rounds: { type: 'string', default: '3' },
    root: { type: 'string' },
    serve: { type: 'string' },
  },
});

if (values.serve === undefined) await compare();
else serve(values.serve);

/** The server: one archive, whatever the address. */
function serve(file) {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/zip', 'content-length': statSync(file).size });
    createReadStream(file, { highWaterMark: 1 << 20 }).pipe(response);
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}

async function compare() {
  const here = import.meta.dirname;
  const folder = path.resolve(values.root ?? path.join(here, '..', '.bench', `fetch-${values.rows}`));
  const archive = path.join(folder, 'films.zip');
  if (!existsSync(archive)) {
    mkdirSync(folder, { recursive: true });
    const generate = [path.join(here, 'generate.mjs'), '--root', folder, '--rows', values.rows];
    execFileSync(process.execPath, generate, { stdio: 'ignore' });
    const [csv] = execFileSync('find', [path.join(folder, 'raw', 'movie_metadata'), '-name', '*.csv'])
      .toString()
      .trim()
      .split('\n');
    execFileSync('zip', ['-q', '-j', archive, csv]);
    rmSync(path.join(folder, 'raw'), { recursive: true });
  }
  const server = spawn(process.execPath, [import.meta.filename, '--serve', archive]);
  const port = await new Promise((resolve) =>
    server.stdout.once('data', (data) => resolve(String(data).trim())),
  );
  try {
    const url = `http://127.0.0.1:${port}/films.zip`;
    const plain = path.join(folder, 'plain');
    const root = path.join(folder, 'root');
    const hasBsdtar = spawnSync('bsdtar', ['--version']).status === 0;
    const unpacking = hasBsdtar
      ? `curl -sS '${url}' | bsdtar -xf - && sync *.csv`
      : `curl -sS -o films.zip '${url}' && unzip -q films.zip && sync *.csv`;
    const contenders = {
      [hasBsdtar ? 'curl | bsdtar' : 'curl, unzip']: () => {
        rmSync(plain, { recursive: true, force: true });
        mkdirSync(plain, { recursive: true });
        return timed('bash', ['-c', unpacking], plain);
      },
      'marquee fetch': () => {
        rmSync(root, { recursive: true, force: true });
        mkdirSync(root, { recursive: true });
        writeFileSync(
          path.join(root, 'marquee.yaml'),
          `fetch:\n  sources:\n    films: { url: '${url}', into: movie_metadata }\n`,
        );
        return timed(
          process.execPath,
          [path.join(here, '..', 'dist', 'bin', 'marquee.cjs'), 'fetch', '--quiet', '--root', root],
          root,
        );
      },
    };
    const seen = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
    for (let round = 0; round < Number(values.rounds); round += 1)
      for (const [name, run] of Object.entries(contenders)) seen[name].push(await run());
    const target = path.join(root, 'raw', 'movie_metadata', 'films.csv');
    const size = statSync(target).size;
    console.log(
      `${Math.round(size / 1e6)} MB of CSV in ${Math.round(statSync(archive).size / 1e6)} MB of zip`,
    );
    const medians = [];
    for (const [name, runs] of Object.entries(seen)) {
      const times = runs.map(({ ms }) => ms).sort((a, b) => a - b);
      const median = times[times.length >> 1];
      medians.push(median);
      const peak = Math.max(...runs.map(({ peakMb }) => peakMb));
      console.log(
        `${name.padEnd(14)} ${(median / 1000).toFixed(2)} s, ${Math.round(size / 1000 / median)} MB/s, peak ${peak} MB`,
      );
    }
    console.log(`rate of marquee: ${Math.round((100 * medians[0]) / medians[1])} % of the contender's`);
  } finally {
    server.kill();
  }
}

/** Runs a command; its time, and the peak of its memory as the system says it. */
function timed(command, args, cwd) {
  const began = performance.now();
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  let peakMb = 0;
  const look = setInterval(() => {
    const [, kb = '0'] = /VmHWM:\s+(\d+)/.exec(statusOf(child.pid)) ?? [];
    peakMb = Math.max(peakMb, Math.round(Number(kb) / 1024));
  }, 50);
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      clearInterval(look);
      if (code !== 0) reject(new Error(`${command} ended with ${code}`));
      else resolve({ ms: performance.now() - began, peakMb });
    });
  });
}

function statusOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
