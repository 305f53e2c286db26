import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { newFolder } from './new-folder.ts';
import { marquee } from './run-cli.ts';

/** Threads of a process that reads a file in the background, when it ends. */
async function threadsAtEnd(poolSize: string | undefined): Promise<number> {
  const counter = path.join(newFolder('threads'), 'count.cjs');
  writeFileSync(
    counter,
    `process.on('exit', () => process.stderr.write('threads ' + require('node:fs').readdirSync('/proc/self/task').length + '\\n'));`,
  );
  const { code, stderr } = await marquee(['--version'], {
    env: { NODE_OPTIONS: `--require=${counter}`, UV_THREADPOOL_SIZE: poolSize },
  });
  expect(code).toBe(0);
  return Number(/^threads (\d+)$/m.exec(stderr)?.[1]);
}

test.runIf(existsSync('/proc/self/task'))(
  'the pool of threads is as small as the engine, unless somebody says otherwise',
  async () => {
    const threads = await threadsAtEnd(undefined);
    expect(await threadsAtEnd('2')).toBe(threads);
    expect(await threadsAtEnd('4')).toBe(threads + 2);
  },
);
