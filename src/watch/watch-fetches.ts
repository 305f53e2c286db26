import { Cron } from 'croner';
import { catchError, defer, EMPTY, exhaustMap, from, ignoreElements, Observable, tap, timer } from 'rxjs';
import type { StateStore } from '../../state/store.ts';
import type { FetchConfig } from '../config/fetch-schema.ts';
import { MarqueeError } from '../error.ts';
import { ownPlaces } from '../fetch/credentials.ts';
import type { FetchOutcome } from '../fetch/fetch-all.ts';
import { lastScheduledFetch, noteScheduledFetch } from '../fetch/remote-versions.ts';
import { fetchRequests } from '../requests.ts';
import { createProgress } from '../terminal/progress.ts';
import { workspacePaths } from '../workspace-paths.ts';
import { backoffMs, isOperational } from './failures.ts';
import type { WatchNews } from './watch-root.ts';

/** What fetching in a watcher needs. */
export interface WatchFetchesOptions {
  readonly root: string;
  readonly config: FetchConfig;
  /** Names of the sources there are. */
  readonly sources: readonly string[];
  /** The watermark store, while it is open. */
  readonly state: () => StateStore | null;
  tell(news: WatchNews): void;
}

/** What is due: the requests it answers, and the names that are wanted; without names, everything. */
interface Due {
  /** The schedule, as of when; null where only a request is served. */
  readonly scheduledMs: number | null;
  readonly requestIds: readonly number[];
  readonly names: readonly string[];
}

/** How often it is looked whether something is due. */
const lookMs = 1000;

/**
 * Fetches in a watcher: when `fetch.every` or `fetch.cron` says so, and when another process asked for it. One fetch
 * after the other; what comes into raw/ is a drop like any other. Failures are told. Unsubscribing breaks off what is
 * under way. Emits once a fetch; never completes.
 *
 * A request is forgotten, and a scheduled fetch noted, once it was served, whatever came of it; what a crash cut short is served
 * again, and so is what can't be noted, ever later.
 *
 * @throws MarqueeError `config-invalid` at once for a cron pattern that is none
 */
export function watchFetches(options: WatchFetchesOptions): Observable<readonly FetchOutcome[]> {
  const { config } = options;
  const dueAt = schedule(config, Date.now());
  let failures = 0;
  const tellFailure = (error: unknown, retryMs: number | null): void => {
    if (!isOperational(error)) throw error;
    options.tell({ kind: 'failure', error, retryMs });
  };
  const serve = (due: Due): Observable<readonly FetchOutcome[]> =>
    fetching(options, due).pipe(
      catchError((error: unknown) => {
        tellFailure(error, null);
        return EMPTY;
      }),
      tap({
        next: (outcomes) => options.tell({ kind: 'fetched', outcomes }),
        complete: () => noteServed(options.state(), due),
      }),
    );
  return timer(0, lookMs).pipe(
    exhaustMap(() =>
      defer(() => {
        const due = nextDue(options.state(), dueAt, Date.now());
        return due === null ? EMPTY : serve(due);
      }).pipe(
        tap({ complete: () => (failures = 0) }),
        catchError((error: unknown) => {
          const retryMs = backoffMs(failures++);
          tellFailure(error, retryMs);
          // Nothing else is looked at until then.
          return timer(retryMs).pipe(ignoreElements());
        }),
      ),
    ),
  );
}

function noteServed(state: StateStore | null, { scheduledMs, requestIds }: Due): void {
  state?.transaction(() => {
    if (scheduledMs !== null) noteScheduledFetch(state, scheduledMs);
    for (const id of requestIds) state.completeRequest(id);
  });
}

function nextDue(state: StateStore | null, dueAt: DueAt, nowMs: number): Due | null {
  if (state === null) return null;
  const requests = fetchRequests(state);
  const at = dueAt(lastScheduledFetch(state));
  if (at !== null && nowMs >= at) {
    return { scheduledMs: nowMs, requestIds: requests.map(({ requestId }) => requestId), names: [] };
  }
  const [request] = requests;
  return request === undefined
    ? null
    : { scheduledMs: null, requestIds: [request.requestId], names: request.names };
}

/** When the next fetch is due, in ms since 1970, given when the last one was. */
type DueAt = (lastMs: number | null) => number | null;

function schedule({ everyMs, cron }: FetchConfig, startedMs: number): DueAt {
  if (everyMs !== undefined) return (lastMs) => (lastMs === null ? startedMs : lastMs + everyMs);
  if (cron === undefined) return () => null;
  let pattern: Cron;
  try {
    pattern = new Cron(cron, { paused: true });
  } catch {
    throw new MarqueeError(
      'config-invalid',
      `fetch.cron: got "${cron}", expected five fields such as "0 6 * * *"`,
      {
        hint: 'correct marquee.yaml',
        exitCode: 2,
      },
    );
  }
  return (lastMs) => pattern.nextRun(new Date(lastMs ?? startedMs))?.getTime() ?? null;
}

/** One fetch; the libraries for it are loaded only then. */
function fetching(options: WatchFetchesOptions, due: Due): Observable<readonly FetchOutcome[]> {
  return new Observable((subscriber) => {
    const stop = new AbortController();
    const running = from(fetchDue(options, due, stop.signal)).subscribe(subscriber);
    return () => {
      stop.abort();
      running.unsubscribe();
    };
  });
}

async function fetchDue(
  { root, config, sources, state }: WatchFetchesOptions,
  { names }: Due,
  stop: AbortSignal,
): Promise<readonly FetchOutcome[]> {
  const { fetchAll } = await import('../fetch/fetch-all.ts');
  const { chooseRemotes, resolveRemotes } = await import('../fetch/resolve-remotes.ts');
  const { remotes } = resolveRemotes(config, sources, ownPlaces());
  const chosen = chooseRemotes(remotes, names);
  const progress = createProgress({ quiet: true });
  return fetchAll({
    raw: workspacePaths(root).raw,
    remotes: chosen,
    state,
    progress,
    env: process.env,
    stop,
  });
}
