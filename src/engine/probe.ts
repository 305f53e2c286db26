import { DuckDBInstance } from '@duckdb/node-api';

/** Loads DuckDB and lets it work once. Returns its version; rejects when its native module can't be loaded. */
export async function probeEngine(): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll('select version()');
    return String(reader.getRows()[0]?.[0]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
