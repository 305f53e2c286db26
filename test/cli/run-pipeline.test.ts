import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { newFolder } from './new-folder.ts';
import { marquee } from './run-cli.ts';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/**
 * A clone as far as the script can see: its own sources and lock file, an npm that writes down what it is asked for,
 * "installs" nothing, and "builds" by linking what was built here. So no test touches this clone's packages.
 */
class Clone {
  readonly folder = newFolder('run');
  private readonly bin = newFolder('bin');

  constructor() {
    for (const file of [
      'run_pipeline.sh',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.build.json',
      'rolldown.config.mjs',
    ])
      copyFileSync(path.join(packageRoot, file), path.join(this.folder, file));
    for (const name of ['src', 'operators', 'state']) mkdirSync(path.join(this.folder, name));
    writeFileSync(path.join(this.folder, 'src', 'main.ts'), '');
    this.script('npm', [
      `echo "$1 $2" >> '${this.bin}/asked'`,
      'case "$1" in',
      'ci) mkdir -p node_modules/typescript && touch node_modules/.package-lock.json ;;',
      `run) mkdir -p dist && ln -sfn '${packageRoot}/dist/bin' dist/bin ;;`,
      'esac',
    ]);
  }

  /** Puts a program of our own in front of the system's. */
  script(name: string, lines: string[]): void {
    writeFileSync(path.join(this.bin, name), `#!/bin/sh\n${lines.join('\n')}\n`);
    chmodSync(path.join(this.bin, name), 0o755);
  }

  /** What npm was asked for since the last time. */
  asked(): string[] {
    const file = path.join(this.bin, 'asked');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    rmSync(file);
    return lines;
  }

  run(args: string[] = [], options: { cwd?: string; path?: string } = {}): Promise<Ran> {
    const began = performance.now();
    const env = { ...process.env, PATH: options.path ?? `${this.bin}:${process.env['PATH'] ?? ''}` };
    return new Promise((resolve) => {
      const script = path.join(this.folder, 'run_pipeline.sh');
      execFile('/bin/bash', [script, ...args], { cwd: options.cwd, env }, (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code);
        resolve({ code, stdout, stderr, ms: performance.now() - began });
      });
    });
  }
}

/** Makes a file look changed just now, whatever the resolution of the clock. */
function touch(file: string): void {
  const soon = Date.now() / 1000 + 5;
  utimesSync(file, soon, soon);
}

describe('run_pipeline.sh', () => {
  test('goes from a clone to a summary with tables; a second run changes nothing within 3 seconds', async () => {
    const clone = new Clone();
    const first = await clone.run([], { cwd: '/' });
    expect(first.code).toBe(0);
    expect(clone.asked()).toEqual(['ci --include=dev', 'run --silent']);
    expect(first.stderr).toContain('no CSV files in');
    // Nobody asked for fetching: it is only said what could be had.
    expect(first.stderr).toContain('series CPIAUCSL of FRED');
    expect(first.stderr).toMatch(/3,200 films, epoch 1, .* quarantined, .*peak memory/);
    expect(first.stdout + first.stderr).toContain('Star Wars');
    expect(existsSync(path.join(clone.folder, 'curated_data', 'marquee.duckdb'))).toBe(true);

    const again = await clone.run();
    expect(again.code).toBe(0);
    expect(clone.asked()).toEqual([]);
    expect(again.stderr).toContain('nothing changed');
    expect(again.stderr).not.toContain('demo');
    expect(again.ms).toBeLessThan(3000);
  });

  test('installs and builds again only what is out of date', async () => {
    const clone = new Clone();
    await clone.run(['--help']);
    clone.asked();
    await clone.run(['--help']);
    expect(clone.asked()).toEqual([]);
    touch(path.join(clone.folder, 'src', 'main.ts'));
    await clone.run(['--help']);
    expect(clone.asked()).toEqual(['run --silent']);
    writeFileSync(path.join(clone.folder, 'package-lock.json'), '{}');
    touch(path.join(clone.folder, 'package-lock.json'));
    await clone.run(['--help']);
    expect(clone.asked()[0]).toBe('ci --include=dev');
    rmSync(path.join(clone.folder, 'node_modules'), { recursive: true });
    await clone.run(['--help']);
    expect(clone.asked()[0]).toBe('ci --include=dev');
  });

  test("takes somebody else's npm ci for as good as its own", async () => {
    const clone = new Clone();
    mkdirSync(path.join(clone.folder, 'node_modules', 'typescript'), { recursive: true });
    writeFileSync(path.join(clone.folder, 'node_modules', '.package-lock.json'), '');
    touch(path.join(clone.folder, 'node_modules', '.package-lock.json'));
    await clone.run(['--help']);
    expect(clone.asked()).toEqual(['run --silent']);
  });

  test('stops with the next step where npm fails', async () => {
    const clone = new Clone();
    clone.script('npm', ['exit 1']);
    const { code, stderr } = await clone.run();
    expect(code).toBe(1);
    expect(stderr).toMatch(/npm ci failed\n {2}next: /);
  });

  test('uses the files that are there, and passes options on', async () => {
    const clone = new Clone();
    const own = newFolder();
    mkdirSync(path.join(own, 'raw', 'movie_metadata'), { recursive: true });
    writeFileSync(
      path.join(own, 'raw', 'movie_metadata', 'films.csv'),
      'title,release_year,budget,revenue\nUp,2009,175000000,735099082\n',
    );
    const { code, stdout, stderr } = await clone.run([`--root=${path.basename(own)}`, '--json'], {
      cwd: path.dirname(own),
    });
    expect(code).toBe(0);
    expect(stderr).not.toContain('demo');
    expect(JSON.parse(stdout)).toHaveProperty('standing');
    expect(readdirSync(path.join(own, 'raw'))).toEqual(['movie_metadata']);
  });

  test('does not cover up files that went away with a demo, but makes it where nothing ever was', async () => {
    const clone = new Clone();
    mkdirSync(path.join(clone.folder, 'raw', 'cpi'), { recursive: true });
    const prices = path.join(clone.folder, 'raw', 'cpi', 'prices.csv');
    writeFileSync(prices, 'DATE,CPIAUCSL\n2009-05-01,213.022\n');
    await clone.run(['--quiet']);
    rmSync(prices);
    expect((await clone.run()).stderr).not.toContain('making a demo');
    expect(existsSync(path.join(clone.folder, 'raw', 'movie_metadata'))).toBe(false);

    const empty = newFolder();
    mkdirSync(path.join(empty, 'raw'));
    await marquee(['backfill', '--quiet', '--root', empty]);
    expect((await clone.run(['--root', empty])).stderr).toContain('making a demo');
  });

  test('shows the help of backfill without making anything, and takes misuse for exit 2', async () => {
    const clone = new Clone();
    const empty = newFolder();
    expect(await clone.run(['--help', '--root', empty])).toMatchObject({ code: 0 });
    expect(readdirSync(empty)).toEqual([]);
    expect(await clone.run(['--root', '/no/such/folder'])).toMatchObject({ code: 2 });
    expect(await clone.run(['--root'])).toMatchObject({ code: 2 });
  });

  test('wants Node 20, and says so', async () => {
    const clone = new Clone();
    clone.script('node', ['echo v18.19.1']);
    const old = await clone.run();
    expect(old.code).toBe(1);
    expect(old.stderr).toMatch(
      /got Node.js v18.19.1, expected 20.19 or newer, or 22.12 or newer\n {2}next: /,
    );
    const tools = newFolder();
    symlinkSync('/usr/bin/dirname', path.join(tools, 'dirname'));
    expect((await clone.run([], { path: tools })).stderr).toMatch(/node was not found.*\n {2}next: /);
    expect(clone.asked()).toEqual([]);
  });
});
