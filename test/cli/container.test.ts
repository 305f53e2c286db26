import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const run = promisify(execFile);
const project = path.resolve(import.meta.dirname, '..', '..');
const folder = mkdtempSync(path.join(tmpdir(), 'marquee-container-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const instructions = readFileSync(path.join(project, 'deploy', 'Dockerfile'), 'utf8')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const ofContext = readFileSync(path.join(project, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));

/**
 * Goes through the instructions in folders of their own: what is not copied is not there. In the place of `npm ci` and
 * `npm prune` comes a link to the packages that are installed.
 */
async function follow(stages: ReadonlyMap<string, string>): Promise<string> {
  let app = '';
  for (const line of instructions) {
    const [word = '', ...rest] = line.split(/\s+/);
    if (word === 'FROM') {
      app = stages.get(rest[2] ?? '') ?? stages.get('') ?? '';
      mkdirSync(app);
      symlinkSync(path.join(project, 'node_modules'), path.join(app, 'node_modules'));
    } else if (word === 'COPY') {
      const isBuilt = rest[0] === '--from=build';
      const [what, to] = [rest.slice(isBuilt ? 1 : 0, -1), rest.at(-1) ?? ''];
      for (const name of what) {
        const from = isBuilt
          ? path.join(stages.get('build') ?? '', path.relative('/app', name))
          : path.join(project, name);
        if (!isBuilt) expect(ofContext).toContain(name);
        if (to === 'node_modules') continue;
        cpSync(from, path.join(app, to, to.endsWith('/') ? path.basename(name) : ''), { recursive: true });
      }
    } else if (word === 'RUN' && line.includes('npm run build')) {
      await run('npm', ['run', 'build'], { cwd: app });
    }
  }
  return app;
}

test('what the Dockerfile copies is enough to build marquee, and to run it', async () => {
  const stages = new Map(['build', ''].map((name) => [name, path.join(folder, `app-${name}`)]));
  const main = path.join(await follow(stages), 'dist', 'bin', 'marquee.cjs');
  const root = path.join(folder, 'data');
  mkdirSync(path.join(root, 'raw', 'movie_metadata'), { recursive: true });
  writeFileSync(
    path.join(root, 'raw', 'movie_metadata', 'films.csv'),
    'tmdb_id,title,release_date,budget,revenue\n1,Up,2009-05-29,175000000,735099082\n',
  );
  await run(process.execPath, [main, 'backfill', '--root', root, '--quiet']);
  const { stdout } = await run(process.execPath, [main, 'status', '--root', root, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ epoch: 1 });
}, 120_000);
