import { closeSync, openSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { Drops } from './drops.ts';

const names = [
  'a b.csv',
  "o'brien.csv",
  'say "x".csv',
  'line\nbreak.csv',
  'tab\there.csv',
  '\u001b[31mred\u001b[0m.csv',
  '\u202egpj.csv',
  '-rf.csv',
  "'; drop table raw_file; --.csv",
  '$(touch pwned).csv',
  '%41%00.csv',
  '*.csv',
  '[a].csv',
  '{a,b}.csv',
  'back\\slash.csv',
  'UPPER.CSV',
  'ünïcödé.csv',
  'u\u0308.csv',
  '\u00fc.csv',
  `${'日'.repeat(83)}xx.csv`,
  `${'x'.repeat(251)}.csv`,
  `${'7'.repeat(251)}.csv`,
] as const;

const drops = new Drops({});
afterAll(() => drops.dispose());

test('a file may have any name that the file system takes, up to 255 bytes', async () => {
  names.forEach((name, index) => {
    drops.write(
      `movie_metadata/${name}`,
      `tmdb_id,title,release_date,budget\n${index + 1},T${index + 1},2001-01-01,1x000\n`,
    );
  });
  closeSync(
    openSync(
      Buffer.concat([Buffer.from(drops.at('movie_metadata/bad')), Buffer.from([0xff]), Buffer.from('.csv')]),
      'w',
    ),
  );
  const { code, stderr } = await drops.marquee('backfill');
  expect(code).toBe(0);
  expect(stderr).toContain(`epoch 1: ${names.length} files, ${names.length} films`);
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(stderr).toContain('bad\ufffd.csv is not read: its name is no UTF-8, expected one that is');
  const films = await drops.films();
  expect(films).toHaveLength(names.length);
});

test('status and quarantine show them without their control characters', async () => {
  const status = await drops.marquee('status');
  const quarantine = await drops.marquee('quarantine');
  expect([status.code, quarantine.code]).toEqual([0, 0]);
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  expect(status.stdout + quarantine.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(quarantine.stdout.trimEnd().split('\n')).toHaveLength(names.length);
});

test('they are known again, and go when they go', async () => {
  const { accounts } = await drops.backfill();
  expect([...accounts.keys()]).toEqual([]);
  for (const name of names.slice(0, 7)) drops.remove(`movie_metadata/${name}`);
  const gone = await drops.backfill();
  expect([...gone.accounts.values()].map(({ status, deleted }) => [status, deleted])).toEqual(
    names.slice(0, 7).map(() => ['removed', 1]),
  );
  expect(await drops.films()).toHaveLength(names.length - 7);
});
