import { version } from '@duckdb/node-api';
import { createHash } from 'node:crypto';
import { constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { MarqueeError } from '../error.ts';
import { syncPath } from '../sync-path.ts';
import { literal, type Connection } from './connection.ts';
import { rareCheckpoints } from './publication.ts';
import type { SqlLibrary } from './sql-library.ts';

/** What `writeServing` needs to know. */
export interface Serving {
  readonly file: string;
  /** The folder of the snapshot. */
  readonly snapshot: string;
  /** Whether there is no partition, and so no Parquet file to look into. */
  readonly isEmpty: boolean;
  /** Kept when there is a Parquet file of each aggregate and of some partition: views look into them as soon as they are made. */
  readonly viewable: Promise<void>;
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
  templates: Templates,
): Promise<void> {
  const large = await largeAmong(connection, library.plan.publish.aggregates);
  const template = path.join(templates.folder, `${keyOf(templates.planHash, large, serving)}.duckdb`);
  const makeFrom = async (): Promise<void> => {
    if (!existsSync(template)) await makeTemplate(connection, library, serving, { template, large });
    await fill(connection, library, serving, { template, large });
  };
  const isKnown = existsSync(template);
  try {
    await makeFrom();
  } catch (error) {
    // A template is a cache. What is wrong with a known one need not be found out.
    const isItsFault = isKnown && !(error instanceof MarqueeError && error.code === 'engine-out-of-memory');
    if (!isItsFault) throw error;
    for (const file of [template, serving.file, `${serving.file}.wal`]) rmSync(file, { force: true });
    await makeFrom();
  }
}

function keyOf(planHash: string, large: readonly string[], { isEmpty }: Serving): string {
  return createHash('sha256')
    .update(JSON.stringify([version(), planHash, large, isEmpty]))
    .digest('hex')
    .slice(0, 16);
}

/** Which template, and which aggregates are views in it. */
interface Shape {
  readonly template: string;
  readonly large: readonly string[];
}

/** Makes the template in the place of all others. The views are bound to what the snapshot holds. */
async function makeTemplate(
  connection: Connection,
  library: SqlLibrary,
  { snapshot, isEmpty, viewable }: Serving,
  { template, large }: Shape,
): Promise<void> {
  const { partitioned, aggregates, views } = library.plan.publish;
  const folder = path.dirname(template);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const half = `${template}.new`;
  await viewable;
  await withServing(connection, half, async () => {
    await connection.run(`begin; ${library.viewDialect}; ${folderMacro(snapshot)}`);
    const tables = [
      ...aggregates.filter((name) => !large.includes(name)).map((name) => [name, '*']),
      ...Object.entries(accounts),
      ...(isEmpty ? [[partitioned.relation, '*']] : []),
    ];
    for (const [table, columns] of tables) {
      await connection.run(
        `create table serving.main.${table} as select ${columns} from warehouse.main.${table} limit 0`,
      );
    }
    for (const name of large) {
      await connection.run(
        `create view ${name} as from read_parquet(snapshot_folder() || '/aggregates/${name}/part-0.parquet', hive_partitioning = false)`,
      );
    }
    if (!isEmpty) {
      const columns = await connection.columns(`warehouse.main.${partitioned.relation}`);
      await connection.run(`
        create view ${partitioned.relation} as select ${columns.join(', ')} from read_parquet(
          snapshot_folder() || '/${partitioned.relation}/*/*.parquet', hive_partitioning = true,
          hive_types = {'${partitioned.by}': int})`);
    }
    for (const view of views) await connection.run(`create view ${view} as ${library.text(view)}`);
    const viewed = [...views, ...large, ...(isEmpty ? [] : [partitioned.relation])];
    await comment(connection, library, new Set(viewed));
  });
  await syncPath(half);
  renameSync(half, template);
}

/** Copies the template and puts in what this epoch has. */
async function fill(
  connection: Connection,
  library: SqlLibrary,
  { file, snapshot }: Serving,
  { template, large }: Shape,
): Promise<void> {
  copyFileSync(template, file, constants.COPYFILE_FICLONE);
  await withServing(connection, file, async () => {
    const tables = library.plan.publish.aggregates.filter((name) => !large.includes(name));
    const rows = [
      ...tables.map((name) => `insert into serving.main.${name} from warehouse.main.${name} order by all`),
      ...Object.entries(accounts).map(
        ([name, columns]) =>
          `insert into serving.main.${name} select ${columns} from warehouse.main.${name} order by all`,
      ),
    ];
    await connection.run(`begin; ${folderMacro(snapshot)}; ${rows.join('; ')}`);
  });
}

/** Does work on a file that is attached as `serving`, in a transaction that the work begins, and leaves the file without a log. */
async function withServing(connection: Connection, file: string, work: () => Promise<void>): Promise<void> {
  await connection.run(`attach ${literal(file)} as serving; set search_path = 'serving.main';`);
  try {
    await work();
    // A reader that finds a log beside the file would have to replay it; where a commit comes with a checkpoint, none is made.
    await connection.run(`set wal_autocheckpoint = '1KB'; commit; checkpoint serving`);
  } finally {
    await connection.run(`rollback`).catch(() => undefined);
    await connection.run(`${rareCheckpoints}; set search_path = 'memory.main'; detach serving`);
  }
}

function folderMacro(snapshot: string): string {
  return `create or replace macro serving.main.snapshot_folder() as ${literal(snapshot)}`;
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

async function comment(
  connection: Connection,
  library: SqlLibrary,
  views: ReadonlySet<string>,
): Promise<void> {
  const statements: string[] = [];
  for (const [relation, { description, columns }] of Object.entries(library.documentation)) {
    statements.push(
      `comment on ${views.has(relation) ? 'view' : 'table'} ${relation} is ${literal(description)}`,
    );
    for (const [column, meaning] of Object.entries(columns)) {
      statements.push(`comment on column ${relation}.${column} is ${literal(meaning)}`);
    }
  }
  if (statements.length > 0) await connection.run(statements.join(';\n'));
}
