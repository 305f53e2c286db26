import { connect, createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { readState } from '../../src/state-reader.ts';
import { serveMetrics } from '../../src/metrics/metrics-server.ts';
import { WatchMetrics } from '../../src/metrics/watch-metrics.ts';
import { parsePulse, pulseKey, PulseTaker, stuckMs } from '../../src/watch/pulse.ts';
import { marquee } from '../cli/run-cli.ts';
import { films, Watcher } from './watcher.ts';

const opened: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.dispose();
});

async function watcher(yaml = '', args: readonly string[] = []): Promise<Watcher> {
  const made = new Watcher(`watch: { settle_ms: 300, rescan_s: 0 }\n${yaml}`);
  opened.push(made);
  made.drop('movie_metadata/a.csv', films(1, 60));
  await made.start({ args });
  await made.untilInForce('movie_metadata/a.csv', 60);
  return made;
}

/** The address that the watcher says it serves. */
function urlOf({ log }: Watcher): string {
  const url = log.map((line) => line['url']).find((value) => typeof value === 'string');
  if (typeof url !== 'string') throw new Error('no metrics are served');
  return url;
}

const figure = (text: string, name: string): number =>
  Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);

describe('the metrics of a watcher', () => {
  test('count epochs, rows by outcome, stages, what is held and what failed; a slow reader keeps nobody from ending', async () => {
    const w = await watcher('', ['--metrics-port', '0']);
    const url = urlOf(w);
    expect(url).toContain('127.0.0.1');
    w.drop('movie_metadata/a.csv', films(1, 62, 5));
    await w.untilInForce('movie_metadata/a.csv', 62);
    // A tenth of the films: held.
    w.drop('movie_metadata/a.csv', films(1, 6));
    await w.until('it is held', () => w.said(/would go/));
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(figure(text, 'marquee_epochs_total')).toBe(2);
    expect(figure(text, 'marquee_epoch')).toBe(2);
    expect(figure(text, 'marquee_rows_total\\{outcome="updated"\\}')).toBe(60);
    expect(figure(text, 'marquee_rows_total\\{outcome="inserted"\\}')).toBe(64);
    expect(figure(text, 'marquee_drops_total\\{status="held"\\}')).toBe(1);
    expect(figure(text, 'marquee_held_drops')).toBe(1);
    expect(figure(text, 'marquee_quarantine_entries')).toBe(0);
    expect(figure(text, 'marquee_backlog_files')).toBe(0);
    expect(figure(text, 'marquee_lag_seconds')).toBe(0);
    expect(figure(text, 'marquee_stage_seconds_count\\{stage="refresh"\\}')).toBe(2);
    expect(figure(text, 'marquee_stuck')).toBe(0);
    expect(figure(text, 'process_resident_memory_bytes')).toBeGreaterThan(1e7);
    const health = await fetch(`${url}/healthz`);
    expect([health.status, await health.json()]).toMatchObject([
      200,
      { status: 'ok', inHand: 0, waiting: 0 },
    ]);
    expect((await fetch(`${url}/else`)).status).toBe(404);
    expect((await fetch(`${url}//`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
    const idle = connect(Number(new URL(url).port), '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    idle.on('error', () => undefined);
    const began = Date.now();
    expect(await w.end()).toBe(0);
    expect(Date.now() - began).toBeLessThan(5000);
  });

  test('a batch that does not get on is unhealthy', async () => {
    let now = 0;
    const pulse = new PulseTaker({ pid: 1, wallClock: () => now, rss: () => 0 });
    const metrics = new WatchMetrics({ pulse: () => pulse.take(), state: () => null });
    const server = await serveMetrics({
      host: '127.0.0.1',
      port: 0,
      registry: metrics.registry,
      pulse: () => pulse.take(),
    });
    try {
      pulse.news({ kind: 'queue', inHand: 1, waiting: 0, putOff: 0 });
      pulse.begin('join');
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
      now = stuckMs + 1;
      const health = await fetch(`${server.url}/healthz`);
      expect([health.status, await health.json()]).toMatchObject([503, { status: 'stuck', stage: 'join' }]);
      expect(figure(await (await fetch(`${server.url}/metrics`)).text(), 'marquee_stuck')).toBe(1);
    } finally {
      server.close();
    }
  });

  test('a port that somebody else has is told before anything is watched', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const w = new Watcher();
    opened.push(w);
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await marquee(['watch', '--root', w.root, '--metrics-port', String(port)]);
    server.close();
    expect(code).toBe(2);
    expect(stderr).toMatch(/EADDRINUSE[\s\S]*next: choose another --metrics-port/);
  });

  test('status beside a watcher says how it is', async () => {
    const w = await watcher();
    const idle = (): boolean => {
      const pulse = readState(w.root, (state) => parsePulse(state.meta(pulseKey)));
      return pulse?.pid === w.pid && pulse.oldestAtMs === null && pulse.stage === null;
    };
    await w.until('it told its pulse', idle);
    const { stdout } = await marquee(['status', '--root', w.root, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      lagMs: 0,
      watcher: { inHand: 0, waiting: 0, failure: null },
      recent: [{ epoch: 1 }],
    });
    expect((await marquee(['status', '--root', w.root])).stdout).toMatch(
      /watcher: idle \| epoch 1 \| [\d.]+ MB \| up /,
    );
    await w.end();
    expect((await marquee(['status', '--root', w.root])).stdout).not.toContain('watcher:');
  });
});
