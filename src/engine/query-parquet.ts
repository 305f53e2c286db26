import { DuckDBInstance } from '@duckdb/node-api';
import { literal } from './connection.ts';
import type { QueryResult, SandboxLimits } from './query-sandbox.ts';

/**
 * Writes a result as one Parquet file (zstd).
 *
 * The sandbox may not write, so the rows go by chunks into a DuckDB of their own that never saw the query; what does
 * not fit into memory is spilled to `spillFolder`.
 *
 * @returns the number of rows
 */
export async function writeParquet(
  result: QueryResult,
  file: string,
  limits: SandboxLimits,
  spillFolder: string,
): Promise<number> {
  const writer = await DuckDBInstance.create(':memory:', {
    memory_limit: limits.memoryLimit,
    threads: String(limits.threads),
    temp_directory: spillFolder,
  });
  const connection = await writer.connect();
  try {
    const columns = result.names.map(
      (name, index) => `"${name.replaceAll('"', '""')}" ${String(result.types[index])}`,
    );
    await connection.run(`create table result (${columns.join(', ')})`);
    const appender = await connection.createAppender('result');
    let rows = 0;
    for await (const chunk of result.chunks) {
      appender.appendDataChunk(chunk);
      rows += chunk.rowCount;
    }
    appender.closeSync();
    await connection.run(`copy result to ${literal(file)} (format parquet, compression zstd)`);
    return rows;
  } finally {
    connection.closeSync();
    writer.closeSync();
  }
}
