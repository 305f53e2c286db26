import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { newFolder } from '../cli/new-folder.ts';
import { marquee } from '../cli/run-cli.ts';

test('backfill --profile says by stage, file, model and statement where the time went, with plans of the engine', async () => {
  const root = newFolder('profile');
  mkdirSync(path.join(root, 'raw', 'movie_metadata'), { recursive: true });
  writeFileSync(
    path.join(root, 'raw', 'movie_metadata', 'a|b.csv'),
    'tmdb_id,title,release_date,revenue\n1,A,2001-01-01,5000\n2,B,2002-01-01,7000\n',
  );
  const { code, stderr } = await marquee(['backfill', '--profile', '--quiet', '--root', root]);
  expect(code).toBe(0);
  const file = path.join(root, '.marquee', 'profile.md');
  expect(stderr).toContain(`profile: ${file}`);
  const text = readFileSync(file, 'utf8');
  for (const stage of ['stage', 'diff', 'guard', 'normalize', 'join', 'inflate', 'upsert', 'refresh'])
    expect(text).toMatch(new RegExp(`^\\| ${stage} \\| .*s \\| [\\d.]+ % \\|$`, 'm'));
  expect(text).toContain('| raw/movie_metadata/a\\|b.csv | taken | records |');
  expect(text).toMatch(/^\| movies_enriched \| 2 \|$/m);
  expect(text).toMatch(/^\| [\d.]+ m?s \| [\d.]+ % \| create or replace table warehouse\.main\.\w+/m);
  expect(text).toMatch(/^### [\d.]+ m?s: .*\n\n```text\n[^]*?TABLE|PROJECTION/m);
});
