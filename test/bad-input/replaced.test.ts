import { renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import type { Reporter } from '../../operators/stage-step.ts';
import { Drops } from './drops.ts';

let drops: Drops;
afterEach(() => drops.dispose());

const header = 'tmdb_id,title,release_date,revenue\n';
const old = `${header}1,Old,2000-01-01,1000\n2,Old,2000-01-01,1000\n`;
const fresh = `${header}1,New,2000-01-01,2000\n2,New,2000-01-01,2000\n`;

/** Does something once, when the stage of that name begins. */
function during(stage: string, act: () => void): { report: Reporter; times: () => number } {
  let begun = 0;
  return {
    times: () => begun,
    report: {
      begin: (name) => {
        if (name === stage && ++begun === 1) act();
        return { advance: () => undefined, done: () => undefined };
      },
    },
  };
}

const films = (): Promise<string[]> =>
  drops.select('select title, revenue from movies_enriched order by movie_key');

test.each([
  [
    'renamed over',
    () => {
      writeFileSync(`${drops.root}/new`, fresh);
      renameSync(`${drops.root}/new`, drops.at('movie_metadata/a.csv'));
    },
  ],
  [
    'overwritten in place, to the same size and time',
    () => {
      const { atime, mtime } = statSync(drops.at('movie_metadata/a.csv'));
      writeFileSync(drops.at('movie_metadata/a.csv'), fresh);
      utimesSync(drops.at('movie_metadata/a.csv'), atime, mtime);
    },
  ],
])('a file %s while it is read gives one version, whole', async (_, replace) => {
  drops = new Drops({
    'movie_metadata/a.csv': old,
    'movie_metadata/b.csv': `${header}3,Other,2000-01-01,3000\n`,
  });
  const { report, times } = during('read movie_metadata/a.csv', replace);
  const { accounts } = await drops.backfill({ report });
  expect(times()).toBe(2);
  expect(accounts.get('movie_metadata/a.csv')).toMatchObject({ status: 'taken', read: 2 });
  expect(await films()).toEqual(['New|2000', 'New|2000', 'Other|3000']);
  // What was noted of the file is what was read: nothing is news.
  expect((await drops.backfill()).accounts.size).toBe(0);
});

test('a file that grows while it is read is read again', async () => {
  drops = new Drops({ 'movie_metadata/a.csv': header });
  const grow = (): void =>
    writeFileSync(drops.at('movie_metadata/a.csv'), fresh.slice(header.length), { flag: 'a' });
  await drops.backfill({ report: during('read movie_metadata/a.csv', grow).report });
  expect(await films()).toEqual(['New|2000', 'New|2000']);
});

test.each(['fingerprint', 'read movie_metadata/a.csv'])(
  'a file that goes away (%s) is gone, and no failure',
  async (stage) => {
    drops = new Drops({
      'movie_metadata/a.csv': old,
      'movie_metadata/b.csv': `${header}3,Other,2000-01-01,3000\n`,
    });
    const { report } = during(stage, () => drops.remove('movie_metadata/a.csv'));
    const { accounts } = await drops.backfill({ report });
    expect([...accounts.keys()]).toEqual(['movie_metadata/b.csv']);
    expect(await films()).toEqual(['Other|3000']);
  },
);
