import { packColumns, recordCount, unpackColumns } from './block-table.ts';
import { checksum } from './checksum.ts';
import { keyParts, KEYS_A_PART, noKeys } from './record-keys.ts';
import { corrupt, type SqliteSession } from './sqlite-session.ts';
import type { Blocks } from './store-parts.ts';

/** The part of the SQLite store that keeps the blocks of large files. */
export function blocks(session: SqliteSession): Blocks {
  // Records are asked for in short runs, one after another: most lie in the part that was read last.
  let last: { readonly versionId: number; readonly partNo: number; readonly keys: BigUint64Array } | null =
    null;
  const partOf = (versionId: number, partNo: number): BigUint64Array | null => {
    if (last?.versionId === versionId && last.partNo === partNo) return last.keys;
    const keys = readPart(session, versionId, partNo);
    last = keys === null ? null : { versionId, partNo, keys };
    return keys;
  };
  return {
    saveBlocks: (versionId, table, keys) =>
      session.transaction(() => {
        assertKept(session, versionId);
        deleteBlocks(session, versionId);
        last = null;
        const columns = packColumns(table);
        session.run(
          'insert into file_blocks (version_id, header, checksum, columns) values (?, ?, ?, ?)',
          versionId,
          table.header,
          checksum(columns),
          columns,
        );
        let partNo = 0;
        for (const part of keyParts(keys, recordCount(table))) {
          session.run(
            'insert into record_keys (version_id, part_no, checksum, keys) values (?, ?, ?, ?)',
            versionId,
            partNo++,
            checksum(part),
            part,
          );
        }
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

    readRecordKeys(versionId, first, count) {
      const keys = new BigUint64Array(count);
      for (let at = first; at < first + count;) {
        const partNo = Math.floor(at / KEYS_A_PART);
        const part = partOf(versionId, partNo);
        const from = at - partNo * KEYS_A_PART;
        const to = Math.min(part?.length ?? 0, from + first + count - at);
        if (part === null || from >= to) throw new Error(noKeys(versionId, first, count));
        keys.set(part.subarray(from, to), at - first);
        at += to - from;
      }
      return keys;
    },
  };
}

/** Drops the blocks of a version. */
export function deleteBlocks(session: SqliteSession, versionId: number): void {
  session.run('delete from file_blocks where version_id = ?', versionId);
  session.run('delete from record_keys where version_id = ?', versionId);
}

function assertKept(session: SqliteSession, versionId: number): void {
  const row = session.get<{ status: string }>('select status from version where version_id = ?', versionId);
  if (row === undefined) throw new Error(`no version ${versionId} in the state store`);
  if (row.status === 'held' || row.status === 'rejected')
    throw new Error(`version ${versionId} is ${row.status}, its watermarks are not kept`);
}

function readPart(session: SqliteSession, versionId: number, partNo: number): BigUint64Array | null {
  const row = session.get<{ checksum: number; keys: Uint8Array }>(
    'select checksum, keys from record_keys where version_id = ? and part_no = ?',
    versionId,
    partNo,
  );
  if (row === undefined) return null;
  if (checksum(row.keys) !== row.checksum)
    throw corrupt(session.db.name, `the keys of version ${versionId} have another checksum`);
  const { buffer, byteOffset } = row.keys.byteOffset % 8 === 0 ? row.keys : Uint8Array.from(row.keys);
  return new BigUint64Array(buffer, byteOffset, row.keys.byteLength / 8);
}
