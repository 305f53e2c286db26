import { Observable, type ObservableInput, from, type OperatorFunction, type Subscription } from 'rxjs';

/**
 * Processes one batch at a time; what arrives meanwhile becomes the next one.
 *
 * 1. The first batch is processed at once.
 * 2. While it is processed, arriving batches are merged into one that waits.
 * 3. When processing completes, what waits is processed; when nothing waits and the source has completed, so does
 *    the result. An error of the source lets the batch in hand finish first; an error of processing goes out.
 *
 * State: the batch that waits.
 *
 * @example
 * source.pipe(coalesce(mergeSightings, (sightings) => of(sightings).pipe(fingerprint(deps), stage(deps))))
 */
export function coalesce<T, R>(
  merge: (waiting: T, arriving: T) => T,
  process: (batch: T) => ObservableInput<R>,
): OperatorFunction<T, R> {
  return (source) =>
    new Observable<R>((subscriber) => {
      let waiting: { batch: T } | null = null;
      let isBusy = false;
      let ending: (() => void) | null = null;
      const next = (): void => {
        if (waiting === null) {
          ending?.();
          return;
        }
        const { batch } = waiting;
        waiting = null;
        isBusy = true;
        let running: Subscription | undefined = undefined;
        running = from(process(batch)).subscribe({
          next: (result) => subscriber.next(result),
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            isBusy = false;
            if (running !== undefined) subscriber.remove(running);
            next();
          },
        });
        subscriber.add(running);
      };
      const end = (how: () => void): void => {
        ending = how;
        if (!isBusy) next();
      };
      subscriber.add(
        source.subscribe({
          next: (batch) => {
            waiting = { batch: waiting === null ? batch : merge(waiting.batch, batch) };
            if (!isBusy) next();
          },
          error: (error: unknown) => end(() => subscriber.error(error)),
          complete: () => end(() => subscriber.complete()),
        }),
      );
    });
}
