import { version } from '@duckdb/node-api';
import { createHash } from 'node:crypto';
import { MarqueeError } from '../error.ts';
import { literal, type Connection } from './connection.ts';
import type { SqlLibrary } from './sql-library.ts';

/** Where the warehouse keeps the macros of the dialect, and nothing else. */
export const dialectSchema = 'warehouse.dialect';

/**
 * Makes sure that the warehouse has the macros of this dialect, and no others: to read them with its catalog takes a tenth of
 * the time that it takes to make them, since DuckDB then binds each and compiles its patterns. They stand in a schema of their
 * own, which goes as a whole when the dialect is another.
 *
 * @throws MarqueeError `invalid-dialect` where DuckDB can't read it
 */
export async function keepDialect(connection: Connection, { dialect }: SqlLibrary): Promise<void> {
  const hash = literal(createHash('sha256').update(`${version()} ${dialect}`).digest('hex'));
  const isKept = await connection
    .count(`select count(*) from (select ${dialectSchema}.dialect_hash() as kept) d where kept = ${hash}`)
    .catch((error: unknown) => {
      // There is none at all; what else goes wrong is the warehouse's own fault.
      if (error instanceof MarqueeError || !/^(Catalog|Binder) Error/.test(String((error as Error).message)))
        throw error;
      return 0;
    });
  if (isKept === 1) return;
  await connection.run(`
    begin; drop schema if exists ${dialectSchema} cascade; create schema ${dialectSchema};
    set search_path = '${dialectSchema}';`);
  await connection.run(dialect).catch((error: unknown) => {
    if (error instanceof MarqueeError) throw error;
    throw new MarqueeError(
      'invalid-dialect',
      `sql/dialects/: DuckDB can't read it: ${(error as Error).message}`,
      { cause: error, hint: 'correct it, or install marquee again', exitCode: 2 },
    );
  });
  await connection.run(
    `create macro ${dialectSchema}.dialect_hash() as ${hash}; commit; set search_path = 'memory.main'`,
  );
}
