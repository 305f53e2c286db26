import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { version } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { literal } from '../../src/engine/connection.ts';
import type { DuckDbEngine } from '../../src/engine/duckdb-engine.ts';
import { rowHash, rowHashScheme } from '../../src/engine/row-hash.ts';
import { RowHasher } from '../../src/engine/row-hasher.ts';
import { openEngine } from './open-engine.ts';

it('row hashes are named after the engine that computes them: another one may compute others', () => {
  expect(rowHashScheme).toBe(`duckdb-${version().replace(/^v/, '')}`);
});

describe('the hash of a row', () => {
  let engine: DuckDbEngine;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'marquee-hash-'));
    engine = await openEngine(folder);
  });
  afterAll(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const character = fc.constantFrom('a', 'Z', '7', ' ', '"', 'é', '漢', '😀', '\n', '\u0001', '\u007f');
  // Around every length at which something changes: 8 and 12 bytes, and from where on seeds are not at hand.
  const text = fc.oneof(
    fc.array(character, { maxLength: 30 }).map((all) => all.join('')),
    fc.integer({ min: 505, max: 520 }).map((length) => 'x'.repeat(length)),
    fc.constantFrom('', 'y'.repeat(100_000)),
  );
  const columns = ['a', 'b', 'c', 'd'] as const;
  const row = fc.tuple(...columns.map(() => fc.option(text)));

  function hashed(values: readonly (string | null)[]): bigint {
    const hasher = new RowHasher();
    hasher.begin();
    for (const value of values) {
      if (value === null) hasher.addNull();
      else {
        // It begins anywhere, and what stands behind it is of no consequence.
        const bytes = Buffer.from(`...${value}"""""""`);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        hasher.addText(view, 3, bytes.length - 10);
      }
    }
    const into = new Uint32Array(8);
    hasher.end(into, 1);
    const [hi = 0n, lo = 0n] = new BigUint64Array(into.buffer, 16, 2);
    return (hi << 64n) | lo;
  }

  it('is the same whether the engine computes it or its bytes are looked at', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
        const value = (cell: string | null): string => (cell === null ? 'null::varchar' : literal(cell));
        const values = rows.map((cells, at) => `(${at}, ${cells.map(value).join(', ')})`);
        const found = await engine.rows(`
          select cast(${rowHash(columns)} as varchar) as hash
          from (values ${values.join(', ')}) t(place, ${columns.join(', ')}) order by place`);
        expect(rows.map((cells) => String(hashed(cells)))).toEqual(found.map(({ hash }) => hash));
      }),
      { numRuns: process.env['MARQUEE_SOAK'] === undefined ? 100 : 3000 },
    );
  });
});
