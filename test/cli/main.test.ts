import { execFile, spawn } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { packageRoot } from '../../src/package-root.ts';
import { loadedModules, loadedModulesProbe } from './loaded-modules.ts';
import { newFolder } from './new-folder.ts';
import { mainFile, marquee } from './run-cli.ts';

const folder = (): string => newFolder('cli');

describe('the command line', () => {
  test('is executable once built', () => {
    expect(() => accessSync(mainFile, constants.X_OK)).not.toThrow();
  });

  test('answers `npx marquee` in the clone, without the network', async () => {
    const env = { ...process.env, npm_config_offline: 'true', npm_config_cache: folder() };
    const { stdout } = await promisify(execFile)('npx', ['marquee', 'help', 'init'], {
      cwd: packageRoot,
      env,
    });
    expect(stdout).toContain('Usage: marquee init');
  });

  test('starts without loading the engine, the store or the validator', async () => {
    const { stdout } = await marquee(['init', '--help'], {
      env: loadedModulesProbe(),
    });
    const loaded = loadedModules(stdout).join(' ');
    expect(loaded).toContain('/commander/');
    expect(loaded).not.toMatch(/duckdb|better-sqlite3|zod|rxjs|apache-arrow|yaml|cli-table/);
  });

  test('starts within 150 ms of what Node takes itself', async () => {
    const time = async (args: string[]): Promise<number> => {
      const began = performance.now();
      await promisify(execFile)(process.execPath, args);
      return performance.now() - began;
    };
    const best = async (args: string[]): Promise<number> =>
      Math.min(await time(args), await time(args), await time(args), await time(args), await time(args));
    expect((await best([mainFile, '--version'])) - (await best(['-e', '0']))).toBeLessThan(150);
  });

  test('prints help and version on stdout, exit 0', async () => {
    const help = await marquee(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const { name, summary } of commands)
      expect(help.stdout).toMatch(new RegExp(`${name}.*${summary.slice(0, 20)}`));
    expect(await marquee(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' });
  });

  test.each(commands.map((command) => [command.name, command] as const))(
    'prints the help of %s with examples that name it',
    async (name, { examples }) => {
      const { code, stdout } = await marquee([name, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain('Examples:');
      expect(stdout).toContain('--root <folder>');
      expect(examples.length).toBeGreaterThan(0);
      for (const [line] of examples) expect(line.startsWith(`marquee ${name}`)).toBe(true);
    },
  );

  test('without a command prints help on stderr, exit 2', async () => {
    const { code, stdout, stderr } = await marquee([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: marquee');
  });

  test.each([
    [['qery'], "unknown command 'qery'", 'did you mean query?'],
    [['query', '--fromat', 'csv'], "unknown option '--fromat'", 'did you mean --format?'],
    [
      ['query', '--format', 'xml'],
      "'xml' is invalid. Allowed choices are table, csv, json, arrow, parquet.",
      'see',
    ],
    [['query', '--limit', '-1'], "'-1' is invalid. Expected a whole number from 0.", 'see'],
    [['init', 'more'], 'too many arguments', 'see'],
    [['--root'], "option '--root <folder>' argument missing", 'see'],
  ])('answers the misuse %j with a hint and exit 2', async (args, message, hint) => {
    const { code, stdout, stderr } = await marquee(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^marquee: /);
    expect(stderr.split('\n  next: ')[1]).toContain(hint);
  });

  test('takes shared options before and after the command', async () => {
    const [before, after] = [folder(), folder()];
    expect((await marquee(['--root', before, '--json', 'init'])).stdout).toContain(`"root":"${before}"`);
    expect((await marquee(['init', '--json', '--root', after])).stdout).toContain(`"root":"${after}"`);
  });

  test('tells a failure as one line of JSON with --json, on stderr', async () => {
    const { code, stdout, stderr } = await marquee(['query', 'x', '--json', '--root', folder()]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const { error } = JSON.parse(stderr) as { error: Record<string, unknown> };
    expect(Object.keys(error)).toEqual(['code', 'message', 'hint', 'exitCode']);
    expect(error).toMatchObject({ code: 'no-warehouse', exitCode: 1 });
  });

  test('shows a stack only when asked to', async () => {
    const root = folder();
    writeFileSync(path.join(root, 'marquee.yaml'), 'guard: 1\n');
    const args = ['query', 'x', '--root', root];
    expect((await marquee(args)).stderr).toBe(
      'marquee: marquee.yaml:1: guard: got 1, expected keys and values\n  next: correct marquee.yaml and run the command again\n',
    );
    expect((await marquee(args, { env: { MARQUEE_DEBUG: '1' } })).stderr).toContain('    at ');
  });

  test('ends quietly when its reader does', async () => {
    const child = spawn(process.execPath, [mainFile, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
