import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, realpathSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readState } from '../../src/state-reader.ts';
import { parsePulse, pulseKey } from '../../src/watch/pulse.ts';
import { mainFile, marquee } from '../cli/run-cli.ts';
import { films, pause, Watcher } from './watcher.ts';

let watcher: Watcher;
const film = (name: string): string => `movie_metadata/${name}.csv`;
const curated = (...names: string[]): string => path.join(watcher.root, 'curated_data', ...names);

beforeEach(() => {
  watcher = new Watcher('watch: { settle_ms: 300, rescan_s: 2 }\n');
  watcher.drop(film('base'), films(1, 60));
});
afterEach(() => watcher.dispose());

/** Starts the watcher and waits for its first epoch. */
async function begin(options: Parameters<Watcher['start']>[0] = {}): Promise<void> {
  await watcher.start(options);
  await watcher.until('the first epoch', () => watcher.results.length > 0);
}

async function endsWell(): Promise<void> {
  expect(await watcher.end()).toBe(0);
  expect(watcher.log.filter(({ code }) => code === 'bug')).toEqual([]);
  expect(await watcher.verify()).toMatchObject({ code: 0 });
}

/** How many films a reader of the serving file sees; the query runs in a process of its own. */
async function filmsPublished(): Promise<number> {
  const { stdout } = await marquee([
    'query',
    'select count(*) as n from movies_enriched',
    '--root',
    watcher.root,
    '--json',
  ]);
  return Number(/\d+/.exec(stdout)?.[0]);
}

it('a full disk is told, tried again ever later, and goes on when there is room', async () => {
  await begin();
  // No file may grow any more: what the system says is what a full disk says, of any file.
  execFileSync('prlimit', ['--pid', String(watcher.pid), '--fsize=100:']);
  watcher.drop(film('new'), films(100, 5));
  const failures = (): readonly { code?: string }[] =>
    watcher.log.filter(({ retryMs }) => typeof retryMs === 'number');
  await watcher.until('three failures', () => failures().length >= 3);
  expect(failures().filter(({ code }) => code === 'bug')).toEqual([]);
  const waits = watcher.log.flatMap(({ retryMs }) => (typeof retryMs === 'number' ? [retryMs] : []));
  expect(waits.slice(0, 3)).toEqual([300, 600, 1200]);
  expect(await filmsPublished()).toBe(60);
  execFileSync('prlimit', ['--pid', String(watcher.pid), '--fsize=unlimited:']);
  await watcher.untilInForce(film('new'), 5);
  await endsWell();
});

it('a disk that fills up while nothing happens is told once and ends nothing', async () => {
  await begin();
  const began = Date.now();
  await watcher.until('it is idle', () => {
    const pulse = readState(watcher.root, (state) => parsePulse(state.meta(pulseKey)));
    return pulse !== null && pulse.atMs > began + 3000 && pulse.inHand + pulse.waiting === 0;
  });
  execFileSync('prlimit', ['--pid', String(watcher.pid), '--fsize=100:']);
  const told = (): number => watcher.log.filter(({ code }) => code === 'state-io').length;
  await watcher.until('it is told', () => told() > 0);
  await pause(6000);
  expect(told()).toBe(1);
  execFileSync('prlimit', ['--pid', String(watcher.pid), '--fsize=unlimited:']);
  watcher.drop(film('new'), films(100, 5));
  await watcher.untilInForce(film('new'), 5);
  await endsWell();
});

it('a bug ends it, with all that was committed intact', async () => {
  const trap = path.join(watcher.root, 'trap.mjs');
  const armed = path.join(watcher.root, 'armed');
  writeFileSync(
    trap,
    `import fs from 'node:fs';
     import { syncBuiltinESMExports } from 'node:module';
     const { symlinkSync } = fs;
     fs.symlinkSync = (...all) => {
       if (fs.existsSync(${JSON.stringify(armed)})) throw new TypeError('undefined is not a function');
       symlinkSync(...all);
     };
     syncBuiltinESMExports();`,
  );
  await begin({ node: ['--import', pathToFileURL(trap).href] });
  watcher.drop(film('second'), films(100, 5));
  await watcher.untilInForce(film('second'), 5);
  writeFileSync(armed, '');
  watcher.drop(film('third'), films(200, 5));
  expect(await watcher.ended).toBe(1);
  expect(watcher.said(/undefined is not a function/)).toBe(true);
  expect(await filmsPublished()).toBe(65);
  expect(watcher.inForce()).not.toHaveProperty([film('third')]);
  await watcher.start();
  await watcher.untilInForce(film('third'), 5);
  await endsWell();
});

it('one file that is written all the time holds up nobody', async () => {
  await begin();
  const churning = spawn(process.execPath, [
    '-e',
    `const fs = require('fs'); const text = fs.readFileSync(process.argv[1], 'utf8');
     setInterval(() => { fs.writeFileSync(process.argv[2] + '.new', text); fs.renameSync(process.argv[2] + '.new', process.argv[2]); }, 20)`,
    watcher.raw(film('base')),
    watcher.raw(film('churning')),
  ]);
  try {
    for (let n = 0; n < 5; n += 1) {
      watcher.drop(film(`beside-${n}`), films(300 + n, 1));
      await watcher.untilInForce(film(`beside-${n}`), 1);
    }
    expect(watcher.log.filter(({ code }) => code === 'file-changed-while-reading')).toEqual([]);
  } finally {
    churning.kill();
    await new Promise((resolve) => churning.on('close', resolve));
  }
  await watcher.untilInForce(film('churning'), 60);
  await endsWell();
});

it('.marquee and curated_data that are removed under it are made again, and no second watcher gets in', async () => {
  await begin();
  const second = await marquee(['watch', '--root', watcher.root]);
  expect(second).toMatchObject({ code: 75 });
  expect(second.stderr).toMatch(/another marquee holds .*running "watch"/);

  rmSync(curated(), { recursive: true });
  await watcher.until('it is published again', () => existsSync(curated('marquee.duckdb')));
  expect(await filmsPublished()).toBe(60);

  const before = watcher.results.length;
  rmSync(path.join(watcher.root, '.marquee'), { recursive: true });
  await watcher.until('it is told', () => watcher.said(/\.marquee\/state\.sqlite was removed/));
  await watcher.until('an epoch comes of it', () => watcher.results.length > before);
  expect(watcher.inForce()[film('base')]).toBe(60);
  expect((await marquee(['watch', '--root', watcher.root])).code).toBe(75);
  watcher.drop(film('after'), films(400, 2));
  await watcher.untilInForce(film('after'), 2);
  await endsWell();
});

it('a folder that stands where it publishes is told as that, and once it is gone the watcher goes on', async () => {
  await begin();
  rmSync(curated('aggregates'));
  mkdirSync(curated('aggregates'));
  watcher.drop(film('new'), films(100, 5));
  await watcher.until('it is told', () => watcher.log.some(({ code }) => code === 'publishing-blocked'));
  rmdirSync(curated('aggregates'));
  await watcher.untilInForce(film('new'), 5);
  expect(watcher.log.filter(({ lost }) => String(lost).includes("somebody else's"))).toEqual([]);
  await endsWell();
});

/** Opens the serving file to write, as only its owner's superuser can, writes, and dies or closes it. */
async function writeInto(end: 'die' | 'close'): Promise<void> {
  const writer = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { DuckDBInstance } from '@duckdb/node-api';
       const instance = await DuckDBInstance.create(process.argv[1]);
       const connection = await instance.connect();
       await connection.run('delete from monthly_revenue');
       if (process.argv[2] === 'die') process.kill(process.pid, 'SIGKILL');
       connection.closeSync(); instance.closeSync();`,
      curated('marquee.duckdb'),
      end,
    ],
    { cwd: path.dirname(mainFile), stdio: 'inherit' },
  );
  await new Promise((resolve) => writer.on('close', resolve));
}

it('a reader that opened the serving file to write leaves no harm, whether it died or not', async () => {
  const months = async (): Promise<string> =>
    (await marquee(['query', 'from monthly_revenue', '--root', watcher.root, '--json'])).stdout;
  await begin();
  const before = await months();
  for (const end of ['die', 'close'] as const) {
    const told = watcher.log.length;
    const snapshot = realpathSync(curated('.current'));
    chmodSync(curated('marquee.duckdb'), 0o644);
    await writeInto(end);
    await watcher.until('it is told', () =>
      watcher.log.slice(told).some(({ msg }) => msg.includes('another program wrote into marquee.duckdb')),
    );
    await watcher.until('it is published anew', () => realpathSync(curated('.current')) !== snapshot);
    expect(await months()).toBe(before);
  }
  await endsWell();
});

it.runIf(process.getuid?.() === 0)('a file that it may not read is told, and taken once it may', async () => {
  const nobody = 65534;
  execFileSync('chown', ['-R', `${nobody}:${nobody}`, watcher.root]);
  await begin({ uid: nobody });
  writeFileSync(path.join(watcher.root, 'secret'), films(500, 3));
  chmodSync(path.join(watcher.root, 'secret'), 0);
  execFileSync('mv', [path.join(watcher.root, 'secret'), watcher.raw(film('secret'))]);
  await watcher.until('it is told', () => watcher.said(/"unreadable"/));
  watcher.drop(film('beside'), films(600, 2));
  await watcher.untilInForce(film('beside'), 2);
  chmodSync(watcher.raw(film('secret')), 0o644);
  await watcher.untilInForce(film('secret'), 3);
  await endsWell();
});

it.runIf(process.getuid?.() === 0)(
  'films of a folder that it may not look into stay, until it may again',
  async () => {
    const nobody = 65534;
    execFileSync('chown', ['-R', `${nobody}:${nobody}`, watcher.root]);
    await begin({ uid: nobody });
    chmodSync(watcher.raw('movie_metadata'), 0);
    await watcher.until('it is told', () => watcher.log.some(({ code }) => code === 'folder-unreadable'));
    // A removal would have been passed on by now.
    await pause(5000);
    expect(watcher.results).toHaveLength(1);
    expect(await filmsPublished()).toBe(60);
    chmodSync(watcher.raw('movie_metadata'), 0o755);
    writeFileSync(watcher.raw(film('more')), films(100, 5));
    await watcher.untilInForce(film('more'), 5);
    await endsWell();
    expect(await filmsPublished()).toBe(65);
  },
);

it('files that are looked at in turn: as --poll does on network drives', async () => {
  await begin({ args: ['--poll'] });
  watcher.drop(film('renamed'), films(100, 5));
  writeFileSync(watcher.raw(film('written')), films(200, 4));
  await watcher.untilInForce(film('renamed'), 5);
  await watcher.untilInForce(film('written'), 4);
  writeFileSync(watcher.raw(film('written')), films(200, 6));
  rmSync(watcher.raw(film('renamed')));
  await watcher.untilInForce(film('written'), 6);
  await watcher.untilInForce(film('renamed'), null);
  await endsWell();
});
