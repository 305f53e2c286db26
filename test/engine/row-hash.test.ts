import { version } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { rowHashScheme } from '../../src/engine/row-hash.ts';

it('row hashes are named after the engine that computes them: another one may compute others', () => {
  expect(rowHashScheme).toBe(`duckdb-${version().replace(/^v/, '')}`);
});
