import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { newFolder } from './new-folder.ts';
import { marquee } from './run-cli.ts';

test('a file of several regions is surveyed, and its records are compared, by the threads that the bundle brings', async () => {
  const root = newFolder('bundle');
  const folder = path.join(root, 'raw', 'movie_metadata');
  mkdirSync(folder, { recursive: true });
  /** Some 18 MB, of which most is a column that nobody reads. */
  const drop = (note: string, retitled: number): void => {
    const films = Array.from({ length: 9000 }, (_, at) => {
      const title = at === retitled ? 'Another title' : `Film ${at + 1}`;
      return `${at + 1},${title},2001-01-01,100,300,${note.repeat(2000)}`;
    });
    const text = `tmdb_id,title,release_date,budget,revenue,overview\n${films.join('\n')}\n`;
    writeFileSync(path.join(folder, 'films.csv'), text);
  };
  const backfill = async (): Promise<string> => {
    const { code, stdout, stderr } = await marquee(['backfill', '--json', '--root', root]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return stdout;
  };
  drop('x', -1);
  expect(await backfill()).toContain('"lane":"bulk"');
  drop('y', 7000);
  const receipt = await backfill();
  expect(receipt).toContain('"lane":"blocks"');
  expect(receipt).toMatch(/"updated":1,.*"unchanged":8999/);
  expect(await marquee(['verify', '--root', root])).toMatchObject({ code: 0 });
}, 60_000);
