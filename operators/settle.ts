import {
  asyncScheduler,
  defer,
  EMPTY,
  expand,
  filter,
  finalize,
  from,
  map,
  mergeMap,
  Observable,
  of,
  take,
  timer,
  type ObservableInput,
  type OperatorFunction,
  type SchedulerLike,
} from 'rxjs';
import type { FileStat } from '../state/records.ts';
import type { Sighting } from './batch.ts';
import {
  decide,
  lookAgain,
  type Ending,
  type Look,
  type SettleDecision,
  type SettleTimes,
} from './settle-step.ts';

/** Something happened to a file, or may have: look at it. */
export interface FileEvent {
  readonly source: string;
  /** Relative to raw/. */
  readonly path: string;
}

/** Why a file is not taken yet; told once for each reason. */
export interface SettleRemark extends FileEvent {
  readonly why: 'in-quotes' | 'smaller' | 'never-still';
  /** How long it has been waiting. */
  readonly waitedMs: number;
}

/** What `settle` needs of the world. */
export interface SettleDeps {
  readonly times: SettleTimes;
  /** What the file system says of a file now; null where there is none, `unknown` where that can't be told. */
  stat(path: string): FileStat | null | 'unknown';
  /** How the file ends. Its failures count as `open`: whoever reads the file next says what is wrong with it. */
  ending(path: string): ObservableInput<Ending>;
  /** Of the version last taken, what the file system said of it; null where there is none. */
  known(path: string): FileStat | null;
  /** Whether the file is surely the one that was taken last, so that there is no news. */
  isTaken(path: string, stat: FileStat): boolean;
  remark(remark: SettleRemark): void;
  readonly scheduler?: SchedulerLike;
}

/** A file that keeps changing for so long is mentioned. */
const neverStillMs = 10_000;

/** How often it is tried to see a file that can't be seen. */
const unseenMs = 1000;

/**
 * Lets files through when they have stopped changing.
 *
 * 1. A file that arrives whole (renamed into place, or new and ending with a whole record) is taken at once, or as
 *    soon as it has stayed so for `wholeMs`.
 * 2. One that is written in place is taken when it has held still for `settleMs`; for `patienceMs` where it ends
 *    within quotes or is smaller than the version in force, and that is said.
 * 3. A removal is passed on after `removalMs`, unless the file is back by then.
 * 4. Of a file that can't be seen, as in a folder without permission, nothing is passed on until it can: it is not gone.
 * 5. While a file waits, further events of it change nothing: it is looked at again anyway. It is looked at in the
 *    very moment in which it is let through, so an event that comes later is news.
 * 6. Files wait for themselves; one that never stops growing holds nobody up.
 *
 * State: one entry for each file that waits.
 */
export function settle(deps: SettleDeps): OperatorFunction<FileEvent, Sighting> {
  return (events) =>
    new Observable((subscriber) => {
      const waiting = new Set<string>();
      return events
        .pipe(
          filter(({ path }) => !waiting.has(path)),
          mergeMap((event) => {
            waiting.add(event.path);
            return settleOne(event, deps, () => waiting.delete(event.path));
          }),
        )
        .subscribe(subscriber);
    });
}

interface Step {
  /** Null: it can't be told how the file is. */
  readonly look: Look | null;
  readonly decision: SettleDecision;
}

function settleOne(event: FileEvent, deps: SettleDeps, release: () => void): Observable<Sighting> {
  const scheduler = deps.scheduler ?? asyncScheduler;
  const said = new Set<string>();
  const beganMs = scheduler.now();
  const mention = (why: SettleRemark['why'] | null): void => {
    if (why === null || said.has(why)) return;
    said.add(why);
    deps.remark({ ...event, why, waitedMs: scheduler.now() - beganMs });
  };
  const step = (before: Look | null): Step => {
    const now = scheduler.now();
    const stat = deps.stat(event.path);
    if (stat === 'unknown') return { look: null, decision: { kind: 'wait', ms: unseenMs, why: null } };
    const look = lookAgain(before, stat, now);
    return { look, decision: decide(look, deps.known(event.path), now, deps.times) };
  };
  const next = ({ look, decision }: Step): Observable<Step> => {
    switch (decision.kind) {
      case 'take':
        return EMPTY;
      case 'look-at-end':
        return from(deps.ending(event.path)).pipe(
          take(1),
          map((ending) => step(look && { ...look, ending })),
        );
      case 'wait':
        mention(
          look?.isChanging === true && scheduler.now() - beganMs >= neverStillMs
            ? 'never-still'
            : decision.why,
        );
        return timer(decision.ms, scheduler).pipe(map(() => step(look)));
    }
  };
  const isNoNews = (look: Look | null): boolean =>
    look !== null && look.stat !== null && deps.isTaken(event.path, look.stat);
  return defer(() => of(step(null))).pipe(
    expand((at) => (isNoNews(at.look) ? EMPTY : next(at))),
    filter(({ look, decision }) => decision.kind === 'take' && !isNoNews(look)),
    map(({ look }): Sighting => {
      release();
      const stat = look?.stat ?? null;
      return stat === null ? { kind: 'gone', ...event } : { kind: 'seen', ...event, stat };
    }),
    finalize(release),
  );
}
