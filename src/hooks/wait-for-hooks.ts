import { fromEvent, map, merge } from 'rxjs';
import type { BatchResult } from '../../operators/batch.ts';
import type { EpochHooks } from './epoch-hooks.ts';

/**
 * Tells of some epochs and waits until all were told of. SIGINT or SIGTERM meanwhile ends the hooks, then the process by that same signal:
 * a hook has a process group of its own, which no Ctrl-C reaches, and would go on with nobody to hold it to its time.
 */
export async function waitForHooks(hooks: EpochHooks, results: readonly BatchResult[]): Promise<void> {
  const got: NodeJS.Signals[] = [];
  const signals = (['SIGINT', 'SIGTERM'] as const).map((name) =>
    fromEvent(process, name).pipe(map(() => name)),
  );
  // Before a hook is started: a signal that nobody listens for ends the process, and leaves the hook.
  const interrupted = merge(...signals).subscribe((name) => {
    got.push(name);
    hooks.end();
  });
  try {
    for (const result of results) hooks.result(result);
    await hooks.close();
  } finally {
    interrupted.unsubscribe();
  }
  // Nobody listens any more, so it does what it does by default.
  for (const name of got.slice(0, 1)) process.kill(process.pid, name);
}
