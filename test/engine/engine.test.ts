import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DuckDbEngine } from '../../src/engine/duckdb-engine.ts';
import type { RowBatch, StagedFile } from '../../src/engine/engine.ts';
import { naturalOrder } from '../../src/engine/natural-order.ts';
import { openEngine, sources } from './open-engine.ts';

let folder: string;
let engine: DuckDbEngine;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'marquee-engine-'));
  engine = await openEngine(folder);
});

afterEach(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const file: StagedFile = {
  fileId: 1,
  source: 'movie_metadata',
  path: 'movie_metadata/a.csv',
  shape: 'tmdb_v11',
  key: ['tmdb_id'],
  isUnique: true,
  dateOrder: 'ymd',
  rank: 0,
};

// eslint-disable-next-line @typescript-eslint/require-await
async function* rows(records: readonly Readonly<Record<string, string>>[]): AsyncGenerator<RowBatch> {
  const columns = sources.find(({ source }) => source === 'movie_metadata')?.columns ?? [];
  yield {
    lines: records.map((_, index) => index + 2),
    values: columns.map((column) => records.map((record) => record[column] ?? null)),
  };
}

/** The (key, row hash) pairs of some records, as texts. */
async function pairsOf(records: readonly Readonly<Record<string, string>>[]): Promise<[string, string][]> {
  const session = await engine.openSession();
  try {
    await session.stage(file, rows(records));
    await session.settle(file.source);
    const pairs: [string, string][] = [];
    for await (const { keyHi, keyLo, rowHi, rowLo } of session.pairs(file.source, file.fileId)) {
      for (let at = 0; at < keyHi.length; at++)
        pairs.push([`${keyHi[at]} ${keyLo[at]}`, `${rowHi[at]} ${rowLo[at]}`]);
    }
    return pairs;
  } finally {
    await session.close();
  }
}

describe('row hashes', () => {
  test('a value that moves to the next column is a change', async () => {
    const [[, one] = []] = await pairsOf([{ tmdb_id: '1', title: 'A', original_title: 'B' }]);
    const [[, other] = []] = await pairsOf([{ tmdb_id: '1', title: 'B', original_title: 'A' }]);
    const [[, lone] = []] = await pairsOf([{ tmdb_id: '1', original_title: 'AB' }]);
    expect(new Set([one, other, lone]).size).toBe(3);
  });

  test('a text that looks like the encoding of two cells is not two cells', async () => {
    const [[, one] = []] = await pairsOf([{ tmdb_id: '1', title: 'Av1:B' }]);
    const [[, other] = []] = await pairsOf([{ tmdb_id: '1', title: 'A', original_title: 'B' }]);
    expect(one).not.toBe(other);
  });

  test('the key is the key columns and nothing else', async () => {
    const [[one] = []] = await pairsOf([{ tmdb_id: '1', title: 'A' }]);
    const [[other] = []] = await pairsOf([{ tmdb_id: '1', title: 'B' }]);
    expect(one).toBe(other);
  });
});

test('of a repeated key the last line stays, and the others are counted', async () => {
  const session = await engine.openSession();
  await session.stage(
    file,
    rows([
      { tmdb_id: '1', title: 'A' },
      { tmdb_id: '1', title: 'B' },
      { tmdb_id: '2', title: 'C' },
    ]),
  );
  const [outcome] = await session.settle(file.source);
  expect(outcome).toMatchObject({ records: 2, shadowed: 1 });
  session.insertAll(file.source, file.fileId);
  await session.begin([], 'everything');
  await session.keep();
  await session.close();
  const titles = await engine.rows('select title from warehouse.main.stg_movie_metadata order by title');
  expect(titles.map(({ title }) => title)).toEqual(['B', 'C']);
});

test('what is rolled back leaves no trace', async () => {
  const session = await engine.openSession();
  await session.stage(file, rows([{ tmdb_id: '1', title: 'A' }]));
  await session.settle(file.source);
  session.insertAll(file.source, file.fileId);
  await session.begin([], 'changes');
  await session.run('join', () => undefined);
  await session.close();
  for (const relation of ['raw_file', 'raw_movie_metadata', 'stg_movie_metadata', 'movies']) {
    expect(await engine.rows(`from warehouse.main.${relation}`)).toEqual([]);
  }
});

test('paths sort as people count', () => {
  const names = ['drop-10.csv', 'drop-9.csv', 'drop-009.csv', 'drop.csv', 'Drop-2.csv'];
  const sorted = [...names].sort((a, b) => (naturalOrder(a) < naturalOrder(b) ? -1 : 1));
  expect(sorted).toEqual(['Drop-2.csv', 'drop-009.csv', 'drop-9.csv', 'drop-10.csv', 'drop.csv']);
});
