import { spawn, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { films, filmLines, pause, Watcher } from './watcher.ts';

const watcher = new Watcher();
const raw = (file: string): string => watcher.raw(file);
const outside = path.join(watcher.root, 'outside.csv');

beforeAll(async () => {
  watcher.drop('movie_metadata/base.csv', films(1, 60));
  writeFileSync(outside, films(200, 50));
  execFileSync('mkfifo', [raw('movie_metadata/pipe.csv')]);
  symlinkSync('circle.csv', raw('movie_metadata/circle.csv'));
  symlinkSync(outside, raw('movie_metadata/link.csv'));
  await watcher.start();
  await watcher.untilInForce('movie_metadata/base.csv', 60);
});
afterAll(() => watcher.dispose());

it('a file renamed into place, and one in the place of another', async () => {
  watcher.drop('movie_metadata/renamed.csv', films(100, 5));
  await watcher.untilInForce('movie_metadata/renamed.csv', 5);
  watcher.drop('movie_metadata/renamed.csv', films(100, 6, 1));
  await watcher.untilInForce('movie_metadata/renamed.csv', 6);
  await watcher.until('both receipts', () => watcher.accounts('movie_metadata/renamed.csv').length > 1);
  expect(watcher.accounts('movie_metadata/renamed.csv').map(({ inserted }) => inserted)).toEqual([5, 1]);
});

it('a copy, a slow write in place, an append and ten rewrites in a second, all at once', async () => {
  copyFileSync(outside, raw('movie_metadata/copied.csv'));
  appendFileSync(raw('movie_metadata/base.csv'), filmLines(61, 3));
  const slow = films(300, 40);
  const step = Math.ceil(slow.length / 10);
  for (let n = 0; n < 10; n += 1) {
    // Cut in the midst of records, now and then within quotes.
    appendFileSync(raw('movie_metadata/slow.csv'), slow.slice(n * step, (n + 1) * step));
    writeFileSync(raw('movie_metadata/again.csv'), films(400, 10 + n, n));
    await pause(100);
  }
  await watcher.untilInForce('movie_metadata/copied.csv', 50);
  await watcher.untilInForce('movie_metadata/slow.csv', 40);
  await watcher.untilInForce('movie_metadata/base.csv', 63);
  await watcher.untilInForce('movie_metadata/again.csv', 19);
  await watcher.until('its receipt', () => watcher.accounts('movie_metadata/slow.csv').length > 0);
  expect(watcher.accounts('movie_metadata/slow.csv')).toMatchObject([{ status: 'taken', inserted: 40 }]);
});

it('a move within raw/, and a removal', async () => {
  watcher.drop('movie_metadata/gone.csv', films(500, 4));
  await watcher.untilInForce('movie_metadata/gone.csv', 4);
  renameSync(raw('movie_metadata/copied.csv'), raw('movie_metadata/moved.csv'));
  unlinkSync(raw('movie_metadata/gone.csv'));
  await watcher.untilInForce('movie_metadata/moved.csv', 50);
  await watcher.untilInForce('movie_metadata/copied.csv', null);
  await watcher.untilInForce('movie_metadata/gone.csv', null);
});

it('two hundred files at once come in few epochs', async () => {
  const before = watcher.results.length;
  for (let n = 0; n < 200; n += 1) watcher.drop(`movie_metadata/burst-${n}.csv`, films(1000 + n, 1));
  await watcher.until(
    'all in force',
    () => Object.keys(watcher.inForce()).filter((file) => file.includes('burst')).length === 200,
  );
  expect(watcher.results.length - before).toBeLessThan(12);
});

it('a temporary name is nothing until it is renamed; a file deleted while it waits is no failure', async () => {
  const names = ['t.csv.part', 't.csv.crdownload', 't.csv.tmp', '.t.csv.Xa2', 't.csv~', '.~lock.t.csv#'];
  for (const name of names) writeFileSync(raw(`movie_metadata/${name}`), films(600, 3));
  for (let n = 0; n < 20; n += 1) {
    watcher.drop(`movie_metadata/flash-${n}.csv`, films(700 + n, 1));
    if (n % 2 === 0) await pause(30);
    unlinkSync(raw(`movie_metadata/flash-${n}.csv`));
  }
  renameSync(raw('movie_metadata/t.csv.part'), raw('movie_metadata/t.csv'));
  await watcher.untilInForce('movie_metadata/t.csv', 3);
  const strange = watcher.results
    .flatMap(({ accounts }) => accounts)
    .filter(({ file }) => /t\.csv./.test(file.path));
  expect(strange).toEqual([]);
});

it('names with spaces, quotes, a line break, and of 255 bytes', async () => {
  const names = ["it's a file.csv", 'say "hi".csv', 'two\nlines.csv', `${'ü'.repeat(125)}x.csv`];
  for (const [n, name] of names.entries()) watcher.drop(`movie_metadata/${name}`, films(800 + n, 1));
  for (const name of names) await watcher.untilInForce(`movie_metadata/${name}`, 1);
});

it('a pipe, a circle of links, a link out of raw/ and a file that never stops growing hold nobody up', async () => {
  const growing = spawn('sh', [
    '-c',
    'while :; do echo 9,x >> "$0"; sleep 0.05; done',
    raw('movie_metadata/growing.csv'),
  ]);
  try {
    watcher.drop('movie_metadata/beside.csv', films(900, 2));
    await watcher.untilInForce('movie_metadata/beside.csv', 2);
    const codes = (): unknown => readReasons(['pipe', 'circle', 'link']).toSorted((a, b) => (a < b ? -1 : 1));
    await watcher.until('all are refused', () => (codes() as string[]).length === 3);
    expect(codes()).toEqual(['broken-link', 'link-outside', 'not-a-file']);
    expect(watcher.inForce()).not.toHaveProperty(['movie_metadata/growing.csv']);
  } finally {
    growing.kill();
    await new Promise((resolve) => growing.on('close', resolve));
  }
  for (const name of ['pipe', 'circle', 'link', 'growing']) rmSync(raw(`movie_metadata/${name}.csv`));
});

/** Why files were refused, from the log. */
function readReasons(names: readonly string[]): string[] {
  const files = watcher.log.flatMap(
    ({ files: listed }) => (listed ?? []) as { path: string; reason?: { code: string } }[],
  );
  const found = names.map(
    (name) => files.find(({ path: file }) => file === `raw/movie_metadata/${name}.csv`)?.reason?.code,
  );
  return found.filter((code) => code !== undefined);
}

it('a removed source folder is held, and a new one is watched again', async () => {
  rmSync(raw('cpi'), { recursive: true });
  await watcher.until('the removal is held', () =>
    watcher.log.some(({ files }) =>
      JSON.stringify(files ?? []).includes('"path":"raw/cpi/cpi.csv","status":"held"'),
    ),
  );
  expect(watcher.inForce()['cpi/cpi.csv']).toBe(2);
  mkdirSync(raw('cpi'));
  await pause(1500);
  watcher.drop('cpi/cpi.csv', 'DATE,CPIAUCSL\n2000-01-01,100\n2002-01-01,105\n2003-12-01,110\n');
  await watcher.untilInForce('cpi/cpi.csv', 3);
});

it('a raw/ that was moved away and comes back is watched again', async () => {
  renameSync(raw(''), path.join(watcher.root, 'away'));
  await pause(1500);
  renameSync(path.join(watcher.root, 'away'), raw(''));
  await pause(1500);
  watcher.drop('movie_metadata/after.csv', films(950, 2));
  await watcher.untilInForce('movie_metadata/after.csv', 2);
});

it('in the end all is as a rebuild would have it, and SIGTERM ends it with 0', async () => {
  expect(await watcher.end('SIGTERM')).toBe(0);
  expect(watcher.log.at(-1)?.msg).toBe('stopped');
  expect(watcher.log.filter(({ code }) => code === 'bug')).toEqual([]);
  const { code, said } = await watcher.verify();
  expect(said).not.toMatch('not taken');
  expect(code).toBe(0);
  const found = ['cpi', 'movie_metadata'].flatMap((source) =>
    readdirSync(raw(source)).map((name) => `${source}/${name}`),
  );
  expect(Object.keys(watcher.inForce()).toSorted()).toEqual(
    found.filter((file) => /[^~]\.csv$/.test(file) && !file.includes('/.')).toSorted(),
  );
});
