import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, test } from 'vitest';
import { marquee, type CliResult } from '../cli/run-cli.ts';
import { newFolder } from '../cli/new-folder.ts';
import { publishSnapshot } from './serving.ts';

const root = newFolder('query');
const ask = (...args: string[]): Promise<CliResult> =>
  marquee(['query', '--root', root, ...args], { cwd: root });

beforeAll(() => publishSnapshot(root));

async function readParquet(file: string): Promise<unknown[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(`from '${file}'`)).getRowObjectsJson();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

describe('marquee query', () => {
  test('without a query lists the views with what they show', async () => {
    const { code, stdout } = await ask();
    expect(code).toBe(0);
    expect(stdout).toBe(
      'view             what it shows\n---------------  --------------\nmany\nmovies_enriched  One row a film\ntop_movies\n',
    );
    expect(JSON.parse((await ask('--json')).stdout)).toContainEqual({
      name: 'movies_enriched',
      comment: 'One row a film',
    });
  });

  test('prints a view as CSV where no terminal is: lists as JSON, unknown as nothing', async () => {
    const { code, stdout, stderr } = await ask('movies_enriched');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(parse(stdout, { columns: true })).toEqual([
      {
        movie_key: 'tmdb:1',
        title: 'The Matrix',
        genres: '["Action","Sci-Fi"]',
        release_date: '1999-03-31',
        revenue: '463517383',
        roi: '1.5',
        is_ambiguous: 'true',
        release_year: '1999',
      },
      {
        movie_key: 'tmdb:2',
        title: 'A "quoted", title',
        genres: '',
        release_date: '',
        revenue: '',
        roi: '',
        is_ambiguous: 'false',
        release_year: '1999',
      },
      {
        movie_key: 'tmdb:3',
        title: 'Žižek!',
        genres: '[]',
        release_date: '1931-05-06',
        revenue: '9007199254740993',
        roi: '0.25',
        is_ambiguous: '',
        release_year: '1999',
      },
    ]);
  });

  test('prints a table with aligned numbers and as many rows as fit a screen', async () => {
    const { stdout } = await ask('select title, revenue, roi from movies_enriched', '--format', 'table');
    expect(stdout).toBe(
      [
        'title                            revenue   roi',
        '-----------------  ---------------------  ----',
        'The Matrix                   463,517,383   1.5',
        'A "quoted", title',
        'Žižek!             9,007,199,254,740,993  0.25',
        '',
      ].join('\n'),
    );
    expect((await ask('top_movies', '--format', 'table')).stdout.split('\n')).toHaveLength(50 + 3);
    expect((await ask('top_movies', '--format', 'table', '--limit', '0')).stdout.split('\n')).toHaveLength(
      100 + 3,
    );
  });

  test('prints JSON, with whole numbers that JavaScript cannot hold as text', async () => {
    const { stdout } = await ask('--json', 'movies_enriched');
    const rows = JSON.parse(stdout) as Record<string, unknown>[];
    expect(rows[0]).toMatchObject({ genres: ['Action', 'Sci-Fi'], revenue: 463517383, is_ambiguous: true });
    expect(rows[1]).toMatchObject({ genres: null, revenue: null });
    expect(rows[2]).toMatchObject({ title: 'Žižek!', revenue: '9007199254740993' });
    expect(JSON.parse((await ask('--json', 'from top_movies where false')).stdout)).toEqual([]);
  });

  test('writes Arrow with the types of the columns, as a file and as a stream', async () => {
    const sql = `select title, genres, release_date, revenue, roi, is_ambiguous, sum(revenue) over () as total,
      1.25::decimal(9, 2) as price, {'a': 1} as pair, timestamp '2020-01-02 03:04:05' as at from movies_enriched`;
    await ask(sql, '-o', path.join(root, 'films.arrow'));
    const { bytes } = await ask(sql, '--format', 'arrow');
    for (const table of [tableFromIPC(readFileSync(path.join(root, 'films.arrow'))), tableFromIPC(bytes)]) {
      expect(table.schema.fields.map(({ name, type }) => `${name} ${String(type)}`)).toEqual([
        'title Utf8',
        'genres List<Utf8>',
        'release_date Date32<DAY>',
        'revenue Int64',
        'roi Float64',
        'is_ambiguous Bool',
        'total Decimal[38e0]',
        'price Decimal[9e+2]',
        'pair Struct<{a:Int32}>',
        'at Timestamp<MICROSECOND>',
      ]);
      const column = (name: string): unknown[] => [...(table.getChild(name) ?? [])];
      expect(column('title')).toEqual(['The Matrix', 'A "quoted", title', 'Žižek!']);
      expect(column('revenue')).toEqual([463517383n, null, 9007199254740993n]);
      expect(column('is_ambiguous')).toEqual([true, false, null]);
      expect(
        column('genres').map((list) => (list === null ? null : [...(list as Iterable<string>)])),
      ).toEqual([['Action', 'Sci-Fi'], null, []]);
      expect(column('release_date')).toEqual([Date.UTC(1999, 2, 31), null, Date.UTC(1931, 4, 6)]);
      expect(String(column('total')[0])).toBe(String(463517383n + 9007199254740993n));
      expect(column('at')[0]).toBe(Date.UTC(2020, 0, 2, 3, 4, 5));
    }
  });

  test('writes Arrow of no rows, and of very many', async () => {
    expect(
      tableFromIPC((await ask('from many where false', '--format', 'arrow')).bytes).schema.names,
    ).toEqual(['n']);
    expect(tableFromIPC((await ask('many', '--format', 'arrow')).bytes).numRows).toBe(100000);
  });

  test('writes Parquet that keeps types, to a file and to a pipe', async () => {
    const file = path.join(root, 'films.parquet');
    expect(
      (
        await ask(
          'select * exclude (release_year), 2::hugeint as big, 1 as "a b" from movies_enriched',
          '-o',
          file,
        )
      ).code,
    ).toBe(0);
    expect((await readParquet(file))[0]).toEqual({
      movie_key: 'tmdb:1',
      title: 'The Matrix',
      genres: ['Action', 'Sci-Fi'],
      release_date: '1999-03-31',
      revenue: '463517383',
      roi: 1.5,
      is_ambiguous: true,
      big: '2',
      'a b': 1,
    });
    const piped = path.join(root, 'piped.parquet');
    writeFileSync(piped, (await ask('many', '--format', 'parquet')).bytes);
    expect(await readParquet(piped)).toHaveLength(100000);
    await ask('from many where false', '-o', file);
    expect(await readParquet(file)).toEqual([]);
  });

  test('writes a file whole or not at all', async () => {
    const folder = path.join(root, 'whole');
    expect((await ask('many', '-o', path.join(folder, 'many.csv'))).stdout).toBe('');
    expect(readFileSync(path.join(folder, 'many.csv'), 'utf8').split('\n')).toHaveLength(100002);
    const failed = await ask(
      "select case when n < 9e4 then n else error('late') end from many",
      '-o',
      path.join(folder, 'x.csv'),
    );
    expect(failed.code).not.toBe(0);
    expect(failed.stderr).toContain('late');
    expect(readdirSync(folder)).toEqual(['many.csv']);
  });

  test('stops after --limit rows', async () => {
    expect((await ask('many', '--limit', '3')).stdout).toBe('n\n0\n1\n2\n');
    expect((await ask('select * from many order by n desc', '--limit', '1')).stdout).toBe('n\n99999\n');
    expect((await readParquet(await limited())).length).toBe(5000);
  });

  async function limited(): Promise<string> {
    const file = path.join(root, 'limited.parquet');
    await ask('many', '--limit', '5000', '-o', file);
    return file;
  }

  test('keeps columns with the same name apart', async () => {
    expect((await ask('select 1 as a, 2 as a', '--json')).stdout).toBe('[\n{"a":1,"a:1":2}\n]\n');
  });

  test('reads SQL from a file or from stdin', async () => {
    const file = path.join(root, 'q.sql');
    writeFileSync(file, '-- the best\nselect title from top_movies where rank = 1;\n');
    expect((await ask('-f', file)).stdout).toBe('title\nfilm 0\n');
    const piped = await marquee(['query', '--root', root, '-f', '-'], { input: 'select 1 as one' });
    expect(piped.stdout).toBe('one\n1\n');
    expect(await ask('-f', file, 'select 1')).toMatchObject({ code: 2 });
    expect((await ask('-f', '/no/such.sql')).stderr).toContain('cannot read /no/such.sql');
  });

  test('names the nearest view for one that does not exist', async () => {
    const { code, stderr } = await ask('top_movie');
    expect(code).toBe(2);
    expect(stderr).toBe(
      'marquee: there is no view top_movie\n  next: did you mean top_movies? `marquee query` lists all\n',
    );
    expect((await ask('select * from top_movie')).stderr).toContain('top_movies');
  });

  test('refuses what does not only read, with exit 2 and no stack', async () => {
    const { code, stdout, stderr } = await ask('drop table top_movies');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^marquee: refused: .*DROP.*\n {2}next: .*\n$/);
  });

  test('draws a plan', async () => {
    expect((await ask('explain select 1', '--format', 'table')).stdout).toContain('┌──');
  });
});

describe('a root', () => {
  test('without a warehouse is told to backfill', async () => {
    const { code, stderr } = await marquee(['query', 'top_movies', '--root', newFolder('empty')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/nothing is published .*\n {2}next: .*marquee backfill/);
  });

  test('may be given through a link, and in the current folder', async () => {
    const link = path.join(newFolder('link'), 'root');
    symlinkSync(root, link);
    const sql = 'select count(*) as films from movies_enriched';
    expect((await marquee(['query', sql, '--root', link])).stdout).toBe('films\n3\n');
    expect((await marquee(['query', sql], { cwd: link })).stdout).toBe('films\n3\n');
  });

  test('that was moved says so where a view still names the former place', async () => {
    const parent = newFolder('moved');
    const [before, after] = [path.join(parent, 'before'), path.join(parent, 'after')];
    await publishSnapshot(before);
    renameSync(before, after);
    expect((await marquee(['query', 'top_movies', '--limit', '1', '--root', after])).code).toBe(0);
    const { code, stderr } = await marquee(['query', 'movies_enriched', '--root', after]);
    expect(code).not.toBe(0);
    expect(stderr).not.toContain('    at ');
  });

  test('with an unreadable serving file says what to do', async () => {
    const broken = newFolder('broken');
    const snapshot = await publishSnapshot(broken);
    const file = path.join(snapshot, 'marquee.duckdb');
    chmodSync(file, 0o644);
    writeFileSync(file, 'no database');
    const { code, stderr } = await marquee(['query', 'top_movies', '--root', broken]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^marquee: cannot open .*\n {2}next: run `marquee backfill`/s);
    expect(stderr).not.toContain('    at ');
  });

  test('with a folder named like a quote is no trouble', async () => {
    const odd = path.join(newFolder('odd'), "o'clock");
    mkdirSync(odd);
    await expect(publishSnapshot(odd)).rejects.toThrow();
    const { code } = await marquee(['query', 'top_movies', '--root', odd]);
    expect(code).toBe(1);
  });
});
