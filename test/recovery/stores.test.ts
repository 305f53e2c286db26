import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { acquireLock } from '../../src/lock.ts';
import { publishedSnapshot } from '../../src/published-snapshot.ts';
import { Root } from './root.ts';

// Several backfills each, a second or more on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const roots: Root[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const root of roots.splice(0)) root.dispose();
});

/** A root with an epoch behind it. */
async function makeRoot(): Promise<{ root: Root; good: string[] }> {
  const root = new Root();
  roots.push(root);
  await root.backfill();
  return { root, good: await root.published() };
}

/** Backfills; what is published must be what it was, and what a recomputation says. */
async function expectHealed(root: Root, good: readonly string[], remark: RegExp): Promise<void> {
  const { remarks } = await root.backfill();
  expect(remarks.join('\n')).toMatch(remark);
  expect(await root.published()).toEqual(good);
  expect(await root.verified()).toEqual([]);
  const again = await root.backfill();
  expect(again.remarks).toEqual([]);
  expect(again.results[0]?.receipt).toBeNull();
}

async function inDuckDb(file: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`attach '${file}' as w; ${sql}; detach w`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe('the state store', () => {
  test('lost: everything is built again, and epochs go on', async () => {
    const { root, good } = await makeRoot();
    root.lose('state');
    await expectHealed(root, good, /watermark store does not know this warehouse/);
    expect(root.epoch()).toBe(2);
  });

  test('corrupt: it is set aside, and everything is built again', async () => {
    const { root, good } = await makeRoot();
    writeFileSync(root.paths.state, Buffer.alloc(40_000, 'x'));
    await expectHealed(root, good, /watermark store was damaged and is now .*state\.sqlite\.damaged/);
  });

  test.each(['segment', 'file_blocks', 'record_keys'])(
    'damaged in a page of %s, which shows only when it is read: it is set aside then, and everything is built again',
    async (table) => {
      vi.stubEnv('MARQUEE_BLOCK_BYTES', '512');
      vi.stubEnv('MARQUEE_BULK_BYTES', '0');
      const { root } = await makeRoot();
      const db = new Database(root.paths.state);
      const page = db.prepare('select max(pageno) from dbstat where name = ?').pluck().get(table) as number;
      db.close();
      const torn = readFileSync(root.paths.state);
      torn.fill(0x5a, (page - 1) * 16_384, page * 16_384);
      writeFileSync(root.paths.state, torn);
      root.writeFilms(60, 7);
      const { remarks } = await root.backfill();
      expect(remarks.join()).toContain('watermark store was damaged');
      expect(await root.verified()).toEqual([]);
      expect(existsSync(`${root.paths.state}.distrusted`)).toBe(false);
      expect((await root.backfill()).remarks).toEqual([]);
    },
  );

  test('found to be damaged, and moved aside by a person since: what was moved stays, and nothing is set aside', async () => {
    const { root, good } = await makeRoot();
    renameSync(root.paths.state, `${root.paths.state}.damaged`);
    writeFileSync(`${root.paths.state}.distrusted`, '');
    await expectHealed(root, good, /^(?!.*was damaged).*watermark store does not know this warehouse/s);
    expect(existsSync(`${root.paths.state}.damaged`)).toBe(true);
  });

  test('of a newer schema: refused, and nothing is touched', async () => {
    const { root, good } = await makeRoot();
    const db = new Database(root.paths.state);
    db.pragma('user_version = 99');
    db.close();
    await expect(root.backfill()).rejects.toMatchObject({ code: 'state-newer' });
    expect(await root.published()).toEqual(good);
  });

  test('of another root: it is set aside, and what is saved here stays in force', async () => {
    const { root, good } = await makeRoot();
    root.writeFilms(20);
    await root.backfill();
    expect(root.held()).toEqual(['movie_metadata/films.csv']);
    const other = new Root();
    roots.push(other);
    other.writeFilms(30);
    await other.backfill();
    root.lose('state');
    cpSync(other.paths.state, root.paths.state);
    await expectHealed(root, good, /watermark store is that of .* and is now .*state\.sqlite\.foreign/);
    expect(root.held()).toEqual(['movie_metadata/films.csv']);
  });
});

describe('the warehouse', () => {
  test('lost: it is built again', async () => {
    const { root, good } = await makeRoot();
    root.lose('warehouse');
    await expectHealed(root, good, /building the warehouse from raw/);
  });

  test('corrupt: it is built again', async () => {
    const { root, good } = await makeRoot();
    writeFileSync(root.paths.warehouse, Buffer.alloc(40_000, 'x'));
    await expectHealed(root, good, /it is a cache, and built again from raw/);
  });

  test('of another program: it is built again', async () => {
    const { root, good } = await makeRoot();
    root.lose('warehouse');
    await inDuckDb(root.paths.warehouse, 'create table w.main.mine as select 1 as a');
    await expectHealed(root, good, /built again from raw/);
  });

  test('of another root: it is built again', async () => {
    const { root, good } = await makeRoot();
    const other = new Root();
    roots.push(other);
    other.writeFilms(30);
    await other.backfill();
    cpSync(other.paths.warehouse, root.paths.warehouse);
    await expectHealed(root, good, /not the one the watermark store knows/);
  });

  test('computed under other sql/: everything is recomputed', async () => {
    const { root, good } = await makeRoot();
    await inDuckDb(root.paths.warehouse, `update w.main.warehouse_info set plan_hash = 'older'`);
    await expectHealed(root, good, /configuration or sql\/ changed: everything is recomputed/);
  });

  test('made from other declarations: all files are read again, the guard stays out of it', async () => {
    const { root, good } = await makeRoot();
    root.writeFilms(20);
    await root.backfill();
    await inDuckDb(root.paths.warehouse, `update w.main.warehouse_info set raw_hash = 'older'`);
    await expectHealed(root, good, /how files are read .* changed: all of them are read again/);
    expect(root.held()).toEqual(['movie_metadata/films.csv']);
  });
});

test('another configuration recomputes everything; until then nothing is called verified', async () => {
  const { root, good } = await makeRoot();
  root.configure('inflation: { base: "2002" }\n');
  await expect(root.verified()).rejects.toMatchObject({ code: 'verify-outdated' });
  const { remarks, results } = await root.backfill();
  expect(remarks.join()).toMatch(/everything is recomputed/);
  expect(results[0]?.receipt?.scope).toBe('everything');
  expect(await root.published()).not.toEqual(good);
  expect(await root.verified()).toEqual([]);
});

describe('what is published', () => {
  test('lost: it is published again', async () => {
    const { root, good } = await makeRoot();
    root.lose('curated');
    await expectHealed(
      root,
      good,
      /(?:what was published is gone|is gone|another program wrote into \S+): publishing again/,
    );
  });

  test('a Parquet file deleted behind our back is written by the next epoch', async () => {
    const { root } = await makeRoot();
    rmSync(path.join(publishedSnapshot(root.folder), 'movies_enriched', 'release_year=2003'), {
      recursive: true,
    });
    expect(await root.verified()).not.toEqual([]);
    root.writeFilms(60, 5); // touches films of 2002 and 2000 only
    await root.backfill();
    expect(await root.verified()).toEqual([]);
  });

  test('a root that was moved is published again, at its new place', async () => {
    const { root, good } = await makeRoot();
    const to = `${root.folder}-moved`;
    renameSync(root.folder, to);
    root.folder = to;
    expect((await root.verified()).length).toBeGreaterThan(0);
    await expectHealed(root, good, /folder was moved: publishing again/);
  });

  test('a copy of a root does not go on reading the Parquet files of the original', async () => {
    const { root, good } = await makeRoot();
    const copy = new Root();
    roots.push(copy);
    rmSync(copy.folder, { recursive: true });
    cpSync(root.folder, copy.folder, { recursive: true, verbatimSymlinks: true });
    expect((await copy.verified()).join('\n')).toMatch(/not the snapshot that it is part of/);
    await expectHealed(copy, good, /folder was moved: publishing again/);
  });
});

test('a root that another process holds is left alone', async () => {
  const { root, good } = await makeRoot();
  const lock = acquireLock(root.folder, 'watch');
  try {
    await expect(root.backfill()).rejects.toMatchObject({ code: 'root-locked', exitCode: 75 });
    expect(await root.verified()).toEqual([]);
    expect(await root.published()).toEqual(good);
  } finally {
    lock.release();
  }
});

test.skipIf(process.getuid?.() === 0)(
  'a folder that may not be written to: a clear error, and nothing half-published',
  async () => {
    const { root, good } = await makeRoot();
    const folder = path.join(root.folder, 'curated_data', '.snapshots');
    root.writeFilms(60, 9);
    chmodSync(folder, 0o555);
    try {
      await expect(root.backfill()).rejects.toMatchObject({ code: 'EACCES' });
      expect(await root.published()).toEqual(good);
    } finally {
      chmodSync(folder, 0o755);
    }
    await root.backfill();
    expect(await root.verified()).toEqual([]);
  },
);

test('nothing of a verification stays behind', async () => {
  const { root } = await makeRoot();
  const left = path.join(root.folder, '.marquee', 'verify-999999999');
  cpSync(path.join(root.folder, 'raw'), left, { recursive: true });
  await root.verified();
  expect(existsSync(left)).toBe(false);
  expect(readdirSync(path.join(root.folder, '.marquee')).filter((name) => name.startsWith('verify'))).toEqual(
    [],
  );
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('marquee-verify'))).toEqual([]);
});
