import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../state/sqlite-store.ts';
import { pairsOf } from './pair-chunks.ts';

const project = path.resolve(import.meta.dirname, '../..');
let folder: string;

/** state/ imports nothing of ours, so it compiles by itself: the child runs this source, whatever stands in dist/. */
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'marquee-crash-'));
  const modules = path.join(folder, 'state');
  mkdirSync(modules);
  symlinkSync(path.join(project, 'node_modules'), path.join(folder, 'node_modules'));
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    rewriteRelativeImportExtensions: true,
  };
  for (const name of readdirSync(path.join(project, 'state')).filter((file) => file.endsWith('.ts'))) {
    const source = readFileSync(path.join(project, 'state', name), 'utf8');
    const { outputText } = ts.transpileModule(source, { compilerOptions });
    writeFileSync(path.join(modules, name.replace(/ts$/, 'js')), outputText);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs the child until it is killed: at a step by itself, or after so many milliseconds. Returns the last epoch it reported. */
async function runUntilKilled(file: string, kill: { step: string } | { afterMs: number }): Promise<number> {
  const step = 'step' in kill ? kill.step : '';
  const child = spawn(
    process.execPath,
    [path.join(import.meta.dirname, 'crash-child.mjs'), path.join(folder, 'state'), file, step],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => {
    // from its first epoch on: before, it is only starting
    if (output === '' && 'afterMs' in kill) setTimeout(() => child.kill('SIGKILL'), kill.afterMs);
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const signal = await new Promise((resolve) => {
    child.on('close', (_code, by) => {
      resolve(by);
    });
  });
  expect(complaint).toBe('');
  expect(signal).toBe('SIGKILL');
  return Number(output.trim().split('\n').at(-1));
}

/** What the store holds must be that of one epoch, whole. Returns which. */
function wholeEpoch(file: string): number {
  const store = openSqliteStore(file);
  try {
    const n = Number(store.meta('n') ?? 0);
    if (n === 0) {
      expect(store.lastEpoch()).toBeNull();
      expect(store.fileState(1)?.inForce).toBeNull();
      return 0;
    }
    expect(store.lastEpoch()?.receipt).toBe(JSON.stringify({ n }));
    const { inForce } = store.fileState(1)!;
    expect(inForce).toMatchObject({ fingerprint: `f${n}`, records: 100 * n, quarantined: n % 3 });
    const pairs = pairsOf(store.readPairs(inForce!.versionId));
    expect(pairs).toHaveLength(100 * n);
    const row = (BigInt(n) << 64n) | BigInt(n);
    expect(pairs.every(([, hash]) => hash === row)).toBe(true);
    expect(store.quarantine()).toHaveLength(n % 3);
    return n;
  } finally {
    store.close();
  }
}

describe('a process killed with SIGKILL', () => {
  it.each([
    ['append', 0, false],
    ['finish', 0, false],
    ['begin', 0, true],
    ['commit', 0, true],
    ['done', 1, false],
  ])('after %s leaves epoch %d, its intent open: %s', async (step, expected, isOpen) => {
    const file = path.join(folder, `at-${step}.sqlite`);
    await runUntilKilled(file, { step });
    const store = openSqliteStore(file);
    expect(store.openEpoch() !== null).toBe(isOpen);
    store.close();
    expect(wholeEpoch(file)).toBe(expected);
  });

  it('at any moment leaves the old state or the new one, again and again', async () => {
    const file = path.join(folder, 'any.sqlite');
    const kills = process.env['MARQUEE_SOAK'] === undefined ? 6 : 60;
    for (let i = 0; i < kills; i++) {
      const reported = await runUntilKilled(file, { afterMs: Math.random() * 60 });
      const found = wholeEpoch(file);
      expect([reported, reported + 1]).toContain(found);
    }
  }, 300_000);
});
