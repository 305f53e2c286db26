import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { acquireLock } from '../../src/lock.ts';
import { newFolder } from '../cli/new-folder.ts';
import { marquee, type CliResult } from '../cli/run-cli.ts';

const root = newFolder('status');
const run = (...args: string[]): Promise<CliResult> => marquee([...args, '--root', root]);

beforeAll(async () => {
  const write = (file: string, text: string): void => {
    mkdirSync(path.join(root, 'raw', path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, 'raw', file), text);
  };
  write(
    'movie_metadata/films.csv',
    'title,release_date,release_year,budget,revenue\nUp,2009-05-29,2009,175000000,735099082\nBolt,2008-11-21,2008,"1,2x",309979994\n,2001-01-01,2001,1,1\n',
  );
  write('cpi/CPIAUCSL.csv', 'DATE,CPIAUCSL\n2008-11-01,213.153\n2009-05-01,213.022\n2009-06-01,x\n');
  write('genre_cast_director/other.csv', 'colour,weight\nred,1\n');
  await run('backfill', '--quiet');
});

describe('marquee status', () => {
  test('shows the epoch, the files in force, and what was rejected with the next step', async () => {
    const { code, stdout, stderr } = await run('status');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^epoch 1, committed 20.*: 2 films, 2 films affected, from \d files? in /m);
    expect(stdout).toMatch(/^raw\/movie_metadata\/films.csv +\S+ +2 +2 +1$/m);
    expect(stdout).toMatch(/^rejected: raw\/genre_cast_director\/other.csv:1: .*\n {2}next: /m);
    expect(stdout).toContain('3 entries in quarantine');
  });

  test('is JSON for scripts', async () => {
    const status = JSON.parse((await run('status', '--json')).stdout) as Record<string, unknown>;
    expect(status).toMatchObject({ root, epoch: 1, holder: null, quarantined: 3, held: 0, rejected: 1 });
    expect(status['receipt']).toMatchObject({ epoch: 1, films: { total: 2, affected: 2 } });
    expect(status['untaken']).toMatchObject([
      { path: 'raw/genre_cast_director/other.csv', hasVersionInForce: false },
    ]);
  });

  test('names the holder while a pipeline runs, and works beside it', async () => {
    const lock = acquireLock(root, 'watch');
    expect((await run('status')).stdout).toContain(`held by process ${process.pid}`);
    const second = await run('backfill');
    expect(second.code).toBe(75);
    expect(second.stderr).toMatch(/^marquee: another marquee holds .*"watch".*\n {2}next: /);
    lock.release();
  });

  test('before the first backfill says so', async () => {
    const { code, stderr } = await marquee(['status', '--root', newFolder('status')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/there is no state store\n {2}next: run `marquee backfill` first/);
  });
});

describe('marquee quarantine', () => {
  test('lists each entry with file, line, column, what was got and expected', async () => {
    const { code, stdout, stderr } = await run('quarantine');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '3 entries in quarantine\n' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^raw\/cpi\/CPIAUCSL.csv:4: value: got "x", expected .* \[[a-z-]+\]$/);
    expect(lines[1]).toMatch(
      /^raw\/movie_metadata\/films.csv:3: budget: got "1,2x", expected .* \[[a-z-]+\]$/,
    );
    expect(lines[2]).toMatch(/^raw\/movie_metadata\/films.csv:4: /);
  });

  test('filters by source, file and code, in any spelling of the path', async () => {
    const count = async (...args: string[]): Promise<number> =>
      (await run('quarantine', ...args)).stdout.split('\n').length - 1;
    expect(await count('--source', 'cpi')).toBe(1);
    expect(await count('--file', 'movie_metadata/films.csv')).toBe(2);
    expect(await count('--file', 'raw/movie_metadata/films.csv')).toBe(2);
    expect(await count('--file', path.join(root, 'raw/movie_metadata/films.csv'))).toBe(2);
    const code = /\[([a-z-]+)\]/.exec((await run('quarantine', '--source', 'cpi')).stdout)?.[1] ?? '';
    expect(await count('--code', code, '--source', 'cpi')).toBe(1);
    expect(await count('--code', 'no-such-code')).toBe(0);
    expect((await run('quarantine', '--code', 'no-such-code')).stderr).toBe(
      'nothing of that is quarantined\n',
    );
  });

  test('shows as many as asked for, and says how many there are', async () => {
    const { stdout, stderr } = await run('quarantine', '--limit', '1');
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe('3 entries in quarantine, 1 shown; see all with --limit 0\n');
    expect((await run('quarantine', '--quiet')).stderr).toBe('');
  });

  test('is JSON for scripts', async () => {
    const { total, entries } = JSON.parse((await run('quarantine', '--json', '--limit', '2')).stdout) as {
      total: number;
      entries: unknown[];
    };
    expect(total).toBe(3);
    expect(entries[1]).toMatchObject({
      path: 'raw/movie_metadata/films.csv',
      line: 3,
      column: 'budget',
      value: '1,2x',
    });
  });
});
