import type { DuckDBConnection } from '@duckdb/node-api';
import { MarqueeError } from '../error.ts';
import { queryFailure, readOnlyRefusal } from './query-errors.ts';

/**
 * Asks DuckDB's own parser whether the text is one SELECT. Parsing only, for preparing a statement may do something
 * already: of an EXPORT it makes the folder.
 *
 * @throws MarqueeError `query-read-only`, `query-one-statement` or `query-invalid`
 */
export async function assertOneSelect(connection: DuckDBConnection, sql: string): Promise<void> {
  const reader = await connection.runAndReadAll('select json_serialize_sql($1::varchar)', [sql]);
  const parsed = JSON.parse(String(reader.getRows()[0]?.[0])) as {
    error: boolean;
    error_type?: string;
    error_message?: string;
    position?: string;
    statements?: readonly unknown[];
  };
  if (parsed.error) {
    if (parsed.error_type !== 'parser') {
      const statements = await connection.extractStatements(sql).catch(() => ({ count: 1 }));
      throw statements.count > 1 ? severalStatements(statements.count) : readOnlyRefusal(firstWord(sql));
    }
    throw queryFailure(new Error(`Parser Error: ${parsed.error_message ?? ''}${near(sql, parsed.position)}`));
  }
  const acting = JSON.stringify(parsed)
    .match(/"function_name":"[^"]*"/g)
    ?.find((name) => actingFunctions.test(name));
  if (acting !== undefined) throw readOnlyRefusal(acting.slice('"function_name":"'.length, -1));
  const count = parsed.statements?.length ?? 0;
  if (count === 0) throw nothingToRun();
  if (count > 1) throw severalStatements(count);
}

/** Functions that do something besides answering, or that run another text as SQL. */
const actingFunctions =
  /:"(?:enable_|disable_)(?:logging|profiling|log_\w+)"|:"(?:force_)?checkpoint"|:"(?:write_log|truncate_duckdb_logs|query|query_table|json_execute_serialized_sql)"/i;

function severalStatements(count: number): MarqueeError {
  return new MarqueeError('query-one-statement', `got ${count} statements, expected one`, {
    hint: 'run them one by one; a PIVOT needs its values listed: pivot ... on column in (...)',
    exitCode: 2,
  });
}

/** The statement's first word, for messages. */
function firstWord(sql: string): string {
  return /^(?:\s|--[^\n]*\n|\/\*.*?\*\/)*(\w+)/s.exec(sql)?.[1]?.toUpperCase() ?? 'something else';
}

/** ` (line 3)`, where the parser stopped; it counts bytes from the beginning. */
function near(sql: string, position: string | undefined): string {
  if (position === undefined) return '';
  const before = Buffer.from(sql).subarray(0, Number(position)).toString();
  return ` (line ${before.split('\n').length})`;
}

function nothingToRun(): MarqueeError {
  return new MarqueeError('query-invalid', 'the query is empty', {
    hint: 'give a view, SQL, or -f file.sql; `marquee query` alone lists the views',
    exitCode: 2,
  });
}
