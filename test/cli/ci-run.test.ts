import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { newFolder } from './new-folder.ts';

const passed = { status: 'passed', assertionResults: [{ status: 'passed' }] };

/** Runs .ci/run with an npm that does what it is told: exit codes by step, and what the tests report. */
function ci(steps: {
  ci?: number;
  test?: number;
  check?: number;
  report?: object;
}): Promise<{ code: number; last: string }> {
  const [clone, bin] = [newFolder('ci'), newFolder('bin')];
  mkdirSync(path.join(clone, '.ci'));
  copyFileSync(path.join(packageRoot, '.ci', 'run'), path.join(clone, '.ci', 'run'));
  const report = path.join(clone, 'report.json');
  writeFileSync(report, steps.report === undefined ? '' : JSON.stringify(steps.report));
  const npm = `#!/bin/bash
case "$1" in
ci) exit ${steps.ci ?? 0} ;;
test) for a; do case "$a" in --outputFile.json=*) cat '${report}' > "\${a#*=}" ;; esac; done; exit ${steps.test ?? 0} ;;
run) [[ "$2" == check:static ]] || exit 9; exit ${steps.check ?? 0} ;;
esac`;
  writeFileSync(path.join(bin, 'npm'), npm);
  chmodSync(path.join(bin, 'npm'), 0o755);
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  return new Promise((resolve) => {
    execFile('/bin/bash', [path.join(clone, '.ci', 'run')], { env, cwd: '/' }, (error, stdout) => {
      resolve({
        code: error === null ? 0 : Number(error.code),
        last: stdout.trimEnd().split('\n').at(-1) ?? '',
      });
    });
  });
}

describe('.ci/run', () => {
  test('ends with the count of tests, and passes when all do', async () => {
    const report = { numPassedTests: 12, numFailedTests: 0, testResults: [passed] };
    expect(await ci({ report })).toEqual({ code: 0, last: '12 passed, 0 failed' });
  });

  test('fails with the tests', async () => {
    const report = { numPassedTests: 11, numFailedTests: 1, testResults: [passed] };
    expect(await ci({ report, test: 1 })).toEqual({ code: 1, last: '11 passed, 1 failed' });
  });

  test('counts a test file that could not be loaded, or set up, as one that failed', async () => {
    for (const assertionResults of [[], [{ status: 'skipped' }]]) {
      const testResults = [passed, { status: 'failed', assertionResults }];
      expect(await ci({ report: { numPassedTests: 3, numFailedTests: 0, testResults } })).toEqual({
        code: 1,
        last: '3 passed, 1 failed',
      });
    }
  });

  test('fails where format, lint or types do, though all tests pass', async () => {
    const report = { numPassedTests: 3, numFailedTests: 0, testResults: [passed] };
    expect(await ci({ report, check: 1 })).toEqual({ code: 1, last: '3 passed, 0 failed' });
  });

  test('fails where the packages cannot be installed or the build breaks', async () => {
    expect(await ci({ ci: 1 })).toEqual({ code: 1, last: '0 passed, 1 failed' });
    expect(await ci({ test: 2 })).toEqual({ code: 1, last: '0 passed, 1 failed' });
  });
});
