import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { StatementProfile } from '../../src/engine/statement-profile.ts';
import { Drops, good } from './drops.ts';

/** 2,000 take 14 s on two cores that have nothing else to do; 300 show as well what one costs. */
const count = process.env['MARQUEE_SOAK'] === '1' ? 2000 : 300;
const drops = new Drops({});
afterAll(() => drops.dispose());

const film = (id: number): string => `${id},Film ${id},200${id % 10}-01-15,${1000 * id}\n`;
/** CPU time since, which other programs on the machine don't change. */
function milliseconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

const file = (at: number): string => `movie_metadata/f${at}.csv`;
const header = 'tmdb_id,title,release_date,revenue\n';

test(`${count} files of three rows take seconds, and as good as none when known`, async () => {
  drops.write('cpi/good.csv', good['cpi/good.csv']);
  for (let at = 0; at < count; at++)
    drops.write(file(at), header + film(3 * at + 1) + film(3 * at + 2) + film(3 * at + 3));
  const began = process.cpuUsage();
  const { accounts } = await drops.backfill();
  const first = milliseconds(began);
  expect(accounts.size).toBe(count + 1);
  expect(await drops.select('select count(*), sum(revenue) from movies_enriched')).toEqual([
    `${3 * count}|${500 * 3 * count * (3 * count + 1)}`,
  ]);

  drops.write(file(7), header + film(22) + film(23));
  drops.write(file(8), '');
  const before = process.cpuUsage();
  const again = await drops.backfill();
  let second = milliseconds(before);
  expect([...again.accounts.values()].map(({ file: { path }, status }) => `${path} ${status}`)).toEqual([
    `${file(7)} taken`,
    `${file(8)} rejected`,
  ]);
  expect(await drops.select('select count(*) from movies_enriched')).toEqual([String(3 * count - 1)]);
  // What else the machine does shows in CPU time as well: the best of three is what the work takes.
  for (const films of [film(22), film(22) + film(23)]) {
    drops.write(file(7), header + films);
    const since = process.cpuUsage();
    await drops.backfill();
    second = Math.min(second, milliseconds(since));
  }
  process.stdout.write(
    `${count} files: first ${Math.round(first)} ms, one changed ${Math.round(second)} ms of CPU\n`,
  );
  expect(first).toBeLessThan(30 * count);
  expect(second).toBeLessThan(first / 2);
}, 120_000);

test('and one changed among many asks the engine for no more than one among few', async () => {
  const statements = async (known: number): Promise<number> => {
    const few = new Drops({ 'cpi/good.csv': good['cpi/good.csv'] });
    try {
      for (let at = 0; at < known; at++) few.write(file(at), header + film(3 * at + 1) + film(3 * at + 2));
      await few.backfill();
      few.write(file(1), header + film(4));
      const profile = new StatementProfile(path.join(few.root, 'profile'));
      await few.backfill({}, profile);
      return profile.total.count;
    } finally {
      few.dispose();
    }
  };
  const few = await statements(5);
  expect(few).toBeGreaterThan(50);
  // Whether the films of a group are picked or all are read is by their share: a statement for each aggregate.
  expect(await statements(100)).toBeLessThan(few + 20);
});

test('and many that are new, or changed, ask the engine for no statement each', async () => {
  const statements = async (files: number): Promise<readonly number[]> => {
    const few = new Drops({ 'cpi/good.csv': good['cpi/good.csv'] });
    const counts: number[] = [];
    try {
      for (const revenue of [1000, 2000]) {
        for (let at = 0; at < files; at++)
          few.write(file(at), `${header}${at + 1},Film ${at},2004-01-15,${revenue}\n`);
        const profile = new StatementProfile(path.join(few.root, 'profile'));
        await few.backfill({}, profile);
        counts.push(profile.total.count);
      }
      expect(await few.select('select count(*), sum(revenue) from movies_enriched')).toEqual([
        `${files}|${2000 * files}`,
      ]);
      return counts;
    } finally {
      few.dispose();
    }
  };
  const few = await statements(5);
  const many = await statements(65);
  expect(many[0]).toBeLessThan(few[0]! + 30);
  expect(many[1]).toBeLessThan(few[1]! + 30);
});

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
