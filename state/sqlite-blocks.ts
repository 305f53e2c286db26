import { packColumns, recordCount, unpackColumns } from './block-table.ts';
import { checksum } from './checksum.ts';
import { corrupt, type SqliteSession } from './sqlite-session.ts';
import { deleteKeys, SqliteKeys } from './sqlite-keys.ts';
import type { Blocks } from './store-parts.ts';

/** The part of the SQLite store that keeps the blocks of large files. */
export function blocks(session: SqliteSession): Blocks {
  const recordKeys = new SqliteKeys(session);
  return {
    saveBlocks: (versionId, table, keys, before) =>
      session.transaction(() => {
        assertKept(session, versionId);
        deleteBlocks(session, versionId);
        const columns = packColumns(table);
        session.run(
          'insert into file_blocks (version_id, header, checksum, columns) values (?, ?, ?, ?)',
          versionId,
          table.header,
          checksum(columns),
          columns,
        );
        recordKeys.save(versionId, keys, recordCount(table), before);
      }),

    readBlocks(versionId) {
      const row = session.get<{ header: string; checksum: number; columns: Uint8Array }>(
        'select header, checksum, columns from file_blocks where version_id = ?',
        versionId,
      );
      if (row === undefined) return null;
      if (checksum(row.columns) !== row.checksum)
        throw corrupt(session.db.name, `the blocks of version ${versionId} have another checksum`);
      const columns = unpackColumns(row.columns);
      return columns === null ? null : { ...columns, header: row.header };
    },

    readRecordKeys: (versionId, first, count) => recordKeys.read(versionId, first, count),
  };
}

/** Drops the blocks of a version. */
export function deleteBlocks(session: SqliteSession, versionId: number): void {
  session.run('delete from file_blocks where version_id = ?', versionId);
  deleteKeys(session, versionId);
}

function assertKept(session: SqliteSession, versionId: number): void {
  const row = session.get<{ status: string }>('select status from version where version_id = ?', versionId);
  if (row === undefined) throw new Error(`no version ${versionId} in the state store`);
  if (row.status === 'held' || row.status === 'rejected')
    throw new Error(`version ${versionId} is ${row.status}, its watermarks are not kept`);
}
