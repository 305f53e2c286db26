import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BatchResult } from '../../operators/batch.ts';
import { acquireLock } from '../../src/lock.ts';
import { marquee, type CliResult } from '../cli/run-cli.ts';
import { Root } from '../recovery/root.ts';

// Several processes each, some seconds on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

let root: Root;
beforeEach(() => {
  root = new Root();
});
afterEach(() => root.dispose());

const run = (...args: string[]): Promise<CliResult> => marquee(['backfill', ...args, '--root', root.folder]);

/**
 * Every file of the root with what it holds and when it was written. What `.marquee/tmp` holds is nobody's, and an empty log comes
 * and goes with whoever reads the state store.
 */
function everything(folder = root.folder): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): string[] => {
    const place = path.join(folder, entry.name);
    if (place === root.paths.temp || /-(wal|shm)$/.test(place)) return [];
    if (entry.isDirectory()) return everything(place);
    const { mtimeMs } = lstatSync(place);
    const holds = entry.isSymbolicLink()
      ? readlinkSync(place)
      : createHash('sha256').update(readFileSync(place)).digest('hex');
    return [`${path.relative(root.folder, place)} ${mtimeMs} ${holds}`];
  });
}

/** What became of the files, or would, and what was written for it. */
function outcome({ stdout }: CliResult): unknown {
  const { results } = JSON.parse(stdout) as { results: BatchResult[] };
  return results.map(({ receipt, accounts, unchanged }) => ({
    epoch: receipt?.epoch,
    scope: receipt?.scope,
    films: receipt?.films,
    partitions: receipt?.partitionsRewritten,
    aggregates: receipt?.aggregatesRewritten,
    accounts,
    unchanged,
  }));
}

/** Makes a dry run, sees that it left all as it was, then the run; their outcomes. */
async function both(...args: string[]): Promise<{ dry: CliResult; real: CliResult }> {
  const before = everything();
  const dry = await run('--dry-run', '--json', ...args);
  expect(everything()).toEqual(before);
  const real = await run('--json', ...args);
  expect(outcome(dry)).toEqual(outcome(real));
  expect(dry.code).toBe(real.code);
  return { dry, real };
}

test('says of a first run what comes of it, and leaves no trace', async () => {
  const { dry } = await both();
  expect(outcome(dry)).toMatchObject([{ epoch: 1, scope: 'everything', films: { total: 60 } }]);
});

test('of a root that was never worked on leaves not even a folder', async () => {
  const { code, stderr } = await run('--dry-run');
  expect(code).toBe(0);
  expect(stderr).toContain('a dry run: what marquee backfill would do now; nothing was changed');
  expect(stderr).toMatch(/taken movie_metadata\/films\.csv .*60 inserted/);
  expect(stderr).not.toContain('point a BI tool');
  expect(readdirSync(root.folder)).toEqual(['raw']);
});

test('says of a changed, a removed and an unchanged file the same as the run', async () => {
  root.write('movie_metadata/more.csv', 'tmdb_id,title,release_date\n900,More,2002-02-02\n');
  await root.backfill();
  root.writeFilms(60, 7);
  root.remove('movie_metadata/more.csv');
  const { dry } = await both();
  expect(outcome(dry)).toMatchObject([{ epoch: 2, scope: 'changes', unchanged: 2 }]);
  expect(await root.verified()).toEqual([]);
});

test('says what would be held, and holds nothing; --accept-all what would be taken', async () => {
  await root.backfill();
  root.writeFilms(20);
  const accepted = await run('--dry-run', '--accept-all', '--json');
  expect(outcome(accepted)).toMatchObject([{ accounts: [{ status: 'taken', deleted: 40 }] }]);
  expect(root.held()).toEqual([]);
  const { dry } = await both();
  expect(dry.code).toBe(3);
  expect(outcome(dry)).toMatchObject([{ accounts: [{ status: 'held' }] }]);
});

test('says what another configuration recomputes', async () => {
  await root.backfill();
  root.configure('inflation: { base: "2000-01" }\n');
  const { dry } = await both();
  expect(outcome(dry)).toMatchObject([{ epoch: 2, scope: 'everything' }]);
  expect(JSON.parse(dry.stdout)).toMatchObject({
    isDry: true,
    remarks: [expect.stringContaining('everything is recomputed')],
  });
});

test('of stores that are damaged says that they are built again, and leaves them', async () => {
  await root.backfill();
  rmSync(root.paths.warehouse);
  const { dry } = await both();
  expect(JSON.parse(dry.stdout)).toMatchObject({ remarks: ['building the warehouse from raw/'] });
});

test('of stores that are links leaves also what they lead to', async () => {
  await root.backfill();
  const elsewhere = mkdtempSync(path.join(tmpdir(), 'marquee-elsewhere-'));
  try {
    for (const store of [root.paths.warehouse, root.paths.state]) {
      const moved = path.join(elsewhere, path.basename(store));
      renameSync(store, moved);
      symlinkSync(moved, store);
    }
    root.writeFilms(60, 7);
    const before = everything(elsewhere);
    expect(await run('--dry-run')).toMatchObject({ code: 0 });
    expect(everything(elsewhere)).toEqual(before);
    await both();
    expect(await root.verified()).toEqual([]);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
});

test('says that another program wrote into the serving file', async () => {
  await root.backfill();
  const later = new Date(Date.now() + 60_000);
  utimesSync(path.join(root.paths.curated, 'marquee.duckdb'), later, later);
  const { dry, real } = await both();
  const remarks = ['another program wrote into marquee.duckdb: publishing again'];
  expect(JSON.parse(dry.stdout)).toMatchObject({ remarks });
  expect(JSON.parse(real.stdout)).toMatchObject({ remarks });
});

test('fails as the run does, and speaks of the root', async () => {
  await root.backfill();
  root.writeFilms(60, 7);
  rmSync(path.join(root.paths.curated, 'aggregates'));
  mkdirSync(path.join(root.paths.curated, 'aggregates'));
  const blocked = await run('--dry-run');
  expect(blocked).toMatchObject({ code: 1 });
  expect(blocked.stderr).toContain(`${path.join(root.paths.curated, 'aggregates')} is a folder`);
  symlinkSync('nowhere.yaml', path.join(root.folder, 'marquee.yaml'));
  expect(await run('--dry-run')).toMatchObject({ code: 2 });
});

test('tells nobody, and clears what a dry run that was killed left behind', async () => {
  root.configure('on_epoch: { command: "touch told" }\n');
  await root.backfill();
  root.writeFilms(60, 7);
  const left = path.join(root.paths.temp, 'dry-run', '.marquee');
  mkdirSync(left, { recursive: true });
  writeFileSync(path.join(left, 'state.sqlite'), 'half a copy');
  expect(await run('--dry-run')).toMatchObject({ code: 0 });
  expect(existsSync(path.join(root.folder, 'told'))).toBe(false);
  expect(readdirSync(root.paths.temp)).toEqual([]);
});

test('is refused beside another marquee, and together with what writes', async () => {
  const lock = acquireLock(root.folder, 'watch');
  expect(await run('--dry-run')).toMatchObject({ code: 75 });
  lock.release();
  for (const other of ['--fetch', '--profile']) {
    const { code, stderr } = await run('--dry-run', other);
    expect(code).toBe(2);
    expect(stderr).toContain(`got both --dry-run and ${other}`);
  }
});
