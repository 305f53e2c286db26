import { expect, test } from 'vitest';
import { MarqueeError } from '../../src/error.ts';
import { describePulse } from '../../src/terminal/describe-pulse.ts';
import { isStuck, PulseTaker, stuckMs } from '../../src/watch/pulse.ts';

const error = new MarqueeError('disk', 'no room', { hint: 'make room' });

/** A pulse taker whose clock is set by hand. */
function taker(): {
  readonly pulse: PulseTaker;
  readonly at: (ms: number) => PulseTaker;
  readonly lag: () => number | null;
} {
  let now = 0;
  const pulse = new PulseTaker({ pid: 1, wallClock: () => now, rss: () => 0 });
  return {
    pulse,
    at: (ms) => {
      now = ms;
      return pulse;
    },
    lag: () => {
      const { oldestAtMs, atMs } = pulse.take();
      return oldestAtMs === null ? null : atMs - oldestAtMs;
    },
  };
}

const queue = (inHand: number, waiting: number, putOff = 0) =>
  ({ kind: 'queue', inHand, waiting, putOff }) as const;

test('under drops without end the lag is that of the oldest file, not of the first one ever', () => {
  const { at, lag } = taker();
  at(0).news(queue(0, 1));
  at(0).news(queue(1, 0));
  for (let ms = 1000; ms <= 60_000; ms += 1000) {
    at(ms - 500).news(queue(1, 1));
    at(ms).news(queue(0, 1));
    at(ms).news(queue(1, 0));
  }
  expect(lag()).toBe(500);
});

test('a batch that failed stays in backlog, lag and failure until it went through', () => {
  const { pulse, at, lag } = taker();
  at(0).news(queue(0, 3));
  at(10).news(queue(3, 0));
  at(100).news({ kind: 'failure', error, retryMs: 5000 });
  at(100).news(queue(3, 0, 3));
  at(100).news(queue(0, 0, 3));
  at(4000);
  expect(pulse.take()).toMatchObject({ waiting: 3, failure: { code: 'disk' } });
  expect(lag()).toBe(4000);
  // Another batch goes through meanwhile.
  at(4100).news(queue(1, 0, 3));
  pulse.result({ receipt: null, accounts: [], unchanged: 0 });
  at(4200).news(queue(0, 0, 3));
  expect(pulse.take().failure).not.toBeNull();
  at(5100).news(queue(0, 3, 0));
  expect([lag(), pulse.take().failure?.code]).toEqual([5100, 'disk']);
  at(5100).news(queue(3, 0, 0));
  expect(lag()).toBe(5100);
  // Its files are of no interest any more: no result comes of it.
  at(5200).news(queue(0, 0, 0));
  expect(pulse.take()).toMatchObject({ waiting: 0, oldestAtMs: null, failure: null });
});

test('a hook that fails hides neither a batch that waits to be tried again nor the stage at work', () => {
  const { pulse } = taker();
  pulse.begin('refresh');
  const hook = new MarqueeError('hook-failed', 'oh no', { hint: 'mend it' });
  pulse.news({ kind: 'failure', error: hook, retryMs: null });
  expect(pulse.take().stage?.name).toBe('refresh');
  pulse.news({ kind: 'failure', error, retryMs: 300 });
  pulse.news({ kind: 'failure', error: hook, retryMs: null });
  expect(pulse.take().failure?.code).toBe('disk');
});

test('a batch is stuck when nothing of it has moved for long, not when it takes long', () => {
  const { pulse, at } = taker();
  at(0).news(queue(1, 0));
  const reading = pulse.begin('read', 100);
  at(stuckMs).take();
  expect(isStuck(pulse.take())).toBe(false);
  reading.advance();
  at(2 * stuckMs);
  expect(isStuck(pulse.take())).toBe(false);
  at(2 * stuckMs + 60_000);
  expect(isStuck(pulse.take())).toBe(true);
  expect(describePulse(pulse.take(), { epoch: 1, held: 0 })[0]).toContain(
    'stuck: nothing has moved for 31 min',
  );
  // That more is dropped is no sign of life.
  pulse.news(queue(1, 7));
  expect(isStuck(pulse.take())).toBe(true);
  reading.done();
  expect(isStuck(pulse.take())).toBe(false);
  // Nothing moves where there is nothing to do.
  at(2 * stuckMs + 60_000).news(queue(0, 0));
  at(9 * stuckMs);
  expect(isStuck(pulse.take())).toBe(false);
  // Lost stores are made anew without a file in hand.
  pulse.begin('join');
  at(11 * stuckMs);
  expect(isStuck(pulse.take())).toBe(true);
});
