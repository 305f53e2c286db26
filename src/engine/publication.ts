import path from 'node:path';
import { literal, type Connection } from './connection.ts';
import { defaultPartition } from './content.ts';
import type { SqlLibrary } from './sql-library.ts';

/** The folder of a partition within the partitioned relation: `release_year=1999`. */
export function partitionFolder(by: string, value: number | null): string {
  return `${by}=${value === null ? defaultPartition : String(value)}`;
}

/**
 * Rows that a Parquet writer holds before it encodes them, a third of what is usual: with three files at a time these are
 * what takes most memory where partitions are large.
 */
const parquetRows = 40_960;

/** Writes the rows of one partition, without the column that the folder's name says. */
export async function writePartition(
  connection: Connection,
  library: SqlLibrary,
  value: number | null,
  file: string,
): Promise<void> {
  const { relation, by, order } = library.plan.publish.partitioned;
  const test = value === null ? `${by} is null` : `${by} = ${value}`;
  await connection.run(
    `copy (select * exclude (${by}) from warehouse.main.${relation} where ${test} order by ${order}) to ${literal(file)} (format parquet, row_group_size ${parquetRows})`,
  );
}

/** Writes an aggregate, ordered by its leading columns so that equal contents are equal files. */
export async function writeAggregate(connection: Connection, name: string, file: string): Promise<void> {
  await connection.run(
    `copy (from warehouse.main.${name} order by all) to ${literal(file)} (format parquet)`,
  );
}

/** When the log is folded into the file is for the engine to say: not in the midst of an epoch. */
export const rareCheckpoints = `set wal_autocheckpoint = '1TB'`;

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

/** An aggregate of more rows is no table of the serving file: to copy and compress it takes longer than all the rest. */
const mostCopied = 20_000;

/**
 * Makes the serving file: small aggregates and the pipeline's own account as tables, large ones and the films as views over
 * the snapshot's Parquet files by absolute path, the bridges as views over these, all with comments.
 *
 * These views hold absolute paths because a relative one is resolved against the reader's folder.
 */
export async function writeServing(
  connection: Connection,
  library: SqlLibrary,
  { file, snapshot, isEmpty, viewable }: Serving,
): Promise<void> {
  const { partitioned, aggregates, views } = library.plan.publish;
  await connection.run(`attach ${literal(file)} as serving; set search_path = 'serving.main';`);
  try {
    await connection.run(`begin; ${library.viewDialect}`);
    const large = await largeAmong(connection, aggregates);
    const small = aggregates.filter((name) => !large.includes(name));
    for (const table of [...small, 'pipeline_info']) {
      await connection.run(`create table serving.main.${table} as from warehouse.main.${table} order by all`);
    }
    await connection.run(
      'create table pipeline_epochs as select * exclude (uuid) from warehouse.main.pipeline_epochs order by epoch',
    );
    await viewable;
    for (const name of large) {
      const parquet = literal(path.join(snapshot, 'aggregates', name, 'part-0.parquet'));
      await connection.run(`create view ${name} as from read_parquet(${parquet}, hive_partitioning = false)`);
    }
    const columns = await connection.columns(`warehouse.main.${partitioned.relation}`);
    const parquet = literal(path.join(snapshot, partitioned.relation, '*', '*.parquet'));
    await connection.run(
      isEmpty
        ? `create table ${partitioned.relation} as from warehouse.main.${partitioned.relation} limit 0`
        : `create view ${partitioned.relation} as select ${columns.join(', ')} from read_parquet(
            ${parquet}, hive_partitioning = true, hive_types = {'${partitioned.by}': int})`,
    );
    for (const view of views) await connection.run(`create view ${view} as ${library.text(view)}`);
    const viewed = [...views, ...large, ...(isEmpty ? [] : [partitioned.relation])];
    await comment(connection, library, new Set(viewed));
    // A reader that finds a log beside the file would have to replay it; where a commit comes with a checkpoint, none is made.
    await connection.run(`set wal_autocheckpoint = '1KB'; commit; checkpoint serving`);
  } finally {
    await connection.run(`rollback`).catch(() => undefined);
    await connection.run(`${rareCheckpoints}; set search_path = 'memory.main'; detach serving`);
  }
}

async function largeAmong(connection: Connection, aggregates: readonly string[]): Promise<string[]> {
  const counts = aggregates.map(
    (name) => `select '${name}' as name, count(*) as n from warehouse.main.${name}`,
  );
  const rows = await connection.rows(
    `select name from (${counts.join(' union all ')}) c where n > ${mostCopied}`,
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

/** Writes the raw rows in force of one file, durably enough to build on when the warehouse is lost. */
export async function saveRows(
  connection: Connection,
  source: string,
  fileId: number,
  file: string,
): Promise<void> {
  await connection.run(
    `copy (select * exclude (file_id, record_key) from warehouse.main.raw_${source} where file_id = ${fileId} order by record_key) to ${literal(file)} (format parquet)`,
  );
}

/** Reads raw rows that `saveRows` wrote, in batches; a column that was not declared then is empty. */
export async function* readSavedRows(
  connection: Connection,
  columns: readonly string[],
  file: string,
): AsyncGenerator<{ lines: number[]; values: (string | null)[][] }> {
  const none = columns.map((column) => `cast(null as varchar) as ${column}`).join(', ');
  const rows = `(select ${none} where false union all by name from read_parquet(${literal(file)}))`;
  let line = 1;
  for await (const values of connection.stream(columns.join(', '), rows)) {
    yield {
      lines: Array.from({ length: values[0]?.length ?? 0 }, () => ++line),
      values: values as (string | null)[][],
    };
  }
}
