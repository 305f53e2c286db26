import path from 'node:path';
import {
  buffer,
  catchError,
  concatMap,
  defer,
  EMPTY,
  filter,
  finalize,
  from,
  map,
  merge,
  mergeMap,
  Subject,
  share,
  takeUntil,
  tap,
  throttleTime,
  timer,
  type Observable,
} from 'rxjs';
import type { BatchResult, Sighting } from '../../operators/batch.ts';
import { coalesce } from '../../operators/coalesce.ts';
import { mergeSightings } from '../../operators/merge-sightings.ts';
import { settle, type FileEvent, type SettleRemark } from '../../operators/settle.ts';
import type { FetchOutcome } from '../fetch/fetch-all.ts';
import { serveRequests } from '../requests.ts';
import { strayRemarks } from '../scan.ts';
import { workspacePaths } from '../workspace-paths.ts';
import type { Workspace } from '../workspace.ts';
import { fileEnding } from './file-ending.ts';
import { backoffMs, isOperational } from './failures.ts';
import { acceptedSightings, stillSo, statIfKnown, settledLongAgo } from './look-again.ts';
import { scanAll, type WatchSession } from './watch-session.ts';
import { watchRaw } from './watch-raw.ts';

/** What happens besides the results, for a person. */
export type WatchNews =
  | { readonly kind: 'failure'; readonly error: unknown; readonly retryMs: number | null }
  | { readonly kind: 'waiting'; readonly remark: SettleRemark }
  /** Files of the batch in hand, files that wait for the next one, and files of batches that failed and come again. */
  | { readonly kind: 'queue'; readonly inHand: number; readonly waiting: number; readonly putOff: number }
  | { readonly kind: 'requests'; readonly served: number }
  | { readonly kind: 'stray'; readonly what: string }
  | { readonly kind: 'lost'; readonly what: string }
  | { readonly kind: 'fetched'; readonly outcomes: readonly FetchOutcome[] };

/** What a watcher needs. */
export interface WatchOptions {
  readonly session: WatchSession;
  /** The workspace as it was first opened: its configuration counts as long as this watcher lives. */
  readonly workspace: Workspace;
  /** Looks at the files in turn, whatever the configuration says. */
  readonly poll?: boolean;
  /** Ends the watching: the batch in hand is finished, what waits is left to the next start. */
  readonly stop: Observable<unknown>;
  tell(news: WatchNews): void;
}

/** Files that settle within so many milliseconds go into one batch. */
const gatherMs = 15;

/** How often other processes' requests are looked for. */
const requestsMs = 1000;

/** How often it is looked whether the stores and what is published are still there. */
const footingMs = 1000;

/**
 * Brings the warehouse to what `raw/` holds, again and again: first what changed while nobody watched, then whatever
 * settles, then whatever people accept. One result a batch; completes after `stop`, fails only for a bug.
 *
 * An operational failure is told; its batch comes again after a while, together with what arrived meanwhile, since
 * that may be just what it lacked. What is no longer as it settled goes back to settling first. Stores that somebody
 * removed, and a published snapshot that somebody removed or wrote into, are made again.
 *
 * State: a sighting for each file that waits for the batch in hand, or to be tried again.
 */
export function watchRoot(options: WatchOptions): Observable<BatchResult> {
  const { session, workspace, stop } = options;
  const tell = (news: WatchNews): void => options.tell(news);
  const { root, config, sources } = workspace;
  const { raw } = workspacePaths(root);
  const { settleMs, poll, rescanS } = config.watch;
  const looks = new Subject<FileEvent>();
  const failed = new Subject<{ readonly sightings: readonly Sighting[]; readonly retryMs: number }>();
  let isStopping = false;
  let failures = 0;
  let queue = { inHand: 0, waiting: 0, putOff: 0 };
  const tellQueue = (now: Partial<typeof queue>): void => {
    queue = { ...queue, ...now };
    tell({ kind: 'queue', ...queue });
  };

  /** What a look tells, or `otherwise` where the world hinders it: then the batch that meets the same says so. */
  const tolerating = <T>(otherwise: T, look: () => T): T => {
    try {
      return look();
    } catch (error) {
      if (!isOperational(error)) throw error;
      return otherwise;
    }
  };

  const names = sources.map(({ source }) => source);
  let strays: ReadonlySet<string> = new Set();
  const tellStrays = (): void => {
    const found = strayRemarks(raw, names);
    for (const what of found) if (!strays.has(what)) tell({ kind: 'stray', what });
    strays = new Set(found);
  };

  const events = watchRaw({
    raw,
    sources: names,
    poll: poll || options.poll === true,
    rescanS,
    known: () => session.state?.fileStates().map(({ file }) => file) ?? [],
    looking: () => tellStrays(),
    trouble: (error) => tell({ kind: 'failure', error, retryMs: null }),
  });
  const settled = merge(looks, events).pipe(
    settle({
      times: { settleMs, wholeMs: 50, patienceMs: Math.max(10 * settleMs, 1000), removalMs: 2000 },
      stat: (file) => statIfKnown(path.join(raw, file)),
      ending: (file) => fileEnding(path.join(raw, file)),
      known: (file) =>
        tolerating(null, () => {
          const record = session.state?.fileByPath(file) ?? null;
          return (record && session.state?.fileState(record.fileId)?.inForce?.stat) ?? null;
        }),
      isTaken: (file, stat) =>
        tolerating(false, () => (session.state?.unchangedVersion(file, stat) ?? null) !== null),
      remark: (remark) => tell({ kind: 'waiting', remark }),
    }),
    share(),
  );
  const gathered = settled.pipe(
    buffer(settled.pipe(throttleTime(gatherMs, undefined, { leading: false, trailing: true }))),
  );
  // What can't be looked at now, a rescan looks at.
  const catchUp = defer(() => from([settledLongAgo(scanAll(workspace), 2000)])).pipe(
    catchError((error: unknown) => {
      if (!isOperational(error)) throw error;
      tell({ kind: 'failure', error, retryMs: null });
      return EMPTY;
    }),
  );
  const retried = failed.pipe(
    mergeMap(({ sightings, retryMs }) => timer(retryMs).pipe(map(() => sightings))),
    tap(({ length }) => tellQueue({ waiting: queue.waiting + length, putOff: queue.putOff - length })),
  );
  let isAcceptedOwed = false;
  let requestFailures = 0;
  let looksToSkip = 0;
  const accepted = timer(0, requestsMs).pipe(
    filter(() => looksToSkip-- <= 0),
    concatMap(() => {
      const { state } = session;
      if (state === null) return EMPTY;
      try {
        const served = serveRequests(state);
        if (served > 0) tell({ kind: 'requests', served });
        isAcceptedOwed ||= served > 0;
        if (!isAcceptedOwed) {
          requestFailures = 0;
          return EMPTY;
        }
        const sightings = acceptedSightings(raw, state);
        isAcceptedOwed = false;
        requestFailures = 0;
        return from([sightings]);
      } catch (error) {
        if (!isOperational(error)) throw error;
        // The next batch, an empty one, meets the stores as they are, and fails as batches do.
        session.distrust(error);
        looksToSkip = backoffMs(requestFailures++) / requestsMs;
        return from([[]]);
      }
    }),
  );
  const attempt = (sightings: readonly Sighting[]): Observable<BatchResult> =>
    defer(() => {
      const finished: BatchResult[] = [];
      const prepare = (): readonly Sighting[] => stillSo(raw, sightings, (event) => looks.next(event));
      const processing = session.process(prepare, {
        postpone: (file) => looks.next(file),
        lost: (what) => tell({ kind: 'lost', what }),
        finished: (result) => finished.push(result),
        afterCommit: (error) => {
          if (!isOperational(error)) throw error;
          tell({ kind: 'failure', error, retryMs: null });
        },
      });
      return from(processing).pipe(
        tap(() => (failures = 0)),
        mergeMap((result) => (result === null ? finished : [...finished, result])),
        catchError((error: unknown) => {
          if (!isOperational(error)) throw error;
          const retryMs = backoffMs(failures);
          failures += 1;
          tell({ kind: 'failure', error, retryMs });
          tellQueue({ putOff: queue.putOff + sightings.length });
          failed.next({ sightings, retryMs });
          return finished;
        }),
      );
    });
  // An empty batch: before any batch, what is lost is made again. What can't be looked at fails there, and is told.
  const mended = timer(footingMs, footingMs).pipe(
    filter(() => failures === 0 && tolerating<string | null>('unknown', () => session.whatIsLost()) !== null),
    map((): readonly Sighting[] => []),
  );
  const ended = stop.pipe(tap(() => (isStopping = true)));
  const fresh = merge(gathered, accepted, mended, catchUp).pipe(
    tap(({ length }) => tellQueue({ waiting: queue.waiting + length })),
  );
  return merge(retried, fresh).pipe(
    takeUntil(ended),
    coalesce(mergeSightings, (sightings) => {
      if (isStopping) return EMPTY;
      tellQueue({ inHand: sightings.length, waiting: 0 });
      return attempt(sightings).pipe(finalize(() => tellQueue({ inHand: 0 })));
    }),
  );
}
