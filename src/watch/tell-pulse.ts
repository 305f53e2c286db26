import { distinctUntilChanged, filter, map, timer, type Observable } from 'rxjs';
import type { StateStore } from '../../state/store.ts';
import { pulseKey, type Pulse } from './pulse.ts';

/** How often a pulse is taken. */
const everyMs = 1000;

/** A pulse in which nothing changed is told again after so long, so that others see that the watcher lives. */
export const restMs = 5000;

/**
 * Writes a watcher's pulse into the state store: at most once a second, at least every five. Emits what was written.
 *
 * @param state the store while it is open
 */
export function tellPulse(take: () => Pulse, state: () => StateStore | null): Observable<Pulse> {
  return timer(0, everyMs).pipe(
    map(take),
    distinctUntilChanged((before, now) => now.atMs - before.atMs < restMs && isAlike(before, now)),
    filter((pulse) => {
      const store = state();
      store?.setMeta(pulseKey, JSON.stringify(pulse));
      return store !== null;
    }),
  );
}

/** Alike but for time and memory, which change all the time. */
function isAlike(a: Pulse, b: Pulse): boolean {
  const rest = (pulse: Pulse): string => JSON.stringify({ ...pulse, atMs: 0, rssBytes: 0 });
  return rest(a) === rest(b);
}
