import { version } from '@duckdb/node-api';
import { createHash } from 'node:crypto';
import { constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { syncPath } from '../sync-path.ts';
import { literal, type Connection } from './connection.ts';
import { exactPath } from './exact-path.ts';
import { rareCheckpoints } from './publication.ts';
import type { SqlLibrary } from './sql-library.ts';
import { macrosFor } from './view-macros.ts';

/** What `writeServing` needs to know. */
export interface Serving {
  readonly file: string;
  /** The folder of the snapshot. */
  readonly snapshot: string;
  /** Whether there is no partition, and so no Parquet file to look into. */
  readonly isEmpty: boolean;
  /** Kept when all Parquet files of the snapshot are there: the views of a new template look into them. */
  readonly written: Promise<void>;
}

/** Where templates are kept, and what they follow from besides the data. */
export interface Templates {
  /** Holds nothing else. */
  readonly folder: string;
  /** Hash of everything that decides results besides the raw rows. */
  readonly planHash: string;
}

/** An aggregate of more rows is no table of the serving file: to copy and compress it takes longer than all the rest. */
const mostCopied = 20_000;

/** Tables of the serving file besides aggregates: the pipeline's own account. */
const accounts = { pipeline_info: '*', pipeline_epochs: '* exclude (uuid)' };

/**
 * The oldest way of storing that those can read who look for a view's macros in the file that the view is of. DuckDB 1.1 and
 * before look for them where the reader is, and so would show the films of another file that is open beside this one.
 */
const servingStorage = 'v1.2.0';

/**
 * Makes the serving file: small aggregates and the pipeline's own account as tables, large ones and the films as views over
 * the snapshot's Parquet files, the bridges as views over these, all with comments.
 *
 * These views look into the folder that the macro `snapshot_folder()` names, by its absolute path: a relative one would be
 * resolved against the reader's folder. So nothing but that macro and the rows differ from one epoch to the next, and the
 * file is a copy of a template, filled: DuckDB binds a view, and looks into its Parquet files, for each comment on a column.
 *
 * State: one template, a file of less than a megabyte.
 */
export async function writeServing(
  connection: Connection,
  library: SqlLibrary,
  serving: Serving,
  { folder, planHash }: Templates,
): Promise<void> {
  const { aggregates, partitioned } = library.plan.publish;
  const large = await largeAmong(connection, aggregates);
  const tables = aggregates.filter((name) => !large.includes(name));
  const columns = await connection.columns(`warehouse.main.${partitioned.relation}`);
  const statements = templateOf(library, { large, tables, columns, isEmpty: serving.isEmpty });
  const key = createHash('sha256').update(JSON.stringify([version(), servingStorage, planHash, statements]));
  const template = path.join(folder, `${key.digest('hex').slice(0, 16)}.duckdb`);
  const make = async (): Promise<void> => {
    if (!existsSync(template)) await makeTemplate(connection, serving, template, statements);
    await fill(connection, serving, template, tables);
  };
  const isKnown = existsSync(template);
  try {
    await make();
  } catch (error) {
    // A template is a cache: what is wrong with a known one need not be found out, unless the machine is at fault.
    if (!isKnown || isOfMachine(error)) throw error;
    for (const file of [template, serving.file, `${serving.file}.wal`]) rmSync(file, { force: true });
    await make();
  }
}

/** What a template is made of. */
interface Shape {
  /** Aggregates that are views. */
  readonly large: readonly string[];
  /** Aggregates that are tables. */
  readonly tables: readonly string[];
  /** Columns of the films. */
  readonly columns: readonly string[];
  readonly isEmpty: boolean;
}

/** The statements that make a template, once its macros for the snapshot are there. */
function templateOf(library: SqlLibrary, { large, tables, columns, isEmpty }: Shape): readonly string[] {
  const { partitioned, views } = library.plan.publish;
  const films = partitioned.relation;
  const stored = [
    ...tables.map((name): [string, string] => [name, '*']),
    ...Object.entries(accounts),
    ...(isEmpty ? [[films, '*'] as const] : []),
  ];
  const viewed = new Set([...views, ...large, ...(isEmpty ? [] : [films])]);
  return [
    macrosFor(
      views.map((view) => library.text(view)),
      library.viewDialect,
    ),
    ...stored.map(
      ([name, what]) =>
        `create table serving.main.${name} as select ${what} from warehouse.main.${name} limit 0`,
    ),
    ...large.map(
      (name) =>
        `create view ${name} as from read_parquet(snapshot_pattern() || '/aggregates/${name}/part-0.parquet', hive_partitioning = false)`,
    ),
    ...(isEmpty
      ? []
      : [
          `create view ${films} as select ${columns.join(', ')} from read_parquet(
            snapshot_pattern() || '/${films}/*/*.parquet', hive_partitioning = true, hive_types = {'${partitioned.by}': int})`,
        ]),
    ...views.map((view) => `create view ${view} as ${library.text(view)}`),
    ...comments(library, viewed),
  ];
}

/** Makes a template in the place of all others. */
async function makeTemplate(
  connection: Connection,
  { snapshot, written }: Serving,
  template: string,
  statements: readonly string[],
): Promise<void> {
  const folder = path.dirname(template);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const half = `${template}.new`;
  await written;
  await withServing(connection, half, async () => {
    await connection.run(`begin; ${folderMacros(snapshot)}`);
    for (const statement of statements) await connection.run(statement);
  });
  await syncPath(half);
  renameSync(half, template);
}

/** Copies the template and puts in what this epoch has. */
async function fill(
  connection: Connection,
  { file, snapshot }: Serving,
  template: string,
  tables: readonly string[],
): Promise<void> {
  copyFileSync(template, file, constants.COPYFILE_FICLONE);
  const rows = [...tables.map((name): [string, string] => [name, '*']), ...Object.entries(accounts)].map(
    ([name, what]) =>
      `insert into serving.main.${name} by name select ${what} from warehouse.main.${name} order by all`,
  );
  await withServing(connection, file, () =>
    connection.run(`begin; ${folderMacros(snapshot)}; ${rows.join('; ')}`),
  );
}

/** Does work on a file that is attached as `serving`, in a transaction that the work begins, and leaves the file without a log. */
async function withServing(connection: Connection, file: string, work: () => Promise<void>): Promise<void> {
  await connection.run(
    `attach ${literal(file)} as serving (storage_version '${servingStorage}'); set search_path = 'serving.main';`,
  );
  try {
    await work();
    // A reader that finds a log beside the file would have to replay it; where a commit comes with a checkpoint, none is made.
    await connection.run(`set wal_autocheckpoint = '1KB'; commit; checkpoint serving`);
  } finally {
    await connection.run(`rollback`).catch(() => undefined);
    await connection.run(`${rareCheckpoints}; set search_path = 'memory.main'; detach serving`);
  }
}

/** Where the snapshot is, and the same as views say it to `read_parquet`. */
function folderMacros(snapshot: string): string {
  return `
    create or replace macro serving.main.snapshot_folder() as ${literal(snapshot)};
    create or replace macro serving.main.snapshot_pattern() as ${literal(exactPath(snapshot))}`;
}

/** Whether memory or disk failed, and no file. */
function isOfMachine(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return ['engine-out-of-memory', 'engine-disk-full', 'ENOSPC', 'EDQUOT'].includes(String(code));
}

async function largeAmong(connection: Connection, aggregates: readonly string[]): Promise<string[]> {
  const counts = aggregates.map(
    (name) => `select '${name}' as name, count(*) as n from warehouse.main.${name}`,
  );
  const rows = await connection.rows(
    `select name from (${counts.join(' union all ')}) c where n > ${mostCopied} order by name`,
  );
  return rows.map((row) => String(row['name']));
}

/** What every relation and column means. */
function comments(library: SqlLibrary, views: ReadonlySet<string>): readonly string[] {
  return Object.entries(library.documentation).flatMap(([relation, { description, columns }]) => [
    `comment on ${views.has(relation) ? 'view' : 'table'} ${relation} is ${literal(description)}`,
    ...Object.entries(columns).map(
      ([column, meaning]) => `comment on column ${relation}.${column} is ${literal(meaning)}`,
    ),
  ]);
}
