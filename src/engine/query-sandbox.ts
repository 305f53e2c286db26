import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  DuckDBInstance,
  StatementType,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBResult,
  type DuckDBType,
} from '@duckdb/node-api';
import { MarqueeError } from '../error.ts';
import { literal } from './connection.ts';
import { exactPath } from './exact-path.ts';
import { queryFailure, queryHasParameters, readOnlyRefusal } from './query-errors.ts';
import { assertOneSelect } from './query-statement.ts';

/** A view of the serving file, with its comment. */
export interface ViewEntry {
  readonly name: string;
  readonly comment: string | null;
}

/** How much of the machine a query may use; as in the configuration. */
export interface SandboxLimits {
  readonly memoryLimit: string;
  readonly threads: number;
}

/** The rows of a query on their way, and what their columns are. */
export interface QueryResult {
  /** Unique: a second `a` is `a:1`. */
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  /** Chunks of up to some thousand rows; may be read once. */
  readonly chunks: AsyncIterable<DuckDBDataChunk>;
}

/** A published snapshot, open for reading and nothing else. */
export interface QuerySandbox {
  /** Tables and views, by name. */
  views(): Promise<readonly ViewEntry[]>;
  /**
   * Runs one SELECT-like statement (also VALUES, FROM, DESCRIBE, SHOW, SUMMARIZE, and EXPLAIN of these); its rows
   * stream, and end after `limit` of them.
   *
   * @throws MarqueeError `query-read-only` for any other statement or a file outside the snapshot,
   *   `query-one-statement`, `query-invalid` (exit code 2) or `query-failed`
   */
  select(sql: string, limit?: number): Promise<QueryResult>;
  close(): void;
}

/**
 * Opens the serving file of a snapshot so that queries can read it, and can do nothing else.
 *
 * Four walls: the file is opened read-only; no file outside the snapshot's folder can be reached (DuckDB resolves
 * links and `..` itself) and no extension be loaded; the configuration is locked; only SELECT statements run. The
 * last is needed, since an allowed folder may also be written to: `copy` and temporary tables pass the first three.
 *
 * @param snapshot a folder in `.snapshots/`, as views name it (not resolved); they name it as a pattern
 */
export async function openQuerySandbox(snapshot: string, limits: SandboxLimits): Promise<QuerySandbox> {
  const folders = [
    ...new Set([snapshot, realpathSync(snapshot)].flatMap((folder) => [folder, exactPath(folder)])),
  ];
  const spill = mkdtempSync(path.join(tmpdir(), 'marquee-query-'));
  const close = (): void => rmSync(spill, { recursive: true, force: true });
  try {
    const instance = await DuckDBInstance.create(path.join(snapshot, 'marquee.duckdb'), {
      access_mode: 'READ_ONLY',
      memory_limit: limits.memoryLimit,
      threads: String(limits.threads),
      temp_directory: spill,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run(`set allowed_directories = [${folders.map((f) => literal(`${f}/`)).join(', ')}]`);
    await connection.run('set enable_external_access = false');
    await connection.run('set lock_configuration = true');
    return {
      views: () => listViews(connection),
      select: async (sql, limit) => {
        const result = await start(connection, sql);
        return {
          names: result.deduplicatedColumnNames(),
          types: result.columnTypes(),
          chunks: chunksUntil(connection, sql, result, limit ?? Infinity),
        };
      },
      close: () => {
        connection.closeSync();
        instance.closeSync();
        close();
      },
    };
  } catch (cause) {
    close();
    throw new MarqueeError(
      'query-unreadable',
      `cannot open ${snapshot}/marquee.duckdb: ${(cause as Error).message}`,
      {
        cause,
        hint: 'run `marquee backfill` to publish it anew',
      },
    );
  }
}

async function listViews(connection: DuckDBConnection): Promise<readonly ViewEntry[]> {
  const reader = await connection.runAndReadAll(
    `select table_name, comment from duckdb_tables() where not internal and schema_name = 'main'
     union all select view_name, comment from duckdb_views() where not internal and schema_name = 'main'
     order by 1`,
  );
  return reader.getRows().map(([name, comment]) => ({
    name: String(name),
    comment: comment === null || comment === undefined ? null : String(comment),
  }));
}

/** Runs a statement that was found to be harmless; its rows are read within a transaction, see `chunksUntil`. */
async function start(connection: DuckDBConnection, sql: string): Promise<DuckDBResult> {
  try {
    const [, explained] = /^(?:\s|--[^\n]*\n|\/\*.*?\*\/)*explain\s+(?:analyze\s+)?(.*)$/is.exec(sql) ?? [];
    // An EXPLAIN ANALYZE runs what it explains, so that must be harmless by itself.
    await assertOneSelect(connection, explained ?? sql);
    const statement = await connection.prepare(sql);
    const expected = explained === undefined ? StatementType.SELECT : StatementType.EXPLAIN;
    if (statement.statementType !== expected) throw readOnlyRefusal(StatementType[statement.statementType]);
    if (statement.parameterCount > 0) throw queryHasParameters();
    await connection.run('begin transaction read only');
    return await statement.stream();
  } catch (error) {
    await connection.run('rollback').catch(() => undefined);
    throw error instanceof MarqueeError ? error : queryFailure(error);
  }
}

/**
 * Yields the chunks of a streaming result, up to `limit` rows.
 *
 * A stream that fails midway ends like one that is exhausted, and the client has no way to ask which it was. But the
 * failure aborts the transaction, so whether that can go on tells.
 */
async function* chunksUntil(
  connection: DuckDBConnection,
  sql: string,
  result: DuckDBResult,
  limit: number,
): AsyncGenerator<DuckDBDataChunk> {
  let left = limit;
  let isOpen = true;
  try {
    for await (const chunk of result) {
      if (left <= 0) return;
      if (chunk.rowCount > left) chunk.rowCount = left;
      left -= chunk.rowCount;
      yield chunk;
    }
    await connection.run('select 1').catch(async () => {
      await connection.run('rollback');
      isOpen = false;
      await connection.run(sql);
      throw new Error('the query failed midway');
    });
  } catch (error) {
    throw queryFailure(error);
  } finally {
    if (isOpen) await connection.run('rollback').catch(() => undefined);
  }
}
