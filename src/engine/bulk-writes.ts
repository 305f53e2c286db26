import type { Connection } from './connection.ts';
import type { SqlLibrary } from './sql-library.ts';

/**
 * Does work that writes whole relations into the warehouse, their columns as they are: to try which compression suits each
 * column best takes as long as all the rest of a full run. Rows that come or change later are compressed as usual.
 */
export async function uncompressed<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  await connection.run(`set force_compression = 'uncompressed'`);
  try {
    return await work();
  } finally {
    await connection.run(`set force_compression = 'auto'`);
  }
}

/**
 * The text that makes a relation anew, in the order that the plan wants it to lie in. Only a full run sorts: a change puts
 * its rows at the end.
 */
export function clustered(library: SqlLibrary, relation: string): string {
  const by = library.plan.clustered[relation];
  return by === undefined ? library.text(relation) : `${library.text(relation)} order by ${by} nulls last`;
}
