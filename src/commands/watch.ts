import {
  fromEvent,
  lastValueFrom,
  map,
  merge,
  share,
  skip,
  Subject,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import type { Invocation } from '../cli/invocation.ts';
import { MarqueeError } from '../error.ts';
import { EpochHooks } from '../hooks/epoch-hooks.ts';
import { acquireLock, type Lock } from '../lock.ts';
import { serveMetrics, type MetricsServer } from '../metrics/metrics-server.ts';
import { drawStatusLine, type StatusLine } from '../terminal/status-line.ts';
import { createWatchLog } from '../terminal/watch-log.ts';
import { isOperational } from '../watch/failures.ts';
import { PulseTaker } from '../watch/pulse.ts';
import { tellPulse } from '../watch/tell-pulse.ts';
import { tellAll, type WatchListener } from '../watch/watch-listener.ts';
import { watchFetches } from '../watch/watch-fetches.ts';
import { watchRoot } from '../watch/watch-root.ts';
import { WatchSession } from '../watch/watch-session.ts';
import { assertRoot } from '../assert-root.ts';
import { workspacePaths } from '../workspace-paths.ts';

/** After a first signal the batch in hand may take so long to finish; then the next start rolls it back. */
const graceMs = 3500;

/** What hooks of people may take after the last batch, so that all ends within 5 s. */
const hookGraceMs = 1000;

/**
 * `marquee watch`: keeps the warehouse at what raw/ holds until it is told to stop.
 *
 * The first SIGINT or SIGTERM lets the batch in hand finish and exits with 0 within 5 s; where that is not enough time,
 * the process ends in the midst of it, which is safe: the next start finishes or forgets it. So does a second signal.
 */
export async function run(invocation: Invocation): Promise<number> {
  const { root, configFile, json, options } = invocation;
  assertRoot(root);
  const lock = acquireLock(root, 'watch');
  const [done, ended] = [new Subject<void>(), new Subject<void>()];
  const pulse = new PulseTaker({
    pid: process.pid,
    wallClock: () => Date.now(),
    rss: () => process.memoryUsage.rss(),
  });
  const session = new WatchSession(
    { root, configFile, command: 'watch', lock },
    { report: pulse },
    ({ remarks }) => {
      for (const remark of remarks) log.remark(remark);
    },
  );
  const status = statusOf(invocation, session, pulse, ended);
  const log = createWatchLog({
    format: isText(invocation) ? 'text' : 'json',
    quiet: invocation.quiet,
    ...(status === null ? {} : { write: (line) => status.write(line) }),
  });
  let hooks: EpochHooks | null = null;
  let at: 'batches' | 'hooks' | 'end' = 'batches';
  const signals = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM')).pipe(share());
  const stop = signals.pipe(
    take(1),
    tap(() => log.remark('stopping: the batch in hand is finished; a second signal ends it at once')),
    share(),
  );
  const ending = merge(
    signals.pipe(
      skip(1),
      map(() => 1),
    ),
    stop.pipe(
      switchMap(() => timer(graceMs)),
      map(() => 0),
    ),
  ).subscribe((code) => {
    hooks?.end();
    status?.close();
    if (at === 'batches') log.remark('ended in the midst of a batch: the next start finishes or forgets it');
    endNow(session, lock, at === 'end' ? 0 : code);
  });
  let server: MetricsServer | null = null;
  try {
    const metrics = await metricsOf(invocation, session, pulse);
    server = metrics.server;
    if (server !== null) log.remark(`metrics at ${server.url}/metrics`, { url: server.url });
    const workspace = await session.open();
    hooks = new EpochHooks(root, workspace.config.onEpoch, (error) =>
      listeners.news({ kind: 'failure', error, retryMs: null }),
    );
    const listeners = tellAll([log, pulse, ...metrics.listeners]);
    const { raw } = workspacePaths(root);
    log.remark(`watching ${raw}`, { epoch: workspace.state.lastEpoch()?.epoch ?? null });
    const pulses = tellPulse(
      () => pulse.take(),
      () => session.state,
      (error) => listeners.news({ kind: 'failure', error, retryMs: null }),
    ).pipe(takeUntil(merge(done, ended)));
    const fetches = watchFetches({
      root,
      config: workspace.config.fetch,
      sources: workspace.sources.map(({ source }) => source),
      state: () => session.state,
      tell: (news) => listeners.news(news),
    }).pipe(takeUntil(merge(stop, done, ended)));
    const results = watchRoot({
      session,
      workspace,
      poll: options['poll'] === true,
      stop,
      tell: (news) => listeners.news(news),
    }).pipe(
      tap((result) => {
        listeners.result(result);
        hooks?.result(result);
        if (json && result.receipt !== null) process.stdout.write(`${JSON.stringify(result)}\n`);
      }),
      tap({ complete: () => done.next() }),
    );
    // A bug in any of them ends the watcher. They end with the results, so these come last.
    await lastValueFrom(merge(pulses, fetches, results), { defaultValue: null });
    at = 'hooks';
    await hooks.close(hookGraceMs);
    at = 'end';
    log.remark('stopped');
    return 0;
  } finally {
    hooks?.end();
    ended.next();
    status?.close();
    server?.close();
    try {
      await session.close();
    } finally {
      ending.unsubscribe();
      lock.release();
    }
  }
}

/** Text for a person: on a terminal, or where it was asked for. */
function isText({ options }: Invocation): boolean {
  const format = options['logFormat'] ?? 'auto';
  return format === 'text' || (format === 'auto' && process.stderr.isTTY);
}

/** A status at the bottom of a terminal, unless another format or silence was asked for. */
function statusOf(
  invocation: Invocation,
  session: WatchSession,
  pulse: PulseTaker,
  stop: Subject<void>,
): StatusLine | null {
  const { options, quiet } = invocation;
  if (quiet || !process.stderr.isTTY || (options['logFormat'] ?? 'auto') !== 'auto') return null;
  /** What the store says, as long as it can be asked. */
  let last: { readonly epoch: number | null; readonly held: number } = { epoch: null, held: 0 };
  return drawStatusLine({
    stream: process.stderr,
    take: () => pulse.take(),
    standing: () => {
      try {
        const epoch = session.state?.lastEpoch()?.epoch ?? null;
        last = { epoch, held: session.state?.held().length ?? 0 };
      } catch (error) {
        if (!isOperational(error)) throw error;
      }
      return last;
    },
    stop,
  });
}

/** The metrics server that was asked for; its library is loaded only then. */
async function metricsOf(
  { options }: Invocation,
  session: WatchSession,
  pulse: PulseTaker,
): Promise<{ readonly server: MetricsServer | null; readonly listeners: readonly WatchListener[] }> {
  const port = options['metricsPort'];
  if (typeof port !== 'number') return { server: null, listeners: [] };
  if (port > 65_535) {
    throw new MarqueeError('usage', `--metrics-port: got ${port}, expected a port from 0 to 65535`, {
      hint: 'see `marquee watch --help`',
      exitCode: 2,
    });
  }
  const { WatchMetrics } = await import('../metrics/watch-metrics.ts');
  const metrics = new WatchMetrics({ pulse: () => pulse.take(), state: () => session.state });
  const host = typeof options['metricsHost'] === 'string' ? options['metricsHost'] : '127.0.0.1';
  const server = await serveMetrics({ host, port, registry: metrics.registry, pulse: () => pulse.take() });
  return { server, listeners: [metrics] };
}

/** Ends the process, maybe in the midst of a batch. Nothing is half-committed: it is as after a crash. */
function endNow(session: WatchSession, lock: Lock, code: number): void {
  try {
    session.interrupt();
  } finally {
    lock.release();
    process.exit(code);
  }
}
