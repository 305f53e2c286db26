import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Drops } from './drops.ts';

/** 80 films whose titles and last, unread column are quoted, with a line break in each. */
const rows = Array.from(
  { length: 80 },
  (_, at) => `${at + 1},"Film\n, ${at + 1}",2001-01-01,"note\n${at + 1}"\n`,
);
const whole = `tmdb_id,title,release_date,note\n${rows.join('')}`;
const start = (row: number): number => whole.indexOf(rows[row] ?? '?');

describe('a file that was cut off over one in force', () => {
  const drops = new Drops({ 'movie_metadata/films.csv': whole });
  beforeAll(() => drops.backfill());
  afterAll(() => drops.dispose());
  const early = start(10);
  const late = start(78);

  test.each([
    ['early, in a quoted title', early + 6, 'rejected', 'truncated'],
    ['late, in a quoted title', late + 6, 'rejected', 'truncated'],
    ['early, in a quoted column that nobody reads', early + 32, 'held', 'implausible-loss'],
    ['late, in a quoted column that nobody reads', late + 32, 'held', 'implausible-loss'],
    ['early, between two records', early, 'held', 'implausible-loss'],
    ['early, in an unquoted field', early + 22, 'held', 'implausible-loss'],
    ['in the header', 12, 'rejected', 'missing-column'],
    ['at its first byte', 0, 'rejected', 'empty-file'],
  ])('%s: %d bytes are %s', async (_, bytes, status, code) => {
    drops.write('movie_metadata/films.csv', whole.slice(0, bytes));
    const { accounts } = await drops.backfill();
    expect(accounts.get('movie_metadata/films.csv')).toMatchObject({ status, reason: { code } });
    expect(await drops.films()).toHaveLength(80);
    expect(drops.epoch()).toBe(1);
  });

  test('exits with 3 as long as it stands there, and lets the rest of the batch through', async () => {
    drops.write('movie_metadata/films.csv', whole.slice(0, late + 6));
    drops.write('movie_metadata/more.csv', 'tmdb_id,title,release_date\n500,More,2001-01-01\n');
    const first = await drops.marquee('backfill');
    expect(first.stderr).toMatch(
      /^ {2}rejected raw\/movie_metadata\/films.csv:236: the file ends inside quotes/m,
    );
    expect(await drops.films()).toHaveLength(81);
    const again = await drops.marquee('backfill');
    expect(again.stderr).toMatch(/^rejected: movie_metadata\/films.csv/m);
    expect([first.code, again.code, drops.epoch()]).toEqual([3, 3, 2]);
  });

  test('in the unread column of its last record loses nothing, and is taken', async () => {
    drops.write('movie_metadata/films.csv', whole.slice(0, start(79) + 32));
    const { accounts } = await drops.backfill();
    expect(accounts.get('movie_metadata/films.csv')).toMatchObject({
      status: 'taken',
      unchanged: 80,
      deleted: 0,
    });
    expect(drops.untaken()).toEqual([]);
  });

  test('comes again whole: nothing is left of it', async () => {
    drops.write('movie_metadata/films.csv', whole.slice(0, early + 6));
    await drops.backfill();
    expect(drops.untaken()).toEqual(['movie_metadata/films.csv: rejected']);
    drops.write('movie_metadata/films.csv', whole);
    await drops.backfill();
    expect(drops.untaken()).toEqual([]);
    expect(await drops.films()).toHaveLength(81);
  });
});

test('a first file that was cut off gives nothing where a column that is read is cut, else its whole records', async () => {
  const drops = new Drops({
    'movie_metadata/read.csv': whole.slice(0, start(10) + 6),
    'movie_metadata/unread.csv': whole.slice(0, start(5) + 32),
  });
  try {
    const { accounts } = await drops.backfill();
    expect(accounts.get('movie_metadata/read.csv')).toMatchObject({
      status: 'rejected',
      reason: { code: 'truncated' },
    });
    expect(await drops.films()).toHaveLength(6);
  } finally {
    drops.dispose();
  }
});
