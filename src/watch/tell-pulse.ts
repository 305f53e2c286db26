import { distinctUntilChanged, filter, map, timer, type Observable } from 'rxjs';
import type { StateStore } from '../../state/store.ts';
import { isOperational } from './failures.ts';
import { pulseKey, restMs, type Pulse } from './pulse.ts';

/** How often a pulse is taken. */
const everyMs = 1000;

/**
 * Writes a watcher's pulse into the state store: at most once a second, at least every five. Emits what was written.
 *
 * A pulse that can't be written, for a full disk say, is left out: the watcher goes on, and the next one is tried.
 *
 * @param state the store while it is open
 * @param trouble told of the first such failure in a row
 */
export function tellPulse(
  take: () => Pulse,
  state: () => StateStore | null,
  trouble: (error: unknown) => void,
): Observable<Pulse> {
  let isFailing = false;
  return timer(0, everyMs).pipe(
    map(take),
    distinctUntilChanged((before, now) => now.atMs - before.atMs < restMs && isAlike(before, now)),
    filter((pulse) => {
      const store = state();
      if (store === null) return false;
      try {
        store.setMeta(pulseKey, JSON.stringify(pulse));
        isFailing = false;
        return true;
      } catch (error) {
        if (!isOperational(error)) throw error;
        if (!isFailing) trouble(error);
        isFailing = true;
        return false;
      }
    }),
  );
}

/** Alike but for time and memory, which change all the time. */
function isAlike(a: Pulse, b: Pulse): boolean {
  const rest = (pulse: Pulse): string => JSON.stringify({ ...pulse, atMs: 0, rssBytes: 0 });
  return rest(a) === rest(b);
}
