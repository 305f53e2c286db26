import { expect, it, vi } from 'vitest';
import { openMemoryStore } from '../../state/memory-store.ts';
import { StateError } from '../../state/state-error.ts';
import type { StateStore } from '../../state/store.ts';
import { lastScheduledFetch } from '../../src/fetch/remote-versions.ts';
import { requestFetch } from '../../src/requests.ts';
import { watchFetches } from '../../src/watch/watch-fetches.ts';
import type { WatchNews } from '../../src/watch/watch-root.ts';

/** A store of which one method fails while `isFailing()`. */
function failing(store: StateStore, method: keyof StateStore, isFailing: () => boolean): StateStore {
  return new Proxy(store, {
    get(target, name, receiver) {
      if (name === method && isFailing()) {
        return () => {
          throw new StateError('state-disk-full', 'no room', { hint: 'make room', retryable: true });
        };
      }
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
}

/** Watches a store that fails for some seconds; the stream lives. Gives what was told. */
async function watch(
  state: StateStore,
  everyMs: number | undefined,
  isOver: () => boolean,
): Promise<readonly WatchNews[]> {
  const news: WatchNews[] = [];
  let error: unknown = null;
  const watching = watchFetches({
    root: '/nowhere',
    config: { sources: {}, everyMs, cron: undefined },
    sources: [],
    state: () => state,
    tell: (one) => news.push(one),
  }).subscribe({ error: (cause: unknown) => (error = cause) });
  await vi.waitUntil(isOver, 15_000);
  watching.unsubscribe();
  expect(error).toBeNull();
  return news;
}

const retries = (news: readonly WatchNews[]): readonly unknown[] =>
  news.flatMap((one) => (one.kind === 'failure' ? [one.retryMs] : []));

it('a store that can not be asked is told, ever later, and ends nothing', async () => {
  const from = Date.now();
  const state = failing(openMemoryStore(), 'requests', () => Date.now() - from < 2500);
  const news = await watch(state, undefined, () => Date.now() - from > 5000);
  expect(retries(news)).toEqual([300, 600, 1200]);
}, 30_000);

it('a fetch whose end can not be noted is done again, and noted once that can be', async () => {
  const from = Date.now();
  const store = openMemoryStore();
  requestFetch(store, [], from);
  const state = failing(store, 'completeRequest', () => Date.now() - from < 1500);
  const news = await watch(state, 86_400_000, () => store.requests().length === 0);
  expect(
    retries(news)
      .filter((ms) => ms !== null)
      .slice(0, 2),
  ).toEqual([300, 600]);
  expect(lastScheduledFetch(store)).toBeGreaterThanOrEqual(from + 1500);
}, 30_000);
