import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mainFile } from '../cli/run-cli.ts';
import { films, pause, Watcher } from './watcher.ts';

const watcher = new Watcher(
  'watch: { settle_ms: 300, rescan_s: 2 }\nsources: { genre_cast_director: { links_outside: follow } }\n',
);
const raw = (file: string): string => watcher.raw(file);
const film = (name: string): string => `movie_metadata/${name}.csv`;

beforeAll(async () => {
  watcher.drop(film('base'), films(1, 60));
  await watcher.start();
  await watcher.untilInForce(film('base'), 60);
});
afterAll(() => watcher.dispose());

it('a hard link, and a file that rsync writes under a hidden name', async () => {
  writeFileSync(path.join(watcher.root, 'elsewhere.csv'), films(100, 3));
  linkSync(path.join(watcher.root, 'elsewhere.csv'), raw(film('linked')));
  writeFileSync(raw('movie_metadata/.synced.csv.Xa81Bz'), films(110, 4));
  renameSync(raw('movie_metadata/.synced.csv.Xa81Bz'), raw(film('synced')));
  await watcher.untilInForce(film('linked'), 3);
  await watcher.untilInForce(film('synced'), 4);
});

it('an overwrite in place, of the same size and with its times set back', async () => {
  watcher.drop(film('dated'), films(200, 5));
  await watcher.untilInForce(film('dated'), 5);
  const { size, atime, mtime } = statSync(raw(film('dated')));
  writeFileSync(raw(film('dated')), films(200, 5, 1));
  utimesSync(raw(film('dated')), atime, mtime);
  expect(statSync(raw(film('dated'))).size).toBe(size);
  await watcher.until('both versions', () => watcher.accounts(film('dated')).length === 2);
  expect(watcher.accounts(film('dated'))[1]).toMatchObject({ inserted: 0, updated: 5 });
});

it('a file that is emptied and written anew is never empty in the warehouse', async () => {
  watcher.drop(film('refilled'), films(210, 30));
  await watcher.untilInForce(film('refilled'), 30);
  truncateSync(raw(film('refilled')));
  await pause(700);
  writeFileSync(raw(film('refilled')), films(210, 31));
  await watcher.untilInForce(film('refilled'), 31);
  await watcher.until('both receipts', () => watcher.accounts(film('refilled')).length > 1);
  expect(watcher.accounts(film('refilled'))).toMatchObject([
    { inserted: 30 },
    { inserted: 1, updated: 0, deleted: 0 },
  ]);
});

it('a file with times in the future, and one that comes again as it was, are no trouble', async () => {
  watcher.drop(film('tomorrow'), films(250, 2));
  utimesSync(raw(film('tomorrow')), new Date('2090-01-01'), new Date('2090-01-01'));
  await watcher.untilInForce(film('tomorrow'), 2);
  writeFileSync(raw(film('tomorrow')), films(250, 3));
  utimesSync(raw(film('tomorrow')), new Date('2090-01-01'), new Date('2090-01-01'));
  await watcher.untilInForce(film('tomorrow'), 3);
});

it('folders within a source, and a name that is no UTF-8, are told and not read', async () => {
  mkdirSync(raw('movie_metadata/2024'));
  writeFileSync(raw('movie_metadata/2024/nested.csv'), films(300, 2));
  const bad = Buffer.concat([
    Buffer.from(`${raw('movie_metadata')}/caf`),
    Buffer.from([0xe9]),
    Buffer.from('.csv'),
  ]);
  writeFileSync(bad, films(310, 2));
  await watcher.until('the name is told', () => watcher.said(/its name is no UTF-8/));
  // Beside it all goes on.
  watcher.drop(film('beside'), films(320, 2));
  await watcher.untilInForce(film('beside'), 2);
  expect(watcher.log.filter((line) => JSON.stringify(line).includes('no UTF-8'))).toHaveLength(1);
  rmSync(bad);
});

it('a link out of raw/ is taken where the configuration allows it', async () => {
  const outside = path.join(watcher.root, 'credits.csv');
  writeFileSync(outside, 'title,year,runtime,director\nFilm 1,2001,100,Ann\n');
  symlinkSync(outside, raw('genre_cast_director/link.csv'));
  symlinkSync(outside, raw(film('refused')));
  await watcher.untilInForce('genre_cast_director/link.csv', 1);
  await watcher.until('the other is refused', () => watcher.said(/"link-outside"/));
  expect(watcher.said(/links_outside: follow/)).toBe(true);
  rmSync(raw(film('refused')));
});

it('a source folder that is replaced by a link to another', async () => {
  const elsewhere = path.join(watcher.root, 'elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(path.join(elsewhere, 'cpi.csv'), readFileSync(raw('cpi/cpi.csv')));
  renameSync(raw('cpi'), path.join(watcher.root, 'cpi-before'));
  symlinkSync(elsewhere, raw('cpi'));
  await pause(1500);
  writeFileSync(
    path.join(elsewhere, 'cpi.csv'),
    'DATE,CPIAUCSL\n2000-01-01,100\n2002-01-01,105\n2003-12-01,110\n',
  );
  await watcher.untilInForce('cpi/cpi.csv', 3);
});

it('a raw/ that is gone for longer is held, not believed, and comes back as it was', async () => {
  renameSync(raw(''), path.join(watcher.root, 'away'));
  await watcher.until('the removal is held', () =>
    watcher.said(/"path":"raw\/movie_metadata\/base.csv","status":"held"/),
  );
  expect(watcher.inForce()[film('base')]).toBe(60);
  renameSync(path.join(watcher.root, 'away'), raw(''));
  watcher.drop(film('after'), films(400, 2));
  await watcher.untilInForce(film('after'), 2);
  await watcher.until('nothing is held any more', () => held() === 0);
});

function held(): number {
  const said = execFileSync(process.execPath, [
    mainFile,
    'held',
    '--root',
    watcher.root,
    '--json',
  ]).toString();
  return (said.match(/"fingerprint"/g) ?? []).length;
}

/** Takes the better part of a minute; `npm run test:soak` does it, arrivals.test.ts drops two hundred. */
it.runIf(process.env['MARQUEE_SOAK'])('a thousand files at once', async () => {
  const before = watcher.results.length;
  for (let n = 0; n < 1000; n += 1) watcher.drop(film(`many-${n}`), films(2000 + n, 1));
  const taken = (): number => Object.keys(watcher.inForce()).filter((file) => file.includes('many-')).length;
  await watcher.until('all in force', () => taken() === 1000, 60);
  expect(watcher.results.length - before).toBeLessThan(20);
});

it('in the end all is as a rebuild would have it', async () => {
  expect(await watcher.end()).toBe(0);
  expect(watcher.log.filter(({ code }) => code === 'bug')).toEqual([]);
  expect(await watcher.verify()).toMatchObject({ code: 0 });
});
