import { spawn } from 'node:child_process';
import { readdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { films, pause, Watcher } from './watcher.ts';

/** `npm run hammer` asks for eight readers and 200 drops. */
const readers = Number(process.env['MARQUEE_HAMMER_READERS'] ?? 2);
const drops = Number(process.env['MARQUEE_HAMMER_DROPS'] ?? 7);

/** What a reader (reader.mjs) found. */
interface Found {
  readonly reads: number;
  readonly held: number;
  readonly failed: readonly string[];
  readonly torn: readonly unknown[];
  readonly epochs: number;
  readonly slowestMs: number;
}

const watcher = new Watcher();

beforeAll(async () => {
  writeFileSync(watcher.raw('movie_metadata/base.csv'), films(1, 400));
  await watcher.start();
  await watcher.until('the first epoch', () => watcher.results.length > 0);
});
afterAll(() => watcher.dispose());

/** The n-th drop: mostly films of its own, now and then a correction or a withdrawal of an earlier one. */
function drop(n: number): void {
  const temp = path.join(watcher.root, 'drop');
  const file = (k: number): string => watcher.raw(`movie_metadata/drop-${k}.csv`);
  if (n % 7 === 6) {
    unlinkSync(file(n % 3 === 2 ? n - 5 : n - 6));
    return;
  }
  const at = n % 3 === 2 ? n - 1 : n;
  writeFileSync(temp, films(10_000 + 100 * at, 40, n));
  renameSync(temp, file(at));
}

/** Whether the files in raw/ are those in force. */
function isAllTaken(): boolean {
  const there = readdirSync(watcher.raw('movie_metadata')).map((name) => `movie_metadata/${name}`);
  return isDeepStrictEqual([...there, 'cpi/cpi.csv'].toSorted(), Object.keys(watcher.inForce()).toSorted());
}

function startReader(): () => Promise<Found> {
  const reader = spawn(process.execPath, [
    path.join(import.meta.dirname, 'reader.mjs'),
    path.join(watcher.root, 'curated_data', 'marquee.duckdb'),
  ]);
  let out = '';
  let said = '';
  reader.stdout.on('data', (data: Buffer) => (out += data.toString()));
  reader.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const ended = new Promise((resolve) => reader.on('close', resolve));
  return async () => {
    reader.stdin.end();
    await ended;
    if (out === '') throw new Error(`a reader died: ${said}`);
    return JSON.parse(out) as Found;
  };
}

it(
  'readers that open the serving file all the time see whole epochs only, and none fails',
  async () => {
    const stops = Array.from({ length: readers }, startReader);
    const began = performance.now();
    for (let n = 0; n < drops; n += 1) {
      const epochs = watcher.results.length;
      drop(n);
      // Mostly one epoch a drop; where the machine is slow they come together, as they would.
      for (const end = Date.now() + 2500; watcher.results.length === epochs && Date.now() < end;)
        await pause(20);
    }
    await watcher.until('nothing waits', () => watcher.log.length > 0 && isAllTaken(), 60);
    const seconds = (performance.now() - began) / 1000;
    const found = await Promise.all(stops.map((stop) => stop()));
    const sum = (key: 'reads' | 'held' | 'epochs'): number => found.reduce((n, one) => n + one[key], 0);
    console.log(
      `${readers} readers, ${drops} drops in ${seconds.toFixed(1)} s: ${sum('reads')} reads of ${(sum('epochs') / readers).toFixed(0)} epochs each, ` +
        `${sum('held')} files kept open and read again, slowest ${Math.max(...found.map(({ slowestMs }) => slowestMs))} ms`,
    );
    expect(found.flatMap(({ failed }) => failed)).toEqual([]);
    expect(found.flatMap(({ torn }) => torn)).toEqual([]);
    for (const { reads, epochs } of found) {
      expect(reads).toBeGreaterThan(drops / 4);
      expect(epochs).toBeGreaterThan(drops / 8);
    }
    expect(sum('held')).toBeGreaterThan(0);
    expect(await watcher.end()).toBe(0);
    expect(await watcher.verify()).toMatchObject({ code: 0 });
  },
  60_000 + drops * 5000,
);
