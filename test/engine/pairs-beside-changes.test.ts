import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DuckDbEngine } from '../../src/engine/duckdb-engine.ts';
import type { EpochSession, RowBatch, StagedFile } from '../../src/engine/engine.ts';
import { openEngine, sources } from './open-engine.ts';

const source = 'movie_metadata';
const columns = sources.find((declared) => declared.source === source)?.columns ?? [];

let folder: string;
let engine: DuckDbEngine;
let session: EpochSession;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'marquee-pairs-'));
  engine = await openEngine(folder, { file: path.join(folder, 'warehouse.duckdb'), threads: 2 });
  session = await engine.openSession();
});
afterEach(async () => {
  await session.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Stages a file of so many records. */
async function stage(fileId: number, count: number): Promise<void> {
  const file = { fileId, source, path: `${source}/${fileId}.csv`, shape: 'tmdb_v11', key: ['tmdb_id'] };
  const staged: StagedFile = { ...file, isUnique: true, dateOrder: 'ymd', rank: 0 };
  // eslint-disable-next-line @typescript-eslint/require-await
  const batches = async function* (): AsyncGenerator<RowBatch> {
    for (let start = 0; start < count; start += 2000) {
      const lines = Array.from({ length: Math.min(2000, count - start) }, (_, index) => start + index + 2);
      const cells = (column: string): (string | null)[] =>
        lines.map((line) => (['tmdb_id', 'title'].includes(column) ? String(line) : null));
      yield { lines, values: columns.map(cells) };
    }
  };
  await session.stage(staged, batches());
}

/** Reads the keys of a file's pairs, noting changes on the way. */
async function keysOf(fileId: number): Promise<bigint[]> {
  const keys: bigint[] = [];
  for await (const { keyHi, keyLo } of session.pairs(source, fileId)) {
    await session.change(source, fileId, { op: new Uint8Array(keyHi.length), keyHi, keyLo });
    keyHi.forEach((high, at) => keys.push((high << 64n) | (keyLo[at] ?? 0n)));
  }
  return keys;
}

const sorted = (keys: readonly bigint[]): bigint[] => [...keys].sort((a, b) => (a < b ? -1 : 1));

it('pairs go on to the last while changes are noted on the way', async () => {
  // More than three of DuckDB's chunks, and more than one of a delta's.
  await stage(7, 10_000);
  await session.settle(source);
  const keys = await keysOf(7);
  expect(keys).toHaveLength(10_000);
  expect(keys).toEqual(sorted(keys));
});

it('each of many files has its own, small ones that are read together as well as large ones', async () => {
  // More files, and more pairs, than are read together; some lie across two of DuckDB's chunks.
  const counts = Array.from({ length: 1150 }, (_, at) =>
    at % 90 === 7 ? 5000 : at % 40 === 3 ? 3000 : at % 11 === 0 ? 0 : 1 + (at % 5),
  );
  for (const [fileId, count] of counts.entries()) await stage(fileId, count);
  await session.settle(source);
  // All files say the same: of a file with more records, the keys of one with fewer are some.
  const all = new Set(await keysOf(7));
  for (const [fileId, count] of counts.entries()) {
    const keys = await keysOf(fileId);
    expect(keys).toHaveLength(count);
    expect(keys).toEqual(sorted(keys));
    expect(new Set(keys).size).toBe(count);
    expect(keys.every((key) => all.has(key))).toBe(true);
  }
});
