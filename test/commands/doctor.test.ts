import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { examine } from '../../src/doctor/examine.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { folders } from '../../src/doctor/folders.ts';
import { credentials, diskSpace, nativeModule, node } from '../../src/doctor/machine.ts';
import { acquireLock } from '../../src/lock.ts';
import { newFolder } from '../cli/new-folder.ts';
import { marquee } from '../cli/run-cli.ts';

const find = (findings: readonly Finding[], name: string): Finding | undefined =>
  findings.find((finding) => finding.name === name);

describe('marquee doctor', () => {
  test('looks at everything, changes nothing, and finds a new root fit', async () => {
    const root = newFolder('doctor');
    const { code, stdout, stderr } = await marquee(['doctor', '--root', root]);
    expect(code).toBe(0);
    expect(stderr).toContain('marquee can work here');
    expect(stdout).toMatch(/^ok {4}node: \d+/m);
    expect(stdout).toMatch(/^ok {4}duckdb: v/m);
    expect(stdout).toMatch(/^warn {2}raw: .* does not exist\n {6}next: run `marquee init`/m);
    expect(readdirSync(root)).toEqual([]);
  });

  test('is JSON for scripts', async () => {
    const { stdout } = await marquee(['doctor', '--json', '--root', newFolder('doctor')]);
    const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
    expect(ok).toBe(true);
    expect(findings.map(({ name }) => name)).toEqual([
      'node',
      'duckdb',
      'sqlite',
      'root',
      'raw',
      '.marquee',
      'curated_data',
      'disk',
      'configuration',
      'input',
      'lock',
      'state',
      'published',
      'credentials',
    ]);
    for (const { level, remedy } of findings) if (level !== 'ok') expect(remedy).toBeTruthy();
  });

  test('exits with 1, and a remedy each, for what must be mended', async () => {
    const root = newFolder('doctor');
    writeFileSync(path.join(root, 'marquee.yaml'), 'guard: { min_row: 1 }\n');
    writeFileSync(path.join(root, 'curated_data'), '');
    mkdirSync(path.join(root, '.marquee'));
    writeFileSync(
      path.join(root, '.marquee', 'state.sqlite'),
      'no database, but long enough to be taken for one'.repeat(50),
    );
    const { code, stdout, stderr } = await marquee(['doctor', '--root', root]);
    expect(code).toBe(1);
    expect(stderr).toContain('3 to mend');
    expect(stdout).toMatch(
      /^fail {2}configuration: .*min_row.*\n {6}next: write min_rows in place of min_row$/m,
    );
    expect(stdout).toMatch(/^fail {2}curated_data: .* is no folder\n {6}next: move /m);
    expect(stdout).toMatch(/^fail {2}state: .*state.sqlite.*\n {6}next: /m);
    expect(stdout).not.toContain('    at ');
  });

  test('without a root says so', async () => {
    const { code, stdout } = await marquee(['doctor', '--root', '/no/such/root']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fail {2}root: \/no\/such\/root does not exist/m);
  });

  test('names whoever holds the root', async () => {
    const root = newFolder('doctor');
    const held = acquireLock(root, 'watch');
    expect(find(await examine(root), 'lock')).toMatchObject({
      level: 'warn',
      found: expect.stringContaining('"watch"') as string,
    });
    held.release();
    expect(find(await examine(root), 'lock')).toMatchObject({ level: 'ok' });
  });

  test('notices a published snapshot that is gone', async () => {
    const root = newFolder('doctor');
    mkdirSync(path.join(root, 'curated_data'));
    symlinkSync('.snapshots/9', path.join(root, 'curated_data', '.current'));
    expect(find(await examine(root), 'published')).toMatchObject({
      level: 'warn',
      remedy: 'run `marquee backfill` to publish it anew',
    });
    expect(existsSync(path.join(root, '.marquee'))).toBe(false);
  });

  test('counts the CSV files that a backfill would read', async () => {
    const root = newFolder('doctor');
    mkdirSync(path.join(root, 'raw', 'cpi'), { recursive: true });
    expect(find(await examine(root), 'input')).toMatchObject({ level: 'warn' });
    for (const name of ['a.csv', 'b.CSV', '.c.csv', 'd.txt'])
      writeFileSync(path.join(root, 'raw', 'cpi', name), '');
    expect(find(await examine(root), 'input')?.found).toMatch(/^2 CSV files/);
  });
});

describe('a check', () => {
  test('of Node wants version 20', () => {
    expect(node('20.0.0')).toMatchObject({ level: 'ok' });
    expect(node('18.19.1')).toMatchObject({ level: 'fail', found: '18.19.1, expected 20 or newer' });
  });

  test('of a native module says why it does not load', async () => {
    const failing = nativeModule('sqlite', () => Promise.reject(new Error('invalid ELF header\nmore')));
    expect(await failing).toMatchObject({ level: 'fail', found: 'does not load: invalid ELF header' });
  });

  test('of the disk warns, then fails', () => {
    expect([5e9, 1e9, 1e8].map((free) => diskSpace(free).level)).toEqual(['ok', 'warn', 'fail']);
  });

  test('of credentials never shows them, and wants them private', () => {
    const home = newFolder('home');
    mkdirSync(path.join(home, '.kaggle'));
    const file = path.join(home, '.kaggle', 'kaggle.json');
    expect(credentials({}, home)).toMatchObject({ level: 'ok' });
    writeFileSync(file, '{"username":"u","key":"topsecret"}', { mode: 0o644 });
    expect(credentials({}, home)).toMatchObject({ level: 'warn', remedy: `chmod 600 ${file}` });
    chmodSync(file, 0o600);
    expect(credentials({}, home)).toMatchObject({ level: 'ok' });
    expect(credentials({ KAGGLE_CONFIG_DIR: path.join(home, '.kaggle') }, '/nowhere').found).toContain(file);
    const fromEnvironment = credentials({ KAGGLE_USERNAME: 'u', KAGGLE_KEY: 'topsecret' }, home);
    expect(JSON.stringify([credentials({}, home), fromEnvironment])).not.toContain('topsecret');
  });

  test.skipIf(process.getuid?.() === 0)('of folders finds what this user may not do', () => {
    const root = newFolder('doctor');
    mkdirSync(path.join(root, 'raw'));
    chmodSync(path.join(root, 'raw'), 0o000);
    chmodSync(root, 0o500);
    expect(folders(root).map(({ level }) => level)).toEqual(['ok', 'fail', 'fail', 'fail']);
    chmodSync(root, 0o700);
  });
});
