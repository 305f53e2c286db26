import { map, of, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { Sighting } from '../../operators/batch.ts';
import { settle, type FileEvent, type SettleRemark } from '../../operators/settle.ts';
import type { Ending } from '../../operators/settle-step.ts';
import type { FileStat } from '../../state/records.ts';

const times = { settleMs: 300, wholeMs: 50, patienceMs: 3000, removalMs: 2000 };

/** A file's life: from a moment on, its size (null: gone; unknown: it can't be seen), inode and how it ends. */
type Life = readonly {
  at: number;
  size: number | null | 'unknown';
  ino?: number;
  tick?: number;
  ending?: Ending;
}[];

const stat = (size: number, ino: number, tick: number): FileStat => ({
  size,
  ino: BigInt(ino),
  mtimeNs: BigInt(tick),
  ctimeNs: BigInt(tick),
  observedAtMs: 0,
});

/** Plays the lives of files under virtual time; one event for each change, and what comes out, in marbles of ms. */
function play(
  lives: Readonly<Record<string, Life>>,
  known: Readonly<Record<string, FileStat>>,
  expected: string,
  options: { events?: string; until?: string; remarks?: SettleRemark[] } = {},
): void {
  const scheduler = new TestScheduler((actual, wanted) => {
    expect(actual).toEqual(wanted);
  });
  scheduler.run(({ hot, expectObservable }) => {
    const now = (): number => scheduler.now();
    const at = (path: string): Life[number] | undefined =>
      (lives[path] ?? []).filter((step) => step.at <= now()).at(-1);
    const look = (path: string): FileStat | null | 'unknown' => {
      const step = at(path);
      if (step?.size === 'unknown') return 'unknown';
      return step === undefined || step.size === null
        ? null
        : stat(step.size, step.ino ?? 1, step.tick ?? step.at);
    };
    const events: Observable<FileEvent> = hot<string>(options.events ?? 'a').pipe((source) =>
      mapPath(source),
    );
    const settled = events.pipe(
      settle({
        times,
        stat: look,
        ending: (path) => of(at(path)?.ending ?? 'whole'),
        known: (path) => known[path] ?? null,
        isTaken: (path, seen) => JSON.stringify(text(seen)) === JSON.stringify(text(known[path])),
        remark: (remark) => options.remarks?.push(remark),
        scheduler,
      }),
    );
    const marble = settled.pipe((source) => mapMarble(source));
    expectObservable(marble, options.until ?? '20s !').toBe(expected);
  });
}

const mapPath = (source: Observable<string>): Observable<FileEvent> =>
  source.pipe(map((path) => ({ source: 'cpi', path })));
/** `a` for a sighting of file a, `A` for its removal. */
const mapMarble = (source: Observable<Sighting>): Observable<string> =>
  source.pipe(map(({ kind, path }) => (kind === 'seen' ? path : path.toUpperCase())));
const text = (seen: FileStat | undefined): unknown =>
  seen && [seen.size, String(seen.ino), String(seen.mtimeNs)];

describe('what arrives whole', () => {
  it('is taken after 50 ms when it is new and ends with a whole record', () => {
    play({ a: [{ at: 0, size: 10 }] }, {}, '50ms a');
  });

  it('is taken at once when it replaces a file by rename', () => {
    play({ a: [{ at: 0, size: 10, ino: 2 }] }, { a: stat(10, 1, -5) }, 'a');
  });

  it('is taken after 50 ms when it replaces a larger file', () => {
    play({ a: [{ at: 0, size: 5, ino: 2 }] }, { a: stat(10, 1, -5) }, '50ms a');
  });

  it('is looked at from its first bytes on, though it was empty when it was made', () => {
    play(
      {
        a: [
          { at: 0, size: 0 },
          { at: 1, size: 10 },
        ],
      },
      {},
      '350ms a',
    );
  });
});

describe('what can not be seen', () => {
  it('is not gone, and no news when it is as it was', () => {
    play(
      {
        a: [
          { at: 0, size: 'unknown' },
          { at: 9000, size: 10, tick: -5 },
        ],
      },
      { a: stat(10, 1, -5) },
      '',
    );
  });

  it('is taken when it can be seen again and is another, as if it had just come', () => {
    play(
      {
        a: [
          { at: 0, size: 'unknown' },
          { at: 2500, size: 10, ino: 2 },
        ],
      },
      { a: stat(10, 1, -5) },
      '3s a',
    );
  });

  it('is gone two seconds after it could be seen that it is', () => {
    play(
      {
        a: [
          { at: 0, size: 'unknown' },
          { at: 3500, size: null },
        ],
      },
      { a: stat(10, 1, -5) },
      '6s A',
    );
  });
});

describe('what is written in place', () => {
  it('is taken when it has held still for settle_ms', () => {
    play(
      {
        a: [
          { at: 0, size: 10, ending: 'open' },
          { at: 200, size: 20 },
        ],
      },
      {},
      '600ms a',
    );
  });

  it('a known file that is appended to waits, though it ends with a whole record', () => {
    play({ a: [{ at: 0, size: 20 }] }, { a: stat(10, 1, -5) }, '300ms a');
  });

  it('waits ten times as long within quotes, and says so once', () => {
    const remarks: SettleRemark[] = [];
    play({ a: [{ at: 0, size: 10, ending: 'in-quotes' }] }, {}, '3s a', { remarks });
    expect(remarks).toMatchObject([{ path: 'a', why: 'in-quotes' }]);
  });

  it('is taken early again when the quotes are closed', () => {
    play(
      {
        a: [
          { at: 0, size: 10, ending: 'in-quotes' },
          { at: 1000, size: 12 },
        ],
      },
      {},
      '1500ms a',
    );
  });

  it('waits longer when a known file is smaller than before', () => {
    const remarks: SettleRemark[] = [];
    play({ a: [{ at: 0, size: 5 }] }, { a: stat(10, 1, -5) }, '3s a', { remarks });
    expect(remarks).toMatchObject([{ why: 'smaller' }]);
  });

  it('never comes out while it never stops growing, is mentioned, and holds up nobody', () => {
    const remarks: SettleRemark[] = [];
    const growing = Array.from({ length: 300 }, (_, n) => ({
      at: n * 100,
      size: n,
      ending: 'open' as const,
    }));
    play({ a: growing, b: [{ at: 0, size: 10 }] }, {}, '50ms b', { events: '(ab)', until: '25s !', remarks });
    expect(remarks).toMatchObject([{ path: 'a', why: 'never-still' }]);
  });

  it('a storm of events is one file', () => {
    play({ a: [{ at: 0, size: 10, ending: 'open' }] }, {}, '300ms a', { events: 'aaaaaaaaaa 100ms aaaa' });
  });
});

describe('what goes away', () => {
  it('is passed on after two seconds', () => {
    play({ a: [{ at: 0, size: null }] }, { a: stat(10, 1, -5) }, '2s A');
  });

  it('is no news when the very file is back', () => {
    const known = stat(10, 1, -5);
    play(
      {
        a: [
          { at: 0, size: null },
          { at: 500, size: 10, tick: -5 },
        ],
      },
      { a: known },
      '',
    );
    play({ a: [{ at: -5, size: 10 }] }, { a: known }, '');
  });

  it('comes out as a file when something else stands there by then', () => {
    play(
      {
        a: [
          { at: 0, size: null },
          { at: 500, size: 20, ino: 2 },
        ],
      },
      { a: stat(10, 1, -5) },
      '2s a',
    );
  });

  it('a move: the new name comes out well before the old one goes', () => {
    play(
      { a: [{ at: 0, size: null }], b: [{ at: 0, size: 10 }] },
      { a: stat(10, 1, -5) },
      '50ms b 2049ms A',
      {
        events: 'b 99ms a',
      },
    );
  });
});

it('an event that comes after a file was let through looks at it again', () => {
  play(
    {
      a: [
        { at: 0, size: 10 },
        { at: 500, size: 20 },
      ],
    },
    {},
    '50ms a 499ms a',
    { events: 'a 499ms a' },
  );
});
