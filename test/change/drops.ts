import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { BatchResult, FileAccount } from '../../operators/batch.ts';
import { relations, type World } from '../property/world.ts';

/** A row of a drop, by header. */
export type Row = Readonly<Record<string, string>>;

/** Films by TMDB id: 100 + id is the year's last part, so that each stands in a year of its own. */
export function film(id: number, over: Row = {}): Row {
  return {
    tmdb_id: String(id),
    title: `Film ${id}`,
    release_year: String(1900 + id),
    budget: '1000000',
    revenue: String(5_000_000 + id),
    ...over,
  };
}

/** Films 1 to n. */
export function films(n: number, over: Row = {}): Row[] {
  return Array.from({ length: n }, (_, index) => film(index + 1, over));
}

/** Credits of films 1 to n; their shape has no key. */
export function credits(n: number, over: Row = {}): Row[] {
  return films(n).map(({ title = '', release_year: year = '' }) => ({
    title,
    year,
    director: `Director of ${title}`,
    genre: 'Drama',
    ...over,
  }));
}

/** Months from January 1990 on, with an index that rises. */
export function prices(n: number): Row[] {
  return Array.from({ length: n }, (_, at) => ({
    DATE: `${1990 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}-01`,
    CPIAUCSL: String(100 + at),
  }));
}

/** A CSV with the columns of the first row, or of `header`. */
export function csv(rows: readonly Row[], header = Object.keys(rows[0] ?? {})): string {
  const cell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [header, ...rows.map((row) => header.map((name) => row[name] ?? ''))]
    .map((cells) => `${cells.map(cell).join(',')}\n`)
    .join('');
}

/** Writes bytes below raw/. */
export function drop(world: World, file: string, bytes: string | Buffer): void {
  writeFileSync(path.join(world.root, 'raw', file), bytes);
}

/** Every relation's rows as text, sorted; equal where nobody could tell a difference. */
export async function contents(world: World): Promise<Record<string, string[]>> {
  const engine = await (await world.open()).warehouse.engine();
  const all: Record<string, string[]> = {};
  for (const relation of relations) {
    const rows = await engine.rows(`select cast(r as varchar) as row from warehouse.main.${relation} r`);
    all[relation] = rows.map(({ row }) => String(row)).sort();
  }
  return all;
}

/** Some columns of all films, by key. */
export async function filmValues(world: World, columns: string): Promise<Record<string, unknown>[]> {
  const engine = await (await world.open()).warehouse.engine();
  return engine.rows(`select ${columns} from warehouse.main.movies_enriched order by movie_key`);
}

/** The line of the receipt for one file. */
export function accountOf(result: BatchResult, file: string): FileAccount {
  const found = result.accounts.find((account) => account.file.path === file);
  if (found === undefined) throw new Error(`nothing is said of ${file}`);
  return found;
}

/** A file's counts, as far as they are not 0. */
export function countsOf(result: BatchResult, file: string): Record<string, number> {
  const { inserted, updated, deleted, unchanged, shadowed, quarantined } = accountOf(result, file);
  const counts = { inserted, updated, deleted, unchanged, shadowed, quarantined };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

/** Asserts that an epoch found every record of its files as it was, and wrote nothing. */
export function expectNoChange(result: BatchResult): void {
  expect(result.receipt).not.toBeNull();
  for (const { file, read, ...counts } of result.accounts) {
    expect({ file: file.path, ...counts }).toMatchObject({
      status: 'taken',
      inserted: 0,
      updated: 0,
      deleted: 0,
      unchanged: read - counts.shadowed,
    });
  }
  expect(result.receipt).toMatchObject({ partitionsRewritten: [], aggregatesRewritten: [] });
}

/** Path, kind and reason of each held drop. */
export async function heldDrops(world: World): Promise<string[]> {
  const { state } = await world.open();
  return state.held().map(({ file, version }) => {
    const { message } = JSON.parse(version.reason ?? '{}') as { message: string };
    return `${file.path}: ${version.removed ? 'removed: ' : ''}${message}`;
  });
}
