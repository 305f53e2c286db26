import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { marquee } from '../cli/run-cli.ts';
import { Drops, good, stackOrBug } from './drops.ts';

/** Eight times eight times eight ... of what is written once. */
const multiplying = ['a: &a [x, x, x, x, x, x, x, x]']
  .concat(
    [...'bcdefgh'].map((name, at) => `${name}: &${name} [${Array(8).fill(`*${'abcdefgh'[at]}`).join(', ')}]`),
  )
  .join('\n');

describe('a marquee.yaml that is none', () => {
  const drops = new Drops({});
  afterAll(() => drops.dispose());

  test.each([
    ['a list', '[1, 2]', /^marquee.yaml:1: got a list, expected keys and values$/],
    ['a text', 'x'.repeat(5000), /^marquee.yaml:1: got "x{10,99}\.\.\., expected keys and values$/],
    [
      'an unknown alias',
      'inflation: *nowhere',
      /^marquee.yaml: got Unresolved alias.*nowhere, expected plain/,
    ],
    ['aliases that multiply', multiplying, /^marquee.yaml: got Excessive alias count.*, expected plain/],
    ['two documents', 'roi: {}\n---\nroi: {}\n', /^marquee.yaml:\d: got text that is no YAML/],
    [
      'nested without end',
      '['.repeat(20_000),
      /^(marquee.yaml:1: got text that is no YAML: .*\n){20}marquee.yaml: and \d+ more$/,
    ],
    ['terminal codes', 'a: "\\e[31m"', /^marquee.yaml:1: a: got an unknown key/],
    ['half a key', 'inflation: {series: CPIAUCSL', /^marquee.yaml:\d: got text that is no YAML/],
    [
      'a base that is none',
      'inflation: { base: "2010-13" }',
      /^marquee.yaml:1: inflation.base: got "2010-13", expected/,
    ],
  ])('%s', (_, yaml, message) => {
    drops.configure(yaml);
    let thrown: unknown;
    try {
      loadConfig(drops.root);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: 'config-invalid',
      exitCode: 2,
      hint: expect.stringMatching(/./) as string,
    });
    expect((thrown as Error).message).toMatch(message);
  });

  test('a folder, or a link to nothing', () => {
    const other = new Drops({});
    try {
      mkdirSync(path.join(other.root, 'marquee.yaml'));
      expect(() => loadConfig(other.root)).toThrow(/cannot read .*marquee.yaml/);
      symlinkSync('nowhere', path.join(other.root, 'linked.yaml'));
      expect(() => loadConfig(other.root, path.join(other.root, 'linked.yaml'))).toThrow(
        /cannot read .*linked.yaml/,
      );
    } finally {
      other.dispose();
    }
  });

  test('the command line exits with 2, without a stack, and changes nothing', async () => {
    drops.configure('inflation: *nowhere');
    const { code, stderr } = await drops.marquee('backfill');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^marquee: marquee.yaml: .*\n {2}next: correct marquee.yaml/);
    expect(stderr).not.toMatch(stackOrBug);
    expect(readdirSync(drops.root)).toEqual(['marquee.yaml']);
  });
});

describe('a --root that is none', () => {
  const drops = new Drops();
  afterAll(() => drops.dispose());
  const aFile = drops.at('cpi/good.csv');

  test.each([
    ['nothing', ['--root', `${drops.root}/nowhere`, 'backfill'], /there is no folder/],
    ['a file', ['--root', aFile, 'backfill'], /got a file as --root, expected a folder/],
    ['below a file', ['--root', `${aFile}/x`, 'init'], /got a file as --root, expected a folder/],
    ['an empty text', ['--root', '', 'status'], /got an empty --root, expected a folder/],
  ])('%s', async (_, args, message) => {
    const { code, stderr } = await marquee(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^ {2}next: /m);
    expect(stderr).not.toMatch(stackOrBug);
  });
});

describe('a configuration that does not fit the drops', () => {
  const drops = new Drops();
  afterAll(() => drops.dispose());
  const real = (): Promise<string[]> =>
    drops.select('select movie_key, revenue_real, cpi_base from movies_enriched order by 1');
  const inDollarsOfNow = ['tmdb:1|7350003|2001-02', 'tmdb:2|5000003|2001-02'];

  test('a base outside the series fails before anything is published', async () => {
    drops.configure('inflation: { base: "2050" }');
    const { code, stderr } = await drops.marquee('backfill');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^marquee: inflation.base: got "2050", expected a year or month from 2000-01 to 2001-02, .* say of CPIAUCSL\n {2}next: correct inflation.base/m,
    );
    expect(stderr).not.toMatch(stackOrBug);
    expect((await drops.marquee('query', 'top_movies')).code).toBe(1);
  });

  test('over a warehouse, it leaves what is published and what is known', async () => {
    drops.configure('');
    await drops.backfill();
    expect(await real()).toEqual(inDollarsOfNow);
    drops.configure('inflation: { basis: year, base: "1999" }');
    drops.write('movie_metadata/more.csv', 'tmdb_id,title,release_date\n3,Gamma,2001-01-01\n');
    await expect(drops.backfill()).rejects.toMatchObject({
      code: 'base-outside-series',
      exitCode: 2,
      retryable: false,
    });
    await expect(drops.backfill()).rejects.toMatchObject({ code: 'base-outside-series' });
    expect(await real()).toEqual(inDollarsOfNow);
    expect(drops.epoch()).toBe(1);
    drops.configure('');
    const { accounts } = await drops.backfill();
    expect([...accounts.keys()]).toEqual(['movie_metadata/more.csv']);
    expect(await real()).toEqual([...inDollarsOfNow, 'tmdb:3||2001-02']);
  });

  test('a base in a hole of the series is inside it', async () => {
    drops.configure('inflation: { base: "2000-07" }');
    await drops.backfill();
    expect((await real())[0]).toMatch(/^tmdb:1\|71\d{5}\|2000-07$/);
  });

  test('a series that no file holds leaves real dollars unknown, says so, and names what there is', async () => {
    drops.configure('inflation: { series: CPIX, base: "2050" }');
    drops.write('cpi/other.csv', 'DATE,CPIAUCNS\n2000-03-01,100\n');
    const { code, stderr } = await drops.marquee('backfill');
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^no real dollars: raw\/cpi says nothing of CPIX; it holds CPIAUCSL \(2000-01 to 2001-02\), CPIAUCNS \(2000-03 to 2000-03\): drop CPIX, or name/m,
    );
    expect((await real())[0]).toBe('tmdb:1||');
    expect((await drops.marquee('backfill')).stderr).toContain(
      'no real dollars: raw/cpi says nothing of CPIX',
    );
  });
});

describe('an engine that can’t work', () => {
  let drops: Drops;
  beforeAll(() => {
    drops = new Drops(good);
  });
  afterEach(() => drops.configure(''));
  afterAll(() => drops.dispose());

  test.each(['1KB', '8MB'])(
    'for want of memory (%s): a failure that says so, and nothing is half done',
    async (limit) => {
      drops.configure(`engine: { memory_limit: ${limit} }`);
      const { code, stderr } = await drops.marquee('backfill');
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^marquee: engine.memory_limit is too small for this: .*\n {2}next: raise engine.memory_limit/m,
      );
      expect(stderr).not.toMatch(/^ {4}at |this is a bug/m);
    },
  );

  test('because another program has the warehouse open: it waits for it, and builds nothing anew', async () => {
    await drops.backfill();
    const hold = `
      import { DuckDBInstance } from '@duckdb/node-api';
      const instance = await DuckDBInstance.create(process.argv[1]);
      console.log('held');
      setTimeout(() => instance.closeSync(), 1500);`;
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', hold, path.join(drops.root, '.marquee', 'warehouse.duckdb')],
      {
        cwd: path.resolve(import.meta.dirname, '..', '..'),
      },
    );
    const closed = new Promise((resolve) => child.on('close', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const { remarks, accounts } = await drops.backfill();
    expect({ remarks, changed: accounts.size, epoch: drops.epoch() }).toEqual({
      remarks: [],
      changed: 0,
      epoch: 1,
    });
    await closed;
  });
});
