import { mergeMap, of, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { expect, it } from 'vitest';
import { coalesce } from '../../operators/coalesce.ts';
import { mergeSightings } from '../../operators/merge-sightings.ts';

/** Batches are texts; each takes 5 ms to process. */
function play(
  source: string,
  expected: string,
  options: { failsOn?: string; unsubscribe?: string } = {},
): void {
  const scheduler = new TestScheduler((actual, wanted) => {
    expect(actual).toEqual(wanted);
  });
  scheduler.run(({ hot, expectObservable }) => {
    const batches = hot<string>(source).pipe(
      coalesce(
        (waiting, arriving) => waiting + arriving,
        (batch) =>
          timer(5).pipe(
            mergeMap(() => (batch === options.failsOn ? throwError((): unknown => 'error') : of(batch))),
          ),
      ),
    );
    expectObservable(batches, options.unsubscribe).toBe(expected, { a: 'a', b: 'b', m: 'bcd' });
  });
}

it('the first batch is processed at once, the next when it comes', () => {
  play('a 9ms b 9ms |', '5ms a 9ms b 4ms |');
});

it('what arrives meanwhile becomes one batch', () => {
  play('abcd 20ms |', '5ms a 4ms m 13ms |');
});

it('an end of the source lets the batch in hand and the one that waits finish', () => {
  play('ab|', '5ms a 4ms (b|)');
});

it('an error of the source waits for the batch in hand', () => {
  play('a#', '5ms (a#)');
});

it('an error of processing goes out at once', () => {
  play('ab', '5ms #', { failsOn: 'a' });
});

it('nothing comes after unsubscribing', () => {
  play('ab', '5ms a', { unsubscribe: '8ms !' });
});

it('of two sightings of a file the later counts', () => {
  const gone = { kind: 'gone', source: 'cpi', path: 'cpi/a.csv' } as const;
  const stat = { size: 1, mtimeNs: 1n, ctimeNs: 1n, ino: 1n, observedAtMs: 1 };
  const seen = { kind: 'seen', source: 'cpi', path: 'cpi/a.csv', stat } as const;
  expect(mergeSightings([gone], [seen])).toEqual([seen]);
  expect(mergeSightings([seen, { ...gone, path: 'cpi/b.csv' }], [gone])).toEqual([
    gone,
    { ...gone, path: 'cpi/b.csv' },
  ]);
});
