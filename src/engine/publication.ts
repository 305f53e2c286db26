import { exactPath } from './exact-path.ts';
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

/**
 * Writes the rows of one partition, without the column that the folder's name says; in the order in which they lie in the
 * warehouse, which a relation does not have. To sort them, all their columns, takes a third of the time of writing them.
 */
export async function writePartition(
  connection: Connection,
  library: SqlLibrary,
  value: number | null,
  file: string,
): Promise<void> {
  const { relation, by } = library.plan.publish.partitioned;
  const test = value === null ? `${by} is null` : `${by} = ${value}`;
  await connection.run(
    `copy (select * exclude (${by}) from warehouse.main.${relation} where ${test}) to ${literal(file)} (format parquet, row_group_size ${parquetRows})`,
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
  const rows = `(select ${none} where false union all by name from read_parquet(${literal(exactPath(file))}))`;
  let line = 1;
  for await (const values of connection.stream(columns.join(', '), rows)) {
    yield {
      lines: Array.from({ length: values[0]?.length ?? 0 }, () => ++line),
      values: values as (string | null)[][],
    };
  }
}
