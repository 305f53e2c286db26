import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openQuerySandbox, type QuerySandbox } from '../../src/engine/query-sandbox.ts';
import { newFolder } from '../cli/new-folder.ts';
import { publishSnapshot } from './serving.ts';

const limits = { memoryLimit: '300MB', threads: 2 };
const root = newFolder('refusals');
let snapshot: string;
let sandbox: QuerySandbox;

beforeAll(async () => {
  snapshot = await publishSnapshot(root);
  mkdirSync(path.join(root, 'outside'));
  writeFileSync(path.join(root, 'outside', 'secret.csv'), 'a,b\n1,2\n');
  symlinkSync(path.join(root, 'outside'), path.join(snapshot, 'link'));
  symlinkSync(path.join(root, 'outside', 'secret.csv'), path.join(snapshot, 'secret.csv'));
  sandbox = await openQuerySandbox(snapshot, limits);
});
afterAll(() => sandbox.close());

async function outcome(sql: string): Promise<string> {
  try {
    for await (const chunk of (await sandbox.select(sql)).chunks) void chunk.rowCount;
    return 'ran';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

const inSnapshot = (text: string): string => text.replaceAll('SNAPSHOT', snapshot).replaceAll('ROOT', root);

describe('a query cannot do anything but read', () => {
  test.each([
    'drop table top_movies',
    'drop view movies_enriched',
    "copy top_movies to 'ROOT/out.csv'",
    "copy top_movies to 'SNAPSHOT/out.csv'",
    "copy (select 1) to 'SNAPSHOT/movies_enriched/release_year=1999/part-1.parquet' (format parquet)",
    "copy top_movies from 'SNAPSHOT/x.csv'",
    "export database 'SNAPSHOT/export'",
    "import database 'SNAPSHOT/export'",
    "attach 'ROOT/other.duckdb'",
    "attach 'SNAPSHOT/other.duckdb'",
    "attach ':memory:' as m",
    'detach marquee',
    'install httpfs',
    'load httpfs',
    "load 'SNAPSHOT/evil.duckdb_extension'",
    'update extensions',
    'set threads = 1',
    'set global enable_external_access = true',
    "set allowed_directories = ['/']",
    'set variable x = 1',
    'reset lock_configuration',
    'pragma enable_profiling',
    "pragma profiling_output = 'SNAPSHOT/profile.json'",
    'create table t (i int)',
    'create temp table t (i int)',
    'create view v as select 1',
    "create temp macro m() as table from read_csv('/etc/passwd')",
    "create secret s (type s3, key_id 'x', secret 'y')",
    'insert into top_movies values (1, 2)',
    'update top_movies set rank = 1',
    'delete from top_movies',
    'truncate top_movies',
    'merge into top_movies using many on rank = n when matched then delete',
    'alter table top_movies add column x int',
    "comment on table top_movies is 'x'",
    'call pragma_version()',
    'checkpoint',
    'vacuum',
    'analyze',
    'begin',
    'commit',
    'use main',
    'prepare p as select 1',
    'execute p',
    'deallocate p',
    "explain analyze copy top_movies to 'SNAPSHOT/out.csv'",
    "EXPLAIN\nANALYZE copy top_movies to 'SNAPSHOT/out.csv'",
    "explain /* x */ analyze copy top_movies to 'SNAPSHOT/out.csv'",
    "explain/**/analyze copy top_movies to 'SNAPSHOT/out.csv'",
    "/* x */ explain analyze copy top_movies to 'SNAPSHOT/out.csv'",
    "explain (format json, analyze) copy top_movies to 'SNAPSHOT/out.csv'",
    'explain analyze create temp table t (i int)',
    "with x as (select 1) copy x to 'SNAPSHOT/out.csv'",
    "from enable_logging(storage = 'file', storage_path = 'SNAPSHOT/log')",
    "select * from ENABLE_LOGGING('FileSystem', storage = 'file', storage_path = 'ROOT/log')",
    "from enable_profiling(save_location = 'SNAPSHOT/profile.json', format = 'json', mode = 'detailed')",
    'from checkpoint()',
    'select (select count(*) from force_checkpoint())',
    "from query('from enable_logging()')",
    "select write_log('x')",
  ])('%s', async (sql) => {
    const before = readdirSync(snapshot, { recursive: true });
    expect(await outcome(inSnapshot(sql))).toMatch(/^query-(read-only|invalid|one-statement)$/);
    expect(readdirSync(snapshot, { recursive: true })).toEqual(before);
    expect(existsSync(path.join(root, 'out.csv'))).toBe(false);
    expect(existsSync(path.join(root, 'other.duckdb'))).toBe(false);
  });

  test('a refusal says what was refused, and exits with 2', async () => {
    await expect(sandbox.select('drop table top_movies')).rejects.toMatchObject({
      code: 'query-read-only',
      exitCode: 2,
      message: 'refused: queries only read, got DROP, expected SELECT',
    });
    await expect(sandbox.select("from '/tmp/x.csv'")).rejects.toMatchObject({
      code: 'query-read-only',
      message: 'refused: /tmp/x.csv is not part of the published snapshot',
    });
  });
});

describe('a query cannot read outside the snapshot', () => {
  test.each([
    "from read_csv('/etc/passwd')",
    "select * from '/etc/passwd'",
    "from 'ROOT/outside/secret.csv'",
    "from 'SNAPSHOT/../../../outside/secret.csv'",
    "from 'SNAPSHOT/./../../../outside/secret.csv'",
    "from 'SNAPSHOT/link/secret.csv'",
    "from read_text('SNAPSHOT/link/secret.csv')",
    "from read_csv('SNAPSHOT/secret.csv')",
    "from read_csv('file://ROOT/outside/secret.csv')",
    "from read_csv('https://example.org/x.csv')",
    "from read_blob('/etc/passwd')",
    "from glob('/etc/*')",
    "from glob('SNAPSHOT/link/*')",
    "from sniff_csv('/etc/passwd')",
    "from read_parquet('SNAPSHOT/../*/movies_enriched/../../../../outside/*')",
    "from read_json('/proc/self/environ')",
    "from query('from read_csv(''/etc/passwd'')')",
    "from query('copy top_movies to ''SNAPSHOT/x.csv''')",
    "from query_table('/etc/passwd')",
    "from json_execute_serialized_sql(json_serialize_sql('from checkpoint()'))",
    "from sqlite_scan('ROOT/.marquee/state.sqlite', 'file')",
    "select getenv('HOME')",
  ])('%s', async (sql) => {
    expect(await outcome(inSnapshot(sql))).toMatch(/^query-(read-only|invalid)$/);
  });

  test('nor anything of the file that a refusal names', async () => {
    await expect(sandbox.select("from read_csv('/etc/passwd')")).rejects.toMatchObject({
      message: 'refused: /etc/passwd is not part of the published snapshot',
    });
    expect(readFileSync(path.join(root, 'outside', 'secret.csv'), 'utf8')).toBe('a,b\n1,2\n');
  });
});

describe('a query', () => {
  test.each([
    'from top_movies',
    'select sum(revenue) from movies_enriched',
    '(select 1) union all (select 2);',
    'values (1), (2)',
    'with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) from t',
    'describe movies_enriched',
    'summarize top_movies',
    'show tables',
    'table top_movies',
    'explain select 1',
    'explain analyze from top_movies',
    '-- a comment\nselect 1 -- and another',
    "pivot top_movies on title in ('film 1') using sum(rank)",
    "from read_parquet('SNAPSHOT/movies_enriched/*/*.parquet')",
  ])('may be %s', async (sql) => {
    expect(await outcome(inSnapshot(sql))).toBe('ran');
  });

  test.each([
    ['', 'query-invalid'],
    ['-- nothing', 'query-invalid'],
    [';', 'query-invalid'],
    ['select 1; select 2', 'query-one-statement'],
    ['select 1; drop table top_movies', 'query-one-statement'],
    ['selec 1', 'query-invalid'],
    ['select nothing from top_movies', 'query-invalid'],
    ['select ?', 'query-invalid'],
    ["select 'x'::int", 'query-invalid'],
    ['pivot top_movies on title using sum(rank)', 'query-one-statement'],
    ["select case when n < 9e4 then n else error('late') end from many", 'query-invalid'],
  ])('that is %j is answered with %s', async (sql, code) => {
    expect(await outcome(sql)).toBe(code);
  });

  test('that needs too much memory says so', async () => {
    const small = await openQuerySandbox(snapshot, { memoryLimit: '20MB', threads: 1 });
    const asked = (async () => {
      for await (const chunk of (
        await small.select(
          'select list(a.n) over (order by b.n desc rows unbounded preceding) from many a, many b',
        )
      ).chunks)
        void chunk.rowCount;
    })();
    await expect(asked).rejects.toMatchObject({ code: 'query-failed', exitCode: 1 });
    small.close();
  });

  test('leaves no spill folder behind, and nothing in the snapshot', async () => {
    const other = await openQuerySandbox(snapshot, limits);
    await other.select('select n from many order by hash(n)');
    other.close();
    expect(readdirSync(snapshot).sort()).toEqual(['link', 'marquee.duckdb', 'movies_enriched', 'secret.csv']);
  });
});
