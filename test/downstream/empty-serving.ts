import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { openEngine } from '../engine/open-engine.ts';

/** A published relation as a reader of the serving file meets it. */
export interface PublishedRelation {
  readonly comment: string | null;
  /** Column -> its comment. */
  readonly columns: ReadonlyMap<string, string | null>;
}

/**
 * Runs every model over nothing, publishes a serving file into `folder` and reads back which relations and columns
 * it has, with their comments.
 */
export async function readEmptyServing(folder: string): Promise<ReadonlyMap<string, PublishedRelation>> {
  const file = path.join(folder, 'marquee.duckdb');
  await writeEmptyServing(folder, file);
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const relations = await connection.runAndReadAll(`
      select table_name, comment from duckdb_tables() where database_name = 'marquee'
      union all
      select view_name, comment from duckdb_views() where database_name = 'marquee' and not internal`);
    const columns = await connection.runAndReadAll(`
      select table_name, column_name, comment from duckdb_columns()
      where database_name = 'marquee' and not internal order by table_name, column_index`);
    const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
    return new Map(
      relations.getRowObjects().map(({ table_name: name, comment }) => {
        const own = columns.getRowObjects().filter((row) => row['table_name'] === name);
        const columnComments = own.map((row) => [String(row['column_name']), text(row['comment'])] as const);
        return [String(name), { comment: text(comment), columns: new Map(columnComments) }];
      }),
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function writeEmptyServing(folder: string, file: string): Promise<void> {
  const engine = await openEngine(folder, { memoryLimit: '500MB' });
  try {
    const session = await engine.openSession();
    await session.begin([], 'everything');
    await session.run('join', () => undefined);
    await session.run('inflate', () => undefined);
    const numbers = { files: 0, inserted: 0, updated: 0, deleted: 0, filmsAffected: 0, durationMs: 0 };
    await session.seal(
      { epoch: 1, uuid: 'empty', committedAt: new Date(0), ...numbers },
      { epoch: 1, uuid: 'empty', partitions: [], aggregates: [], receipt: '{}' },
    );
    await session.close();
    await engine.writeServing(file, folder, Promise.resolve());
  } finally {
    await engine.close();
  }
}
