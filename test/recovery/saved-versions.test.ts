import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Root } from './root.ts';

// Several backfills each, a second or more on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const roots: Root[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) root.dispose();
});

/** Good films in force, of which a cut-off copy is held. */
async function withHeldDrop(): Promise<{ root: Root; good: string[] }> {
  const root = new Root();
  roots.push(root);
  await root.backfill();
  const good = await root.published();
  root.writeFilms(20);
  await root.backfill();
  expect(root.held()).toEqual(['movie_metadata/films.csv']);
  return { root, good };
}

describe('a version in force whose bytes stand no more in raw/', () => {
  test('is saved as rows with a description of its own', async () => {
    const { root } = await withHeldDrop();
    const names = readdirSync(root.paths.versions).sort();
    expect(names).toEqual([
      expect.stringMatching(/^movie-metadata-films-csv-[0-9a-f]{16}\.json$/),
      expect.stringMatching(/^movie-metadata-films-csv-[0-9a-f]{16}\.parquet$/),
    ]);
    expect(JSON.parse(readFileSync(path.join(root.paths.versions, names[0] ?? ''), 'utf8'))).toMatchObject({
      source: 'movie_metadata',
      path: 'movie_metadata/films.csv',
      records: 60,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  test.each([
    ['the state store', ['state']],
    ['the warehouse', ['warehouse']],
    ['both', ['state', 'warehouse']],
    ['both and what was published', ['state', 'warehouse', 'curated']],
  ] as const)('survives the loss of %s: the held drop is held again', async (_, stores) => {
    const { root, good } = await withHeldDrop();
    root.lose(...stores);
    const { remarks } = await root.backfill();
    expect(remarks.join('\n')).toMatch(/from raw|in force again/);
    expect(root.held()).toEqual(['movie_metadata/films.csv']);
    expect(await root.published()).toEqual(good);
    expect((await root.backfill()).results[0]?.receipt).toBeNull();
  });

  test('survives losing both again and again, and goes when the drop is accepted', async () => {
    const { root, good } = await withHeldDrop();
    for (let again = 0; again < 2; again++) {
      root.lose('state', 'warehouse');
      await root.backfill();
      expect(await root.published()).toEqual(good);
    }
    await root.backfill({ acceptAll: true });
    expect(root.held()).toEqual([]);
    expect(readdirSync(root.paths.versions)).toEqual([]);
    const accepted = await root.published();
    root.lose('state', 'warehouse');
    await root.backfill();
    expect(await root.published()).toEqual(accepted);
  });

  test('epoch numbers and snapshots go on where the lost store was', async () => {
    const { root } = await withHeldDrop();
    root.writeFilms(59, 7);
    await root.backfill();
    expect(root.epoch()).toBe(2);
    root.lose('state', 'warehouse');
    await root.backfill();
    expect(root.epoch()).toBeGreaterThan(2);
  });

  test('of a vanished folder comes back, and the removal is held again', async () => {
    const root = new Root();
    roots.push(root);
    await root.backfill();
    const good = await root.published();
    root.remove('genre_cast_director');
    await root.backfill();
    expect(root.held()).toEqual(['genre_cast_director/credits.csv']);
    root.lose('state', 'warehouse');
    await root.backfill();
    expect(root.held()).toEqual(['genre_cast_director/credits.csv']);
    expect(await root.published()).toEqual(good);
  });

  test('of a kept file comes back though nothing of it is left in raw/', async () => {
    const root = new Root();
    roots.push(root);
    root.configure('sources: { genre_cast_director: { on_missing_file: keep } }\n');
    await root.backfill();
    const good = await root.published();
    root.remove('genre_cast_director/credits.csv');
    await root.backfill();
    root.lose('state', 'warehouse');
    await root.backfill();
    expect(await root.published()).toEqual(good);
  });

  test('is left alone where its description is damaged, and a half-written one counts for nothing', async () => {
    const { root } = await withHeldDrop();
    for (const name of readdirSync(root.paths.versions).filter((file) => file.endsWith('.json')))
      writeFileSync(path.join(root.paths.versions, name), '{"source":');
    root.lose('state', 'warehouse');
    await root.backfill();
    expect(root.held()).toEqual([]);
    expect(existsSync(root.paths.versions)).toBe(true);
  });
});

describe('while the warehouse is made anew', () => {
  test('a drop that is held only now leaves the saved version in force', async () => {
    const { root, good } = await withHeldDrop();
    root.writeFilms(10);
    root.lose('warehouse');
    await root.backfill();
    expect(root.held()).toEqual(['movie_metadata/films.csv']);
    expect(await root.published()).toEqual(good);
  });

  test.each([
    ['truncated', (root: Root) => root.writeFilms(10)],
    [
      'unreadable as a source',
      (root: Root) => root.write('movie_metadata/films.csv', 'nothing,of,that\n1,2,3\n'),
    ],
  ])(
    'a %s drop over rows that are nowhere else stops it, and what was published stays',
    async (_, damage) => {
      const root = new Root();
      roots.push(root);
      await root.backfill();
      const good = await root.published();
      damage(root);
      root.lose('warehouse');
      await expect(root.backfill()).rejects.toMatchObject({ code: 'version-lost', exitCode: 1 });
      expect(await root.published()).toEqual(good);
      root.writeFilms(60);
      await root.backfill();
      expect(await root.published()).toEqual(good);
    },
  );

  test('what is there is taken when a person says so', async () => {
    const root = new Root();
    roots.push(root);
    await root.backfill();
    root.writeFilms(10);
    root.lose('warehouse');
    await root.backfill({ acceptAll: true });
    expect((await root.published()).filter((row) => row.startsWith('movies_enriched')).length).toBe(10);
  });

  test('a saved version whose rows are gone is named', async () => {
    const { root } = await withHeldDrop();
    rmSync(root.paths.versions, { recursive: true });
    root.lose('warehouse');
    await expect(root.backfill()).rejects.toMatchObject({ code: 'saved-version-missing' });
  });
});
