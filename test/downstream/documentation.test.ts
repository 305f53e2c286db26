import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSqlLibrary } from '../../src/engine/sql-library.ts';
import { readEmptyServing, type PublishedRelation } from './empty-serving.ts';

const { documentation } = loadSqlLibrary();
const folder = mkdtempSync(path.join(tmpdir(), 'marquee-documentation-'));
let published: ReadonlyMap<string, PublishedRelation>;

beforeAll(async () => {
  published = await readEmptyServing(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('every published relation is documented, and nothing else is', () => {
  expect(Object.keys(documentation).sort()).toEqual([...published.keys()].sort());
});

describe.each(Object.entries(documentation))('%s', (relation, { description, columns }) => {
  test('every column is documented, in the order of the relation, and none that is not there', () => {
    expect(Object.keys(columns)).toEqual([...(published.get(relation)?.columns.keys() ?? [])]);
  });

  test('the serving file carries the texts as comments', () => {
    expect(published.get(relation)?.comment).toBe(description);
    expect(Object.fromEntries(published.get(relation)?.columns ?? [])).toEqual(columns);
  });
});
