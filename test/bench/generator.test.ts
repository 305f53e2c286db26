import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

type Film = Record<string, string>;

/** Columns that sql/sources/movie_metadata.yaml does not declare: what changes there is no change. */
const undeclared = new Set(['popularity', 'backdrop_path', 'homepage', 'overview', 'poster_path', 'tagline']);
const rows = 3000;
const films = 'movie_metadata/TMDB_movie_dataset_v11.csv';
let folder = '';
let original: readonly Film[] = [];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'marquee-generator-'));
  generate('original');
  original = records('original', films);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function generate(name: string, ...more: readonly string[]): void {
  const args = ['--root', path.join(folder, name), '--rows', String(rows), '--seed', '1', ...more];
  execFileSync(process.execPath, [path.resolve('bench', 'generate.mjs'), ...args]);
}

function file(name: string, place: string): string {
  return path.join(folder, name, 'raw', place);
}

function records(name: string, place: string): readonly Film[] {
  return parse<Film>(readFileSync(file(name, place)), { columns: true });
}

/** How a later drop differs from the original, by film. */
function comparison(after: readonly Film[]) {
  const before = new Map(original.map((film) => [film['id'], film]));
  const known = after.flatMap((film) => {
    const old = before.get(film['id']);
    return old === undefined ? [] : [{ old, film }];
  });
  const differ = ({ old, film }: (typeof known)[number], isLookedAt: (column: string) => boolean) =>
    Object.keys(film).some((column) => isLookedAt(column) && film[column] !== old[column]);
  const added = after.filter((film) => !before.has(film['id']));
  return {
    added: added.length,
    addedIn: yearsOf(added),
    removed: original.length - known.length,
    touched: known.filter((pair) => differ(pair, () => true)).length,
    changed: known
      .filter((pair) => differ(pair, (column) => !undeclared.has(column)))
      .map(({ film }) => film),
    hasChanged: (columns: readonly string[]) =>
      known.filter((pair) => differ(pair, (column) => columns.includes(column))).length,
  };
}

function drop(variant: string, place = films) {
  generate(variant, '--variant', variant);
  return comparison(records(variant, place));
}

function yearsOf(changed: readonly Film[]): readonly string[] {
  return [...new Set(changed.map((film) => film['release_date']?.slice(0, 4) ?? ''))].sort();
}

describe('the generator of benchmarks', () => {
  test('gives the same bytes for the same seed, and others for another', () => {
    const hash = createHash('sha256');
    for (const place of [films, 'genre_cast_director/credits.csv', 'cpi/CPIAUCSL.csv'])
      hash.update(readFileSync(file('original', place)));
    expect(hash.digest('hex')).toBe('5f065ce427ce6f237fb1e342d71aa61ae7faf7cb0ace6f00a9964f0a8ad040cd');
    generate('other', '--seed', '2');
    expect(readFileSync(file('other', films)).equals(readFileSync(file('original', films)))).toBe(false);
  });

  test('has the shape of the real file: 24 columns, ids of its own for each, line breaks and quotes inside overviews', () => {
    expect(original).toHaveLength(rows);
    expect(Object.keys(original[0] ?? {})).toHaveLength(24);
    expect(new Set(original.map((film) => film['id'])).size).toBe(rows);
    const overviews = original.map((film) => film['overview'] ?? '');
    expect(overviews.filter((text) => text.includes('\n')).length).toBeGreaterThan(rows / 50);
    expect(overviews.filter((text) => text.includes('"')).length).toBeGreaterThan(rows / 100);
    expect(records('original', 'genre_cast_director/credits.csv')).toHaveLength((rows * 130) / 1200);
  });

  test('a drop is the original but for what its name says', () => {
    generate('identical', '--variant', 'identical');
    expect(readFileSync(file('identical', films)).equals(readFileSync(file('original', films)))).toBe(true);
    expect(existsSync(file('identical', 'cpi/CPIAUCSL.csv'))).toBe(false);

    const scattered = drop('scattered');
    expect([scattered.added, scattered.removed, scattered.touched]).toEqual([0, 0, 1000]);
    expect(yearsOf(scattered.changed).length).toBeGreaterThan(50);

    const years = drop('years');
    expect(years.touched).toBe(years.changed.length);
    expect(yearsOf(years.changed)).toEqual(['2001', '2002', '2003']);

    const front = drop('front');
    expect([front.added, front.removed, front.touched]).toEqual([1000, 0, 0]);
    expect(front.addedIn).toEqual(['2001', '2002', '2003']);
    const frontOfAll = drop('frontOfAll');
    expect([frontOfAll.added, frontOfAll.removed, frontOfAll.touched]).toEqual([1000, 0, 0]);
    expect(frontOfAll.addedIn.length).toBeGreaterThan(50);
    const removed = drop('removed');
    expect([removed.added, removed.removed, removed.touched]).toEqual([0, 1000, 0]);
  });

  test('a drop that touches every row changes few of them where it counts', () => {
    const touched = drop('touched');
    expect(touched.touched).toBe(rows);
    expect(touched.changed.length / rows).toBeGreaterThan(0.005);
    expect(touched.changed.length / rows).toBeLessThan(0.02);

    const daily = drop('daily');
    expect([daily.added, daily.removed]).toEqual([300, 0]);
    expect(daily.touched).toBe(rows);
    expect(daily.hasChanged(['vote_count']) / rows).toBeCloseTo(0.2, 1);
    expect(daily.hasChanged(['revenue']) / rows).toBeLessThan(0.003);
  });

  test('the small file holds films of three years only', () => {
    const small = drop('small', 'movie_metadata/corrections.csv');
    expect(small.added).toBe(0);
    expect(yearsOf(small.changed)).toEqual(['2001', '2002', '2003']);
    expect(small.removed).toBe(rows - small.changed.length);
  });
});
