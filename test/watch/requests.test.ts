import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Subject, takeUntil, timer } from 'rxjs';
import { expect, it } from 'vitest';
import { StateError } from '../../state/state-error.ts';
import { watchRoot, type WatchNews, type WatchOptions } from '../../src/watch/watch-root.ts';

it('a store that fails where requests are looked for is met by a batch, and looked at ever more rarely', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'marquee-requests-'));
  const broken = new StateError('state-corrupt', 'the page is gone', { hint: 'none' });
  let looks = 0;
  const state = {
    fileStates: () => [],
    requests: () => {
      looks += 1;
      throw broken;
    },
  };
  const distrusted: Error[] = [];
  const session = {
    state,
    whatIsLost: () => null,
    distrust: (error: Error) => void distrusted.push(error),
    process: () => {
      const error = distrusted.pop();
      return error === undefined ? Promise.resolve(null) : Promise.reject(error);
    },
  };
  const workspace = {
    root,
    config: { watch: { settleMs: 300, poll: false, rescanS: 0 } },
    sources: [],
    state,
  };
  const news: WatchNews[] = [];
  const stop = new Subject<void>();
  const options = { session, workspace, stop, tell: (one: WatchNews) => news.push(one) };
  await new Promise<void>((resolve, reject) => {
    watchRoot(options as unknown as WatchOptions)
      .pipe(takeUntil(timer(6500)))
      .subscribe({ complete: resolve, error: reject });
  });
  rmSync(root, { recursive: true });
  const failures = news.filter((one) => one.kind === 'failure');
  expect(failures.length).toBeGreaterThanOrEqual(2);
  expect(failures.every(({ error, retryMs }) => error === broken && retryMs !== null)).toBe(true);
  // Once a second would be seven.
  expect(looks).toBeGreaterThanOrEqual(2);
  expect(looks).toBeLessThanOrEqual(5);
});
