import path from 'node:path';
import { exactPath } from './exact-path.ts';
import { literal, type Cell } from './connection.ts';
import { checksum } from './content.ts';
import type { SqlLibrary } from './sql-library.ts';

/** Runs a query of our own; `DuckDbEngine.rows` is one. */
export type Ask = (sql: string) => Promise<Record<string, Cell>[]>;

/** A row that is other than it should be: what identifies it, and the columns that differ, as text. */
export interface RowDifference {
  /** `missing`: should be there. `extra`: should not. `changed`: has other values than it should. */
  readonly kind: 'missing' | 'extra' | 'changed';
  readonly key: Readonly<Record<string, string | null>>;
  readonly columns: Readonly<Record<string, { published: string | null; expected: string | null }>>;
}

/** How what is published of a relation compares with what it should be. */
export interface Comparison {
  readonly rowsExpected: number;
  /** Null where it can't be read. */
  readonly rowsPublished: number | null;
  readonly checksumExpected: string;
  readonly checksumPublished: string | null;
  readonly isEqual: boolean;
  /** Why it can't be read or compared row by row. */
  readonly problem: string | null;
  /** The first rows that differ, by key. */
  readonly rows: readonly RowDifference[];
}

/** What to compare. Relations are given as anything that may follow `from`. */
export interface Sides {
  readonly expected: string;
  readonly published: string;
  readonly columns: readonly string[];
  /** Columns that identify a row, nulls as values; without any, rows are compared as they come. */
  readonly key: readonly string[];
}

/** How many differing rows of one relation are shown. */
const shownRows = 5;

/** Row count and order-independent checksum of some columns of a relation. */
export async function contentOf(
  ask: Ask,
  relation: string,
  columns: readonly string[],
): Promise<{ rows: number; checksum: string }> {
  const [row] = await ask(
    `select count(*) as n, coalesce(${checksum('r')}, '0') as c from (select ${list(columns)} from ${relation}) r`,
  );
  return { rows: Number(row?.['n'] ?? 0), checksum: String(row?.['c']) };
}

/** Compares both sides, and looks for the differing rows where their checksums differ. */
export async function compareSides(ask: Ask, sides: Sides): Promise<Comparison> {
  const expected = await contentOf(ask, sides.expected, sides.columns);
  const about = { rowsExpected: expected.rows, checksumExpected: expected.checksum };
  try {
    const found = await columnsOf(ask, sides.published);
    if (found.join() !== sides.columns.join()) throw new Error(describeColumns(found, sides.columns));
    const published = await contentOf(ask, sides.published, sides.columns);
    const isEqual = published.rows === expected.rows && published.checksum === expected.checksum;
    const rows = isEqual ? [] : await differingRows(ask, sides);
    return {
      ...about,
      rowsPublished: published.rows,
      checksumPublished: published.checksum,
      isEqual,
      problem: isEqual || rows.length > 0 ? null : 'the values are equal, the types of the columns are not',
      rows,
    };
  } catch (error) {
    const problem = (error as Error).message.split('\n')[0] ?? '';
    return { ...about, rowsPublished: null, checksumPublished: null, isEqual: false, problem, rows: [] };
  }
}

/** The rows that only one side has, those of equal key side by side. */
async function differingRows(
  ask: Ask,
  { expected, published, columns, key }: Sides,
): Promise<RowDifference[]> {
  const ours = `(select ${list(columns)} from ${expected})`;
  const theirs = `(select ${list(columns)} from ${published})`;
  const texts = (alias: string): string =>
    columns.map((column, index) => `cast(${alias}.${column} as varchar) as ${alias}${index}`).join(', ');
  const on =
    key.length === 0
      ? 'e.at = p.at'
      : key.map((column) => `e.${column} is not distinct from p.${column}`).join(' and ');
  const number = key.length === 0 ? ', row_number() over () as at' : '';
  const order = key.map((column) => `coalesce(e.${column}, p.${column}) nulls last`).join(', ');
  const rows = await ask(`
    with e as (select *, true as here${number} from (from ${ours} except all from ${theirs}) d),
      p as (select *, true as here${number} from (from ${theirs} except all from ${ours}) d)
    select e.here is not null as is_expected, p.here is not null as is_published, ${texts('e')}, ${texts('p')}
    from e full join p on ${on} ${order === '' ? '' : `order by ${order}`} limit ${shownRows}`);
  return rows.map((row) => describeRow(row, columns, key));
}

function describeRow(
  row: Record<string, Cell>,
  columns: readonly string[],
  key: readonly string[],
): RowDifference {
  const isExpected = row['is_expected'] === true;
  const isPublished = row['is_published'] === true;
  const text = (name: string): string | null => (row[name] == null ? null : String(row[name]));
  const cells = columns.map((column, index) => ({
    column,
    expected: text(`e${index}`),
    published: text(`p${index}`),
  }));
  return {
    kind: !isPublished ? 'missing' : isExpected ? 'changed' : 'extra',
    key: Object.fromEntries(
      cells
        .filter(({ column }) => key.includes(column))
        .map(({ column, expected, published }) => [column, isExpected ? expected : published]),
    ),
    columns: Object.fromEntries(
      cells
        .filter(({ column, expected, published }) => !key.includes(column) && expected !== published)
        .map(({ column, expected, published }) => [column, { published, expected }]),
    ),
  };
}

function describeColumns(found: readonly string[], expected: readonly string[]): string {
  const lacks = expected.filter((column) => !found.includes(column));
  const has = found.filter((column) => !expected.includes(column));
  if (lacks.length + has.length === 0) return 'its columns are in another order';
  return `its columns are others: it lacks ${lacks.join(', ') || 'none'}, has ${has.join(', ') || 'none'} too many`;
}

/** Names of the columns of anything that may follow `from`. */
export async function columnsOf(ask: Ask, relation: string): Promise<string[]> {
  const rows = await ask(`select column_name from (describe (from ${relation}))`);
  return rows.map((row) => String(row['column_name']));
}

/** The columns that a model's header names as its key; none where it names no columns. */
export function keyOf(library: SqlLibrary, relation: string, columns: readonly string[]): string[] {
  if (!library.has(relation)) return [];
  const [, named = ''] = /^-- key\s+(.+)$/m.exec(library.text(relation)) ?? [];
  const key = named
    .replace(/\(.*?\)/g, '')
    .split(',')
    .map((column) => column.trim())
    .filter((column) => column !== '');
  return key.every((column) => columns.includes(column)) ? key : [];
}

/** A Parquet file as a relation. */
export function parquet(file: string): string {
  return `read_parquet(${literal(exactPath(file))}, hive_partitioning = false)`;
}

/** Makes the relations of a serving file readable as `published.main.<relation>`. */
export async function attachServing(ask: Ask, file: string): Promise<void> {
  await ask(`attach ${literal(file)} as published (read_only)`);
}

/** The folder of the snapshot that a view of the attached serving file reads; null where it reads no files. */
export async function folderOfView(ask: Ask, view: string): Promise<string | null> {
  const [row] = await ask(
    `select sql from duckdb_views() where database_name = 'published' and view_name = ${literal(view)}`,
  );
  const [, file, named] =
    /read_parquet\((?:'((?:[^']|'')*)'|\((snapshot_(?:pattern|folder))\()/.exec(String(row?.['sql'])) ?? [];
  if (named === undefined) {
    // As files of before name them: a folder for what it is, one for which of these, and the file.
    return file === undefined ? null : path.resolve(file.replaceAll("''", "'"), '../../..');
  }
  const [{ folder } = {}] = await ask('select published.main.snapshot_folder() as folder');
  return String(folder);
}

function list(columns: readonly string[]): string {
  return columns.map((column) => `"${column}"`).join(', ');
}
