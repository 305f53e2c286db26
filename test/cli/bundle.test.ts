import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { newFolder } from './new-folder.ts';
import { marquee } from './run-cli.ts';

test('a file of several regions is surveyed by the threads that the bundle brings', async () => {
  const root = newFolder('bundle');
  const note = 'x'.repeat(2000);
  const films = Array.from(
    { length: 9000 },
    (_, at) => `${at + 1},Film ${at + 1},2001-01-01,100,300,${note}`,
  );
  mkdirSync(path.join(root, 'raw', 'movie_metadata'), { recursive: true });
  writeFileSync(
    path.join(root, 'raw', 'movie_metadata', 'films.csv'),
    `tmdb_id,title,release_date,budget,revenue,overview\n${films.join('\n')}\n`,
  );
  const { code, stdout, stderr } = await marquee(['backfill', '--json', '--root', root]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toContain('"lane":"bulk"');
}, 60_000);
