import type { Connection } from './connection.ts';
import type { Plan, SqlLibrary } from './sql-library.ts';

/**
 * Does work that writes whole relations into the warehouse, all texts compressed in one way, which is read fastest: to try
 * which of all suits each column best takes longer than to write it. Rows that come or change later are compressed as usual.
 */
export async function bulkCompressed<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  await connection.run(bulkCompression);
  try {
    return await work();
  } finally {
    // Where the work failed within a transaction, nothing runs before its rollback: what went wrong has to come out.
    await usualCompression(connection).catch(() => undefined);
  }
}

/** The setting for that, for those who run it together with others. */
export const bulkCompression = `set force_compression = 'dict_fsst'`;

/** Compresses as usual again. A session that rolls back says so too. */
export function usualCompression(connection: Connection): Promise<void> {
  return connection.run(`set force_compression = 'auto'`);
}

/** The text that makes a relation anew, in the order that the plan wants it to lie in. */
export function clustered(library: SqlLibrary, relation: string): string {
  return `${library.text(relation)}${clusterOrder(library.plan, relation)}`;
}

/** What puts rows of a relation into that order: all of them, or those that a change puts at the end; or nothing. */
export function clusterOrder({ clustered: columns }: Pick<Plan, 'clustered'>, relation: string): string {
  const by = columns[relation];
  return by === undefined ? '' : ` order by ${by} nulls last`;
}
