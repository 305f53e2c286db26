import { chmodSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { sourceNames } from '../../src/source-names.ts';
import { newFolder } from '../cli/new-folder.ts';
import { marquee } from '../cli/run-cli.ts';

describe('marquee init', () => {
  test('makes a folder a source and a commented configuration, and says what is next', async () => {
    const root = newFolder('init');
    const { code, stdout, stderr } = await marquee(['init'], { cwd: root });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('made  raw/movie_metadata/');
    expect(stderr).toContain('next: drop CSV files');
    expect(readdirSync(path.join(root, 'raw')).sort()).toEqual([...sourceNames()]);
    expect(() => loadConfig(root)).not.toThrow();
  });

  test('never touches a configuration that is there', async () => {
    const root = newFolder('init');
    writeFileSync(path.join(root, 'marquee.yaml'), 'roi: { min_budget: 7 }\n');
    const { stderr } = await marquee(['init', '--root', root]);
    expect(stderr).toContain('kept  marquee.yaml');
    expect(readFileSync(path.join(root, 'marquee.yaml'), 'utf8')).toBe('roi: { min_budget: 7 }\n');
  });

  test('makes the root where there is none, and prints JSON or nothing when told to', async () => {
    const root = path.join(newFolder('init'), 'new', 'root');
    const { stdout, stderr } = await marquee(['init', '--demo', '--json', '--root', root]);
    expect(stderr).toBe('');
    expect((JSON.parse(stdout) as { files: { path: string; made: boolean }[] }).files).toContainEqual({
      path: 'raw/movie_metadata/vega_movies.csv',
      made: true,
      note: '3,201 rows',
    });
    expect(await marquee(['init', '--demo', '--quiet', '--root', root])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('with --demo says that the demo knows no cast', async () => {
    const root = newFolder('init');
    expect((await marquee(['init', '--demo', '--root', root])).stderr).toContain('no cast');
    expect(existsSync(path.join(root, 'raw', 'cpi', 'CPIAUCSL.csv'))).toBe(true);
  });

  test.skipIf(process.getuid?.() === 0)('says what to do where it may not write', async () => {
    const root = newFolder('init');
    chmodSync(root, 0o500);
    const { code, stderr } = await marquee(['init', '--root', root]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/permission denied.*\n {2}next: /);
  });

  test('says so where a file stands in place of a folder', async () => {
    const root = newFolder('init');
    writeFileSync(path.join(root, 'raw'), '');
    const { code, stderr } = await marquee(['init', '--root', root]);
    expect(code).toBe(1);
    expect(stderr).toContain(path.join(root, 'raw'));
    expect(stderr).not.toContain('    at ');
  });
});
