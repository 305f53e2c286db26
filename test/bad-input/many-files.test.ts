import { afterAll, expect, test } from 'vitest';
import { Drops, good } from './drops.ts';

/** What they take is for `npm run bench -- --memory` to say, where 10,000 are; here it is what they come to. */
const count = process.env['MARQUEE_SOAK'] === '1' ? 2000 : 300;
const drops = new Drops({});
afterAll(() => drops.dispose());

const film = (id: number): string => `${id},Film ${id},200${id % 10}-01-15,${1000 * id}\n`;
const file = (at: number): string => `movie_metadata/f${at}.csv`;
const header = 'tmdb_id,title,release_date,revenue\n';

test(`of ${count} files of three rows all are taken, and then only those that are news are read`, async () => {
  drops.write('cpi/good.csv', good['cpi/good.csv']);
  for (let at = 0; at < count; at++)
    drops.write(file(at), header + film(3 * at + 1) + film(3 * at + 2) + film(3 * at + 3));
  const { accounts } = await drops.backfill();
  expect(accounts.size).toBe(count + 1);
  expect(await drops.select('select count(*), sum(revenue) from movies_enriched')).toEqual([
    `${3 * count}|${500 * 3 * count * (3 * count + 1)}`,
  ]);

  drops.write(file(7), header + film(22) + film(23));
  drops.write(file(8), '');
  const again = await drops.backfill();
  expect([...again.accounts.values()].map(({ file: { path }, status }) => `${path} ${status}`)).toEqual([
    `${file(7)} taken`,
    `${file(8)} rejected`,
  ]);
  expect(await drops.select('select count(*) from movies_enriched')).toEqual([String(3 * count - 1)]);
}, 120_000);

test('and do not fill the screen', async () => {
  for (let at = 0; at < 100; at++)
    drops.write(file(at), at % 2 === 0 ? 'no,header\n' : header + film(3 * at + 1));
  const { code, stderr } = await drops.marquee('backfill');
  expect(code).toBe(3);
  expect(stderr).toMatch(/^ {2}and \d+ more files: 0 inserted, 0 updated, \d+ deleted$/m);
  expect(stderr).toMatch(/^ {2}and \d+ more files not taken: marquee status names them all$/m);
  expect(stderr).toMatch(
    /^rejected: (movie_metadata\/f\d+.csv, ){9}movie_metadata\/f\d+.csv and \d+ more \(/m,
  );
});
