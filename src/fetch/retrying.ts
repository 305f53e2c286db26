import { defer, fromEvent, lastValueFrom, map, race, retry, timer, type Observable } from 'rxjs';
import { MarqueeError } from '../error.ts';
import { BusyError } from './http-failure.ts';

/** How often something is tried again, and how long is waited in between. */
export interface RetryOptions {
  /** Tries after the first that came to nothing. */
  readonly tries: number;
  /** Before the first of them; doubled for each, with jitter of up to a half. */
  readonly firstMs: number;
  /** A server that wants a longer pause is left alone. */
  readonly longestMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Ends the waiting: what failed last is the failure then. */
  readonly stop?: AbortSignal | undefined;
}

/** Without a network a pipeline is to go on soon with what it has. */
const offlineTries = 2;

/**
 * Does something until it succeeds, fails for good, or has failed too often without getting further. `Retry-After`
 * counts where it is longer than the pause.
 *
 * @param progress what has been reached; when it grew since the last failure, counting begins anew
 */
export function retrying<T>(
  work: () => Promise<T>,
  options: RetryOptions,
  progress: () => number = () => 0,
): Promise<T> {
  let failures = 0;
  let reached = progress();
  const delay = (error: unknown): Observable<unknown> => {
    if (!(error instanceof MarqueeError) || !error.retryable) throw error;
    if (progress() > reached) failures = 0;
    // What begins anew has not got further by reaching the same again.
    reached = Math.max(reached, progress());
    failures += 1;
    if (failures > (error.code === 'fetch-offline' ? Math.min(offlineTries, options.tries) : options.tries))
      throw error;
    const pause = options.firstMs * 2 ** (failures - 1) * (1 + options.random() / 2);
    const waitMs = Math.max(pause, error instanceof BusyError ? (error.waitMs ?? 0) : 0);
    if (waitMs > options.longestMs) throw error;
    if (options.stop?.aborted === true) throw error;
    const pauseOver = timer(waitMs);
    if (options.stop === undefined) return pauseOver;
    const stopped = fromEvent(options.stop, 'abort').pipe(
      map(() => {
        throw error;
      }),
    );
    return race(pauseOver, stopped);
  };
  return lastValueFrom(defer(work).pipe(retry({ delay })));
}
