import { renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lastValueFrom, of } from 'rxjs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BatchResult } from '../../operators/batch.ts';
import type { OpenedDrop } from '../../operators/opened-drop.ts';
import { pipeline, type PipelineDeps } from '../../src/pipeline.ts';
import { pipelineDeps } from '../../src/pipeline-deps.ts';
import { scanRaw } from '../../src/scan.ts';
import { World } from '../property/world.ts';
import { csv, drop, film, filmValues } from './drops.ts';

const name = 'movie_metadata/films.csv';
const silent = { begin: () => ({ advance: () => undefined, done: () => undefined }) };
/** Two versions of the same length; more than one batch of rows, so that a reader can be between them. */
const [first, second] = ['1', '2'].map((revenue) =>
  csv(Array.from({ length: 2500 }, (_, at) => film(1, { tmdb_id: String(at + 1), revenue }))),
) as [string, string];

let world: World;
let whole: string;

beforeEach(() => {
  world = new World();
  whole = path.join(world.root, 'raw', name);
  drop(world, name, first);
});
afterEach(() => world.dispose());

/** Takes raw/ through the chain with some of its dependencies replaced. */
async function runWith(over: (deps: PipelineDeps) => Partial<PipelineDeps>): Promise<BatchResult> {
  const workspace = await world.open();
  const deps = pipelineDeps(workspace, { report: silent });
  const untouched = { publish: () => Promise.resolve(0), tidy: () => Promise.resolve() };
  const chain = pipeline({ ...deps, ...untouched, ...over(deps) });
  return lastValueFrom(of(scanRaw(path.join(world.root, 'raw'), ['movie_metadata'], [])).pipe(chain));
}

/** Does something after the first batch of rows was read. */
function midway(action: () => void): (deps: PipelineDeps) => Partial<PipelineDeps> {
  return (deps) => ({
    open: async (file, source) => {
      const opened = await deps.open(file, source);
      return 'read' in opened ? { ...opened, read: () => interrupted(opened.read(), action) } : opened;
    },
  });
}

async function* interrupted(
  rows: ReturnType<OpenedDrop['read']>,
  action: () => void,
): ReturnType<OpenedDrop['read']> {
  let isDone = false;
  for (;;) {
    const next = await rows.next();
    if (next.done === true) return next.value;
    yield next.value;
    if (!isDone) action();
    isDone = true;
  }
}

async function revenues(): Promise<unknown[]> {
  return (await filmValues(world, 'distinct revenue, 0 as movie_key')).map(({ revenue }) => Number(revenue));
}

const replacements: readonly [string, () => void][] = [
  ['overwritten', () => writeFileSync(whole, second)],
  [
    'overwritten, with its time set back',
    () => {
      const { atime, mtime } = statSync(whole);
      writeFileSync(whole, second);
      utimesSync(whole, atime, mtime);
    },
  ],
  [
    'replaced by rename',
    () => {
      writeFileSync(`${whole}.part`, second);
      renameSync(`${whole}.part`, whole);
    },
  ],
  ['cut off', () => writeFileSync(whole, second.slice(0, 50_000))],
  ['added to', () => writeFileSync(whole, '9999,Film,1999,1,1\n', { flag: 'a' })],
];

test.each(replacements)(
  'a file that is %s while it is read is read again, and nothing of the mix is kept',
  async (_, replace) => {
    const began = Date.now();
    const unchanged = (): void => {
      // Times tell the versions apart only where the clock of the file system went on.
      while (Date.now() < began + 20) continue;
      replace();
    };
    await expect(runWith(midway(unchanged))).rejects.toMatchObject({
      code: 'file-changed-while-reading',
      retryable: true,
    });
    expect(await revenues()).toEqual([]);
    await world.restart();
    const result = await world.run({ acceptAll: false });
    expect(result.accounts).toMatchObject([{ status: 'taken', deleted: 0 }]);
    expect(await world.differences()).toEqual([]);
  },
);

test('a version in force stays while its successor is replaced under the reader', async () => {
  await world.run();
  drop(world, name, second);
  await expect(runWith(midway(() => drop(world, name, `${first}\n`)))).rejects.toMatchObject({
    retryable: true,
  });
  expect(await revenues()).toEqual([1]);
  await world.restart();
  expect((await world.run({ acceptAll: false })).accounts).toMatchObject([{ unchanged: 2500 }]);
  expect(await revenues()).toEqual([1]);
});

test('a file that goes while it is read is no error that stays', async () => {
  await world.run();
  drop(world, name, second);
  await expect(runWith(midway(() => world.remove(name)))).rejects.toMatchObject({
    code: 'file-vanished',
    retryable: true,
  });
  await world.restart();
  expect((await world.run()).accounts).toMatchObject([{ status: 'removed', deleted: 2500 }]);
});

test('bytes that were never read are not taken for refused, when others stood there for a moment', async () => {
  const swapped = runWith((deps) => ({
    open: (file, source) => {
      drop(world, name, 'no,header,of,ours\n1,2,3,4\n');
      return deps.open(file, source);
    },
  }));
  await expect(swapped).rejects.toMatchObject({ code: 'file-changed-while-reading', retryable: true });
  drop(world, name, first);
  await world.restart();
  expect((await world.run()).accounts).toMatchObject([{ status: 'taken', inserted: 2500 }]);
});
