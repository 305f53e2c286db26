#!/usr/bin/env node
// Random drops of every kind into a root with a real `marquee watch`, which is stopped and killed now and then; then
// one watcher that is left alone, whose memory and open files are measured; then `marquee verify`.
//
//   npm run soak                          # 10 minutes
//   npm run soak -- --minutes 1 --seed 7
//
// Flat means, of the samples of the watcher that was left alone without its first 20 s: the median of the last third is
// at most 1.15 times the median of the first third (resident memory), and at most 3 above it (open files).
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { mainFile, pause, startWatcher, until } from './latency-watcher.mjs';
import { arrivals, randomOf } from './soak-drops.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const random = randomOf(seed);
/** The share of the time with restarts. */
const restless = 0.3;
const warmUpMs = Math.min(20_000, minutes * 10_000);

const root = mkdtempSync(path.join(tmpdir(), 'marquee-soak-'));
const raw = path.join(root, 'raw');
const aside = path.join(root, 'aside');
for (const source of ['movie_metadata', 'genre_cast_director', 'cpi'])
  mkdirSync(path.join(raw, source), { recursive: true });
mkdirSync(aside);
writeFileSync(path.join(raw, 'cpi', 'cpi.csv'), 'DATE,CPIAUCSL\n1990-01-01,130\n2020-01-01,260\n');
writeFileSync(path.join(root, 'marquee.yaml'), 'retention: { snapshots: 5, minutes: 1 }\n');

const ways = Object.entries(arrivals({ raw, aside, random }));
const done = Object.fromEntries(ways.map(([name]) => [name, 0]));
const count = { epochs: 0, terms: 0, kills: 0, failures: new Map() };
/** Watchers that did not end with 0 on SIGTERM: how, and what they said last. */
const bad = [];
const samples = [];
const beganMs = performance.now();
const elapsedMs = () => performance.now() - beganMs;
const totalMs = minutes * 60_000;

console.error(`soak: ${minutes} minutes, seed ${seed}, in ${root}`);
let watcher = await start();
const dropping = drops();
await restarts();
const sampling = sampleUntil(totalMs);
await Promise.all([dropping, sampling]);
await quiet();
const exit = await watcher.end('SIGTERM');
const verified = spawnSync(process.execPath, [mainFile, 'verify', '--root', root, '--quiet'], {
  encoding: 'utf8',
});
process.exitCode = report() ? 0 : 1;
if (process.exitCode === 0) rmSync(root, { recursive: true });
else console.log(`left as it is for a look: ${root}`);

async function start() {
  return startWatcher(root, { onResult: () => (count.epochs += 1), onLog: note });
}

function note(line) {
  const code = /"code":"([a-z-]+)"/.exec(line)?.[1];
  if (!line.includes('"retryMs"') || code === undefined) return;
  count.failures.set(code, (count.failures.get(code) ?? 0) + 1);
}

async function drops() {
  while (elapsedMs() < totalMs) {
    const [name, arrive] = ways[Math.floor(random() * ways.length)];
    await arrive();
    done[name] += 1;
    await pause(random() * 800);
  }
}

/** Stops or kills the watcher every few seconds; the drops go on meanwhile. */
async function restarts() {
  while (elapsedMs() < totalMs * restless) {
    await pause(2000 + random() * 12_000);
    const isKill = random() < 0.5;
    const code = await watcher.end(isKill ? 'SIGKILL' : 'SIGTERM');
    if (isKill) count.kills += 1;
    else count.terms += 1;
    if (!isKill && code !== 0)
      bad.push(`ended with ${code} on SIGTERM:\n${watcher.log.slice(-20).join('\n')}`);
    await pause(random() * 2000);
    watcher = await start();
  }
}

async function sampleUntil(endMs) {
  await pause(warmUpMs);
  while (elapsedMs() < endMs) {
    samples.push(sample(watcher.pid));
    await pause(1000);
  }
}

/** Resident memory in MB, and the number of open files. */
function sample(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kB = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  return { mb: kB / 1024, files: readdirSync(`/proc/${pid}/fd`).length };
}

/** Waits until no epoch has come for some seconds. */
async function quiet() {
  let before = -1;
  await until(
    'the last drops to be taken',
    async () => {
      const isQuiet = before === count.epochs;
      before = count.epochs;
      return isQuiet;
    },
    { everyMs: 6000 },
  );
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function report() {
  const third = Math.floor(samples.length / 3);
  const first = samples.slice(0, third);
  const last = samples.slice(-third);
  const [mb, mbLast] = [first, last].map((part) => median(part.map((one) => one.mb)));
  const [files, filesLast] = [first, last].map((part) => median(part.map((one) => one.files)));
  const peak = Math.max(...samples.map((one) => one.mb));
  const isMemoryFlat = mbLast <= mb * 1.15;
  const areFilesFlat = filesLast <= files + 3;
  const failures = Array.from(count.failures, ([code, n]) => `${code} ${n}`).join(', ') || 'none';
  console.log(
    [
      `drops     ${Object.entries(done)
        .map(([name, n]) => `${name} ${n}`)
        .join(', ')}`,
      `epochs    ${count.epochs}; restarts: ${count.terms} by SIGTERM, ${count.kills} by SIGKILL`,
      `failures  ${failures}, each tried again`,
      `memory    median ${mb.toFixed(0)} MB in the first third, ${mbLast.toFixed(0)} MB in the last (x ${(mbLast / mb).toFixed(2)}), at most ${peak.toFixed(0)} MB: ${isMemoryFlat ? 'flat' : 'NOT FLAT'}`,
      `files     median ${files} open in the first third, ${filesLast} in the last: ${areFilesFlat ? 'flat' : 'NOT FLAT'}`,
      `end       exit ${exit} on SIGTERM; verify ${verified.status === 0 ? 'finds no difference' : `exit ${verified.status}\n${verified.stdout}${verified.stderr}`}`,
      ...bad,
    ].join('\n'),
  );
  return isMemoryFlat && areFilesFlat && exit === 0 && bad.length === 0 && verified.status === 0;
}
