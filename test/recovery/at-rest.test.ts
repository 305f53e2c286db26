import {
  closeSync,
  openSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openWorkspace } from '../../src/workspace.ts';
import { loadedModules, loadedModulesProbe } from '../cli/loaded-modules.ts';
import { marquee } from '../cli/run-cli.ts';
import { Root } from './root.ts';

let root: Root;

beforeEach(async () => {
  root = new Root();
  await root.backfill();
});
afterEach(() => root.dispose());

/** Whether a run that finds nothing new takes the warehouse for what it was left as. */
async function isTakenAsLeft(): Promise<boolean> {
  const { code, stdout, stderr } = await marquee(['backfill', '--root', root.folder], {
    env: loadedModulesProbe(),
  });
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('60 films') as unknown });
  return !loadedModules(stdout).some((module) => module.includes('duckdb'));
}

/** Writes into the warehouse where no marquee did. */
function scribble(at: number): void {
  const file = openSync(root.paths.warehouse, 'r+');
  writeSync(file, Buffer.alloc(64, 7), 0, 64, at);
  closeSync(file);
}

it('a run that finds nothing new does not even load DuckDB', async () => {
  expect(await isTakenAsLeft()).toBe(true);
  root.writeFilms(60, 7);
  await root.backfill();
  expect(await isTakenAsLeft()).toBe(true);
  expect(await root.verified()).toEqual([]);
});

it('a warehouse that others wrote into, or that is gone, is looked at', async () => {
  scribble(0);
  expect(await isTakenAsLeft()).toBe(false);
  expect(await root.verified()).toEqual([]);
  root.lose('warehouse');
  expect(await isTakenAsLeft()).toBe(false);
  expect(await root.verified()).toEqual([]);
});

it('so is one behind a link, beside which somebody left a log', async () => {
  const moved = `${root.folder}/elsewhere.duckdb`;
  renameSync(root.paths.warehouse, moved);
  symlinkSync(moved, root.paths.warehouse);
  expect(await isTakenAsLeft()).toBe(true);
  writeFileSync(`${moved}.wal`, '');
  expect(await isTakenAsLeft()).toBe(false);
  expect(await root.verified()).toEqual([]);
});

it('so is one that a process had open and did not close', async () => {
  const workspace = await openWorkspace({ root: root.folder, command: 'test', mayRest: true });
  const engine = await workspace.warehouse.engine();
  // What a kill leaves: nothing is noted, the files are closed and the lock is free.
  await engine.close();
  workspace.state.close();
  await workspace.close();
  expect(await isTakenAsLeft()).toBe(false);
  expect(await isTakenAsLeft()).toBe(true);
});

it('so is one of another configuration, and one whose snapshot is gone', async () => {
  root.configure('inflation: { base: "2002-07" }\n');
  expect(await isTakenAsLeft()).toBe(false);
  root.lose('curated');
  expect(await isTakenAsLeft()).toBe(false);
  expect(await isTakenAsLeft()).toBe(true);
  expect(await root.verified()).toEqual([]);
});

it('one that rotted where no time shows it is built again when it is needed', async () => {
  const { atime, mtime, size } = statSync(root.paths.warehouse);
  utimesSync(root.paths.warehouse, atime, mtime);
  // So that it is at rest with these times, which can be put back to the nanosecond.
  await root.backfill();
  scribble(0);
  utimesSync(root.paths.warehouse, atime, mtime);
  expect(statSync(root.paths.warehouse).size).toBe(size);
  expect(await isTakenAsLeft()).toBe(true);
  root.writeFilms(60, 7);
  const { remarks } = await root.backfill();
  expect(remarks).toContain('building the warehouse from raw/');
  expect(await root.verified()).toEqual([]);
});
