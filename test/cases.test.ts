import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openQuerySandbox } from '../src/engine/query-sandbox.ts';
import { packageRoot } from '../src/package-root.ts';
import { publishedSnapshot } from '../src/published-snapshot.ts';
import { backfillOnce } from '../src/run-batches.ts';

/**
 * Each folder of fixtures/cases is a case: numbered drops that are copied into raw/ one after another, each followed by
 * a backfill, then a query and the rows it has to yield.
 */
const cases = path.join(packageRoot, 'fixtures', 'cases');
const silent = { begin: () => ({ advance: () => undefined, done: () => undefined }) };

test.each(readdirSync(cases))('case %s', async (name) => {
  const root = mkdtempSync(path.join(tmpdir(), 'marquee-case-'));
  try {
    for (let drop = 1; existsSync(path.join(cases, name, String(drop))); drop++) {
      mkdirSync(path.join(root, 'raw'), { recursive: true });
      cpSync(path.join(cases, name, String(drop)), path.join(root, 'raw'), { recursive: true });
      await backfillOnce({ root, command: 'test' }, { report: silent });
    }
    const expected = readFileSync(path.join(cases, name, 'expected.csv'), 'utf8');
    expect(await answer(root, readFileSync(path.join(cases, name, 'query.sql'), 'utf8'))).toBe(expected);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

async function answer(root: string, sql: string): Promise<string> {
  const sandbox = await openQuerySandbox(publishedSnapshot(root), { memoryLimit: '300MB', threads: 1 });
  try {
    const { names, chunks } = await sandbox.select(sql);
    const lines = [names.join(',')];
    for await (const chunk of chunks) {
      for (const row of chunk.getRows())
        lines.push(row.map((cell) => (cell === null ? '' : String(cell))).join(','));
    }
    return `${lines.join('\n')}\n`;
  } finally {
    sandbox.close();
  }
}
