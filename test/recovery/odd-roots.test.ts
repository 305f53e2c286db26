import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { backfillOnce } from '../../src/run-batches.ts';
import { verify } from '../../src/verify/verify.ts';
import { marquee } from '../cli/run-cli.ts';

const silent = { begin: () => ({ advance: () => undefined, done: () => undefined }) };
const folder = mkdtempSync(path.join(tmpdir(), 'marquee-odd-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A root of some name with so many films in it. */
function rootWith(name: string, films: number): string {
  const root = path.join(folder, name);
  const lines = Array.from({ length: films }, (_, at) => `${at + 1},"${name} ${at + 1}",2001-01-01,5\n`);
  mkdirSync(path.join(root, 'raw', 'movie_metadata'), { recursive: true });
  writeFileSync(
    path.join(root, 'raw', 'movie_metadata', 'a.csv'),
    `tmdb_id,title,release_date,revenue\n${lines.join('')}`,
  );
  return root;
}

describe('a root whose path DuckDB would take for a pattern', () => {
  it.each([
    ['films[1]', 'films1'],
    ['a*b', 'axb'],
    ["it's {a,b} #1", 'other'],
  ])('%s shows its own films, not those of %s', async (name, sibling) => {
    const roots = [rootWith(sibling, 7), rootWith(name, 3)];
    for (const root of roots) await backfillOnce({ root, command: 'test' }, { report: silent });
    for (const root of roots) expect((await verify({ root, sample: null, report: silent })).ok).toBe(true);
    const query = ['query', 'select count(*) as n from movies_enriched', '--json', '--root', roots[1] ?? ''];
    const { code, stdout, stderr } = await marquee(query);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout)).toMatchObject([{ n: 3 }]);
  });

  it.each(['what?', 'back\\slash'])('%s is refused, where DuckDB can not open it at all', async (name) => {
    const { code, stderr } = await marquee(['backfill', '--root', rootWith(name, 1)]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/got a path with [?\\], which DuckDB can't open\n.*next: rename the folder/);
  });
});
