import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { RowBatch } from '../../src/engine/engine.ts';
import { openEngine, sources } from './open-engine.ts';

/** More than three of DuckDB's chunks, and more than one of a delta's. */
const count = 10_000;

it('pairs go on to the last while changes are noted on the way', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'marquee-pairs-'));
  const engine = await openEngine(folder, { file: path.join(folder, 'warehouse.duckdb'), threads: 2 });
  const session = await engine.openSession();
  try {
    const source = 'movie_metadata';
    const columns = sources.find((declared) => declared.source === source)?.columns ?? [];
    const batch = (start: number): RowBatch => {
      const ids = Array.from({ length: 2000 }, (_, index) => String(start + index));
      const cells = (column: string): (string | null)[] =>
        ids.map((id) => (['tmdb_id', 'title'].includes(column) ? id : null));
      return { lines: ids.map(Number), values: columns.map(cells) };
    };
    const file = { fileId: 7, source, path: 'movie_metadata/a.csv', shape: 'tmdb_v11', key: ['tmdb_id'] };
    await session.stage(
      { ...file, isUnique: true, dateOrder: 'ymd', rank: 0 },
      // eslint-disable-next-line @typescript-eslint/require-await
      (async function* () {
        for (let start = 2; start < count; start += 2000) yield batch(start);
      })(),
    );
    await session.settle(source);
    const keys: bigint[] = [];
    for await (const { keyHi, keyLo } of session.pairs(source, file.fileId)) {
      await session.change(source, file.fileId, { op: new Uint8Array(keyHi.length), keyHi, keyLo });
      keyHi.forEach((high, at) => keys.push((high << 64n) | (keyLo[at] ?? 0n)));
    }
    expect(keys).toHaveLength(count);
    expect(keys).toEqual([...keys].sort((a, b) => (a < b ? -1 : 1)));
  } finally {
    await session.close();
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
