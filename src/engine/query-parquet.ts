import { DuckDBInstance, DuckDBTypeId } from '@duckdb/node-api';
import { literal } from './connection.ts';
import type { QueryResult, SandboxLimits } from './query-sandbox.ts';

/**
 * Writes a result as one Parquet file (zstd).
 *
 * The sandbox may not write, so the rows go by chunks into a DuckDB of their own that never saw the query; what does
 * not fit into memory is spilled to `spillFolder`. Whole numbers beyond 64 bits, such as sums, become decimal(38, 0):
 * Parquet would have them as doubles.
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
    const columns = result.names.map((name, index) => ({
      name: `"${name.replaceAll('"', '""')}"`,
      type: result.types[index],
    }));
    await connection.run(
      `create table result (${columns.map((c) => `${c.name} ${String(c.type)}`).join(', ')})`,
    );
    const appender = await connection.createAppender('result');
    let rows = 0;
    for await (const chunk of result.chunks) {
      appender.appendDataChunk(chunk);
      rows += chunk.rowCount;
    }
    appender.closeSync();
    const exact = columns.map(({ name, type }) =>
      type?.typeId === DuckDBTypeId.HUGEINT ? `${name}::decimal(38, 0) as ${name}` : name,
    );
    await connection.run(
      `copy (select ${exact.join(', ')} from result) to ${literal(file)} (format parquet, compression zstd)`,
    );
    return rows;
  } finally {
    connection.closeSync();
    writer.closeSync();
  }
}
