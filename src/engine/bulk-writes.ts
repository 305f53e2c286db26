import type { Connection } from './connection.ts';
import type { SqlLibrary } from './sql-library.ts';

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

/**
 * The text that makes a relation anew, in the order that the plan wants it to lie in. A change puts its rows at the end, in
 * that order among themselves.
 */
export function clustered(library: SqlLibrary, relation: string): string {
  const by = library.plan.clustered[relation];
  return by === undefined ? library.text(relation) : `${library.text(relation)} order by ${by} nulls last`;
}
