import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { newFolder } from '../cli/new-folder.ts';
import { mainFile, marquee } from '../cli/run-cli.ts';
import { RemoteServer } from './remote-server.ts';

const prices = (last: string): Buffer =>
  Buffer.from(`observation_date,CPIAUCSL\n2020-01-01,259.1\n2020-02-01,${last}\n`);

async function until(what: () => boolean, ms = 15_000): Promise<void> {
  const end = Date.now() + ms;
  while (!what()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('a watcher fetches by its schedule, serves a fetch asked for beside it, and ends in the midst of one', async () => {
  const server = await new RemoteServer().listen();
  const csv = { bytes: prices('259.2'), etag: '"1"' };
  server.series.set('CPIAUCSL', { lastUpdated: '', csv, values: [] });
  const root = newFolder('fetch-watch');
  writeFileSync(
    path.join(root, 'marquee.yaml'),
    'fetch:\n  every: 7d\n  sources:\n    cpi: { fred: CPIAUCSL }\nwatch: { settle_ms: 50 }\n',
  );
  const watcher = spawn(process.execPath, [mainFile, 'watch', '--json', '--root', root], {
    env: { ...process.env, ...server.env() },
  });
  onTestFinished(() => void watcher.kill('SIGKILL'));
  let out = '';
  let err = '';
  watcher.stdout.on('data', (data: Buffer) => (out += data.toString()));
  watcher.stderr.on('data', (data: Buffer) => (err += data.toString()));
  const receipts = (): number => out.split('\n').filter((line) => line.includes('CPIAUCSL.csv')).length;
  await until(() => receipts() === 1).catch(() => expect.fail(err));
  expect(existsSync(path.join(root, 'raw', 'cpi', 'CPIAUCSL.csv'))).toBe(true);

  csv.bytes = prices('260.0');
  csv.etag = '"2"';
  const asked = await marquee(['fetch', '--root', root], { env: server.env() });
  expect(asked.code, asked.stderr).toBe(0);
  expect(asked.stderr).toContain('asked to fetch');
  await until(() => receipts() === 2).catch(() => expect.fail(err));
  expect(server.seen).toHaveLength(2);

  csv.etag = '"3"';
  server.fault = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/csv', 'content-length': 1000 }).write('observation_date');
    return true;
  };
  // A backfill beside a watcher leaves it all to the watcher, the fetch too.
  const beside = await marquee(['backfill', '--fetch', '--root', root], { env: server.env() });
  expect(beside.code).toBe(75);
  expect(beside.stderr).toContain('asked to fetch');
  await until(() => server.seen.length === 3);
  const ended = new Promise((resolve) => watcher.on('close', resolve));
  const began = Date.now();
  watcher.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(Date.now() - began).toBeLessThan(3000);
}, 60_000);

test('a watcher fetches at the times of a cron pattern, and refuses what is none', async () => {
  const server = await new RemoteServer().listen();
  const csv = { bytes: prices('259.2'), etag: '"1"' };
  server.series.set('CPIAUCSL', { lastUpdated: '', csv, values: [] });
  const root = newFolder('fetch-cron');
  const config = (cron: string): void =>
    writeFileSync(
      path.join(root, 'marquee.yaml'),
      `fetch:\n  cron: "${cron}"\n  sources:\n    cpi: { fred: CPIAUCSL }\nwatch: { settle_ms: 50 }\n`,
    );
  config('every day at six');
  const refused = await marquee(['watch', '--root', root], { env: server.env() });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('got "every day at six", expected five fields');
  // Six fields begin with the second.
  config('*/2 * * * * *');
  const watcher = spawn(process.execPath, [mainFile, 'watch', '--json', '--root', root], {
    env: { ...process.env, ...server.env() },
  });
  onTestFinished(() => void watcher.kill('SIGKILL'));
  let out = '';
  let err = '';
  watcher.stderr.on('data', (data: Buffer) => (err += data.toString()));
  watcher.stdout.on('data', (data: Buffer) => (out += data.toString()));
  await until(() => server.seen.length >= 3).catch(() => expect.fail(err));
  await until(() => out.includes('CPIAUCSL.csv'));
  // What has not changed is asked for, and is no drop.
  expect(server.seen.slice(1).every(({ headers }) => headers['if-none-match'] === '"1"')).toBe(true);
  const ended = new Promise((resolve) => watcher.on('close', resolve));
  watcher.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(out.split('\n').filter((line) => line.includes('CPIAUCSL.csv'))).toHaveLength(1);
}, 60_000);
