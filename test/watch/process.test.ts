import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mainFile, marquee } from '../cli/run-cli.ts';
import { films, pause, Watcher } from './watcher.ts';

let watcher: Watcher;

beforeEach(async () => {
  watcher = new Watcher();
  writeFileSync(watcher.raw('movie_metadata/base.csv'), films(1, 60));
  await watcher.start();
  await watcher.untilInForce('movie_metadata/base.csv', 60);
});
afterEach(() => watcher.dispose());

it('killed in the midst of a batch, it catches up when it is started again, also with what happened meanwhile', async () => {
  for (let n = 0; n < 30; n += 1) watcher.drop(`movie_metadata/n-${n}.csv`, films(100 + n, 1));
  await watcher.until(
    'it is at work',
    () => watcher.log.length > 0 && Object.keys(watcher.inForce()).length >= 2,
  );
  await pause(150);
  await watcher.end('SIGKILL');
  unlinkSync(watcher.raw('movie_metadata/n-0.csv'));
  renameSync(watcher.raw('movie_metadata/n-1.csv'), watcher.raw('movie_metadata/moved.csv'));
  await watcher.start();
  await watcher.until('all is in force', () => {
    const files = Object.keys(watcher.inForce());
    return files.length === 31 && files.includes('movie_metadata/moved.csv');
  });
  expect(await watcher.end('SIGINT')).toBe(0);
  expect((await watcher.verify()).code).toBe(0);
});

it('holds the root, and serves what others ask for', async () => {
  const second = await marquee(['backfill', '--root', watcher.root]);
  expect(second).toMatchObject({ code: 75 });
  expect(second.stderr).toContain('running "watch"');
  watcher.drop('movie_metadata/base.csv', films(1, 10));
  await watcher.until('it is held', () =>
    watcher.log.some(({ files }) => JSON.stringify(files ?? []).includes('"held"')),
  );
  const held = JSON.parse((await marquee(['held', '--root', watcher.root, '--json'])).stdout) as unknown;
  const [, fingerprint = ''] = /"fingerprint":"([0-9a-f]{64})"/.exec(JSON.stringify(held)) ?? [];
  expect((await marquee(['accept', '--root', watcher.root, fingerprint])).code).toBe(0);
  await watcher.untilInForce('movie_metadata/base.csv', 10);
});

it('is followed from another terminal: a status whenever it changes', async () => {
  const follower = spawn(process.execPath, [
    mainFile,
    'status',
    '--root',
    watcher.root,
    '--follow',
    '--json',
  ]);
  let text = '';
  follower.stdout.on('data', (data: Buffer) => (text += data.toString()));
  const ended = new Promise((resolve) => follower.on('close', resolve));
  await watcher.until('a first status', () => text.includes('"command":"watch"'));
  watcher.drop('movie_metadata/new.csv', films(100, 5));
  await watcher.until('a second one, with the new file', () => text.includes('raw/movie_metadata/new.csv'));
  follower.kill('SIGTERM');
  expect(await ended).toBe(0);
});

it('tells an operational failure, tries again, and goes on once it has passed', async () => {
  const snapshots = path.join(watcher.root, 'curated_data', '.snapshots');
  await watcher.until('the first epoch is told', () => watcher.results.length > 0);
  renameSync(snapshots, `${snapshots}.away`);
  writeFileSync(snapshots, 'in the way');
  watcher.drop('movie_metadata/new.csv', films(100, 5));
  await watcher.until(
    'two failures',
    () => watcher.log.filter(({ retryMs }) => typeof retryMs === 'number').length >= 2,
  );
  rmSync(snapshots);
  renameSync(`${snapshots}.away`, snapshots);
  await watcher.untilInForce('movie_metadata/new.csv', 5);
  expect(await watcher.end()).toBe(0);
  expect((await watcher.verify()).code).toBe(0);
});

it('lives on where nobody drops anything and it cannot look at what it published', async () => {
  const snapshots = path.join(watcher.root, 'curated_data', '.snapshots');
  await watcher.until('the first epoch is told', () => watcher.results.length > 0);
  renameSync(snapshots, `${snapshots}.away`);
  writeFileSync(snapshots, 'in the way');
  await watcher.until('a failure', () => watcher.log.some(({ retryMs }) => typeof retryMs === 'number'));
  rmSync(snapshots);
  renameSync(`${snapshots}.away`, snapshots);
  watcher.drop('movie_metadata/new.csv', films(100, 5));
  await watcher.untilInForce('movie_metadata/new.csv', 5);
  expect(await watcher.end()).toBe(0);
  expect((await watcher.verify()).code).toBe(0);
});

it('ends with 0 within five seconds in the midst of a large batch, and the next start does it', async () => {
  for (let n = 0; n < 8; n += 1)
    watcher.drop(`movie_metadata/large-${n}.csv`, films(1000 + n * 20_000, 20_000));
  await pause(400);
  const began = Date.now();
  expect(await watcher.end('SIGTERM')).toBe(0);
  expect(Date.now() - began).toBeLessThan(6000);
  expect(readdirSync(path.join(watcher.root, '.marquee'))).not.toContain('lock');
  mkdirSync(path.join(watcher.root, 'kept'));
  for (let n = 1; n < 8; n += 1)
    renameSync(watcher.raw(`movie_metadata/large-${n}.csv`), path.join(watcher.root, 'kept', `${n}`));
  await watcher.start();
  await watcher.untilInForce('movie_metadata/large-0.csv', 20_000);
  await watcher.until('the others are gone', () => Object.keys(watcher.inForce()).length === 3);
  expect(await watcher.end()).toBe(0);
  expect((await watcher.verify()).code).toBe(0);
});

it('lets the last file of a source go once its successor is there, though it went long before', async () => {
  const base = watcher.raw('movie_metadata/base.csv');
  unlinkSync(base);
  await watcher.until('its removal is held', () =>
    watcher.log.some(({ files }) => JSON.stringify(files ?? []).includes('"held"')),
  );
  expect(watcher.inForce()).toHaveProperty(['movie_metadata/base.csv']);
  watcher.drop('movie_metadata/0_corrected.csv', films(2, 58));
  await watcher.untilInForce('movie_metadata/0_corrected.csv', 58);
  await watcher.until(
    'it is gone',
    () => !Object.keys(watcher.inForce()).includes('movie_metadata/base.csv'),
  );
  expect(await watcher.end()).toBe(0);
  expect((await watcher.verify()).code).toBe(0);
});
