import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync, copyFileSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { acquireLock } from '../../src/lock.ts';
import { publishedSnapshot } from '../../src/published-snapshot.ts';
import type { VerifyReport } from '../../src/verify/report.ts';
import { marquee, type CliResult } from '../cli/run-cli.ts';
import { Root } from '../recovery/root.ts';

// Several processes each, some seconds on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

let root: Root;
let snapshot: string;
beforeEach(async () => {
  root = new Root();
  await root.backfill();
  snapshot = publishedSnapshot(root.folder);
});
afterEach(() => {
  root.dispose();
});

const run = (...args: string[]): Promise<CliResult> => marquee([...args, '--root', root.folder]);
const partition = (year: number): string =>
  path.join(snapshot, 'movies_enriched', `release_year=${year}`, 'part-0.parquet');

async function inDuckDb(sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(sql);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Rewrites a Parquet file as a query over it. */
async function rewrite(file: string, select: string): Promise<void> {
  const rows = `read_parquet('${file}', hive_partitioning = false)`;
  await inDuckDb(`copy (${select.replaceAll('ROWS', rows)}) to '${file}.new' (format parquet)`);
  renameSync(`${file}.new`, file);
}

async function editServing(sql: string): Promise<void> {
  const file = path.join(snapshot, 'marquee.duckdb');
  chmodSync(file, 0o644);
  await inDuckDb(`attach '${file}' as s; use s; ${sql}; use memory; detach s`);
}

async function differing(): Promise<VerifyReport> {
  const { code, stdout, stderr } = await run('verify', '--json');
  expect(stderr).toBe('');
  expect(code).toBe(4);
  return JSON.parse(stdout) as VerifyReport;
}

describe('after a backfill', () => {
  test('every relation is equal, in Parquet and in the serving file', async () => {
    const { code, stdout, stderr } = await run('verify');
    expect(code).toBe(0);
    expect(stdout).toMatch(/movies_enriched +Parquet +60 +60 +equal/);
    expect(stdout).toMatch(/pipeline_info +serving file +1 +1 +equal/);
    expect(stdout).not.toContain('DIFFERS');
    expect(stderr).toMatch(/verified: epoch 1, 26 relations equal to a recomputation/);
  });

  test('also beside a process that holds the root, which a repair has to wait for', async () => {
    const lock = acquireLock(root.folder, 'watch');
    try {
      expect((await run('verify', '--quiet')).code).toBe(0);
      const refused = await run('verify', '--repair');
      expect(refused.code).toBe(75);
      expect(refused.stderr).toContain(`process ${process.pid}`);
    } finally {
      lock.release();
    }
  });

  test('a held drop: the version in force is read from where it was saved, and that is said', async () => {
    root.writeFilms(20);
    await root.backfill();
    const { code, stdout } = await run('verify');
    expect(stdout).toMatch(
      /raw\/movie_metadata\/films\.csv: its version in force is read from where it was saved/,
    );
    expect(code).toBe(0);
  });

  test('newer bytes that nobody looked at: run backfill first; a new file is named and left out', async () => {
    root.write('movie_metadata/more.csv', 'tmdb_id,title,release_date\n900,More,2003-01-01\n');
    const { code, stdout } = await run('verify');
    expect(code).toBe(0);
    expect(stdout).toContain('raw/movie_metadata/more.csv: not taken yet, and not verified');
    root.writeFilms(59);
    const refused = await run('verify', '--json');
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stderr)).toMatchObject({
      error: { code: 'verify-untaken', hint: 'run marquee backfill first' },
    });
  });
});

test('before the first backfill there is nothing to verify', async () => {
  root.lose('curated', 'state', 'warehouse');
  expect((await run('verify', '--json')).stderr).toContain('"code":"no-warehouse"');
});

describe('what was changed behind our back is found, shown by key, and repaired', () => {
  /** Each change, and what is said of it. Changes of one group are made together. */
  const groups: Record<string, [() => Promise<void> | void, RegExp][]> = {
    'values, rows and whole files': [
      [
        () =>
          rewrite(
            partition(2001),
            `select * replace (case when movie_key = 'tmdb:5' then 7 else revenue end as revenue) from ROWS`,
          ),
        /release_year=2001\/part-0\.parquet: movies_enriched row \{movie_key tmdb:5\} revenue: published 7, expected 12500000/,
      ],
      [
        () =>
          rewrite(
            partition(2002),
            `select * from ROWS where movie_key <> 'tmdb:2' union all select * from ROWS where movie_key = 'tmdb:6'`,
          ),
        /row \{movie_key tmdb:2\} is missing: (.|\n)*row \{movie_key tmdb:6\} should not be there/,
      ],
      [() => rmSync(partition(2000)), /release_year=2000\/part-0\.parquet: the file is missing/],
      [
        () => {
          mkdirSync(path.dirname(partition(1850)));
          copyFileSync(partition(2003), partition(1850));
        },
        /release_year=1850\/part-0\.parquet: no film belongs into this file/,
      ],
      [
        () =>
          rewrite(
            path.join(snapshot, 'aggregates/top_movies/part-0.parquet'),
            `select * replace ('?' as title) from ROWS`,
          ),
        /part-0\.parquet: top_movies row \{rank 1\} title: published \?, expected Film 60/,
      ],
      [
        () =>
          editServing(
            `update top_movies set title = 'Fake' where rank = 1; update pipeline_info set films = 1`,
          ),
        /marquee\.duckdb: top_movies row \{rank 1\} title: published Fake(.|\n)*pipeline_info row films: published 1, expected 60/,
      ],
      [
        () => rmSync(path.join(root.folder, 'curated_data', 'movies_enriched')),
        /curated_data\/movies_enriched: it is no link to \.current\/movies_enriched/,
      ],
    ],
    'forms: types, columns, views, bytes that are no Parquet': [
      [() => writeFileSync(partition(2000), 'junk'), /release_year=2000\/part-0\.parquet: .*too small/],
      [
        () => rewrite(partition(2001), 'select * replace (cast(revenue as double) as revenue) from ROWS'),
        /release_year=2001.*: the values are equal, the types of the columns are not/,
      ],
      [
        () => rewrite(partition(2002), 'select * exclude (roi) from ROWS'),
        /release_year=2002.*: its columns are others: it lacks roi, has none too many/,
      ],
      [
        () => editServing('create or replace view movie_genres as select * from top_movies'),
        /marquee\.duckdb: its columns are others: it lacks/,
      ],
    ],
    'the serving file as a whole': [
      [() => rmSync(path.join(snapshot, 'marquee.duckdb')), /marquee\.duckdb: the file is missing/],
    ],
  };

  test.each(Object.entries(groups))('%s', async (_, changes) => {
    const good = await root.published();
    for (const [change] of changes) await change();
    const { code, stdout, stderr } = await run('verify');
    for (const [, said] of changes) expect(stdout).toMatch(said);
    expect(stderr).toContain('marquee verify --repair');
    expect(code).toBe(4);
    const repaired = await run('verify', '--repair');
    expect(repaired.stdout).toMatch(/repair: .*publish/);
    expect(repaired.code).toBe(0);
    expect(await root.published()).toEqual(good);
  });

  test('as JSON too', async () => {
    rmSync(partition(2000));
    await editServing(`delete from monthly_revenue where month < '2002-01-01'`);
    const report = await differing();
    expect(report.damage).toEqual({ partitions: [2000], aggregates: [] });
    const months = report.relations.find(
      ({ relation, place }) => relation === 'monthly_revenue' && place === 'serving',
    );
    expect(months).toMatchObject({ isEqual: false, files: [] });
    expect(months?.rows[0]).toMatchObject({ kind: 'missing', key: { month: '2000-01-01' } });
    expect((await run('verify', '--repair', '--quiet')).code).toBe(0);
  });
});

describe('a repair', () => {
  test('builds a warehouse that is wrong again, and publishes from that', async () => {
    const good = await root.published();
    await inDuckDb(
      `attach '${root.paths.warehouse}' as w; update w.main.movies_enriched set revenue = 1; checkpoint w`,
    );
    rmSync(partition(2000));
    const { code, stdout } = await run('verify', '--repair');
    expect(stdout).toContain('repair: the warehouse is not what raw/ comes to: it was built again');
    expect(code).toBe(0);
    expect(await root.published()).toEqual(good);
  });

  test('finds nothing to do where nothing is wrong', async () => {
    const { code, stdout } = await run('verify', '--repair');
    expect(stdout).not.toContain('repair:');
    expect(code).toBe(0);
    expect(publishedSnapshot(root.folder)).toBe(snapshot);
  });

  test('recovers lost stores first', async () => {
    const good = await root.published();
    root.lose('state', 'curated');
    expect((await run('verify', '--repair', '--quiet')).code).toBe(0);
    expect(await root.published()).toEqual(good);
  });
});

describe('a sample', () => {
  test('checks a share of the films, the same for the same seed', async () => {
    const first = await run('verify', '--sample', '50%', '--seed', '7');
    expect(first.code).toBe(0);
    expect(first.stderr).toMatch(/\d+ films at random \(50%, --seed 7; aggregates are not sampled\)/);
    const rows = (result: CliResult): string | undefined =>
      /movies_enriched +Parquet +(\d+)/.exec(result.stdout)?.[1];
    expect(rows(await run('verify', '--sample', '50%', '--seed', '7'))).toBe(rows(first));
    expect(Number(rows(first))).toBeGreaterThan(10);
    expect(Number(rows(first))).toBeLessThan(50);
  });

  test.each([
    ['changed', `select * replace (revenue + 1 as revenue) from ROWS`],
    ['missing', `select * from ROWS limit 0`],
  ])('finds films that are %s', async (_, select) => {
    for (const year of [2000, 2001, 2002, 2003]) await rewrite(partition(year), select);
    const { code, stdout } = await run('verify', '--sample', '30%', '--seed', '1');
    expect(stdout).toMatch(/movies_enriched +Parquet +\d+ +\d+ +DIFFERS/);
    expect(code).toBe(4);
  });

  test('of the whole is a sample too, of films with credits, ids and titles alike', async () => {
    root.write(
      'movie_metadata/more.csv',
      'imdb_id,title,release_year,revenue\ntt0000009,Film 9,2001,5\n,Film 8,2000,6\n,Film 8,1999,6\ntt0000010,Alone,2001,7\n',
    );
    await root.backfill();
    expect(await root.verified({ share: 1, seed: 0 })).toEqual([]);
  });

  test('of anything but a share is misuse', async () => {
    for (const share of ['5', '0%', '101%', 'all']) {
      const { code, stderr } = await run('verify', '--sample', share);
      expect(code).toBe(2);
      expect(stderr).toContain('expected a share such as 5%');
    }
  });
});
