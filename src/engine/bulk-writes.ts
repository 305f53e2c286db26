import type { Connection } from './connection.ts';

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
