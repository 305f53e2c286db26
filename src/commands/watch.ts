import { fromEvent, map, merge, share, skip, switchMap, take, tap, timer } from 'rxjs';
import { lastValueFrom } from 'rxjs';
import type { Invocation } from '../cli/invocation.ts';
import { acquireLock, type Lock } from '../lock.ts';
import { createWatchLog, type WatchLog } from '../terminal/watch-log.ts';
import { watchRoot } from '../watch/watch-root.ts';
import { WatchSession } from '../watch/watch-session.ts';
import { assertRoot } from '../workspace.ts';
import { workspacePaths } from '../workspace-paths.ts';

/** After a first signal the batch in hand may take so long to finish; then the next start rolls it back. */
const graceMs = 3500;

const silent = { begin: () => ({ advance: () => undefined, done: () => undefined }) };

/**
 * `marquee watch`: keeps the warehouse at what raw/ holds until it is told to stop.
 *
 * The first SIGINT or SIGTERM lets the batch in hand finish and exits with 0 within 5 s; where that is not enough time,
 * the process ends in the midst of it, which is safe: the next start finishes or forgets it. So does a second signal.
 */
export async function run({ root, configFile, json, quiet, options }: Invocation): Promise<number> {
  const format = options['logFormat'] ?? (process.stderr.isTTY ? 'text' : 'json');
  const log = createWatchLog({ format: format === 'text' ? 'text' : 'json', quiet });
  assertRoot(root);
  const lock = acquireLock(root, 'watch');
  const session = new WatchSession(
    { root, configFile, command: 'watch', lock },
    { report: silent },
    ({ remarks }) => {
      for (const remark of remarks) log.remark(remark);
    },
  );
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
  ).subscribe((code) => endNow(session, lock, log, code));
  try {
    const workspace = await session.open();
    const { raw } = workspacePaths(root);
    log.remark(`watching ${raw}`, { epoch: workspace.state.lastEpoch()?.epoch ?? null });
    const results = watchRoot({ session, workspace, stop, tell: (news) => log.news(news) }).pipe(
      tap((result) => {
        log.result(result);
        if (json && result.receipt !== null) process.stdout.write(`${JSON.stringify(result)}\n`);
      }),
    );
    await lastValueFrom(results, { defaultValue: null });
    log.remark('stopped');
    return 0;
  } finally {
    await session.close();
    ending.unsubscribe();
    lock.release();
  }
}

/** Ends the process in the midst of a batch. Nothing is half-committed: it is as after a crash. */
function endNow(session: WatchSession, lock: Lock, log: WatchLog, code: number): void {
  log.remark('ended in the midst of a batch: the next start finishes or forgets it');
  try {
    session.interrupt();
  } finally {
    lock.release();
    process.exit(code);
  }
}
