import type { FileStat, FileVersion } from './records.ts';
import { deleteBlocks } from './sqlite-blocks.ts';
import type { SqliteSession } from './sqlite-session.ts';
import { readPairs } from './sqlite-pairs.ts';
import { insertVersion, SqliteVersionWriter } from './sqlite-writer.ts';
import type { VersionChanges } from './store-parts.ts';
import type { StateStore } from './store.ts';

/** The part of the SQLite store that changes versions; `version` is the store's own. */
export function versionChanges(session: SqliteSession, version: StateStore['version']): VersionChanges {
  const load = (versionId: number): FileVersion => {
    const found = version(versionId);
    if (found === null) throw new Error(`no version ${versionId} in the state store`);
    return found;
  };
  const dropPending = (fileId: number) =>
    session.run(`delete from version where file_id = ? and status in ('writing', 'pending')`, fileId);
  const dropUnaccepted = (fileId: number) =>
    session.run(`delete from version where file_id = ? and status in ('held', 'rejected')`, fileId);

  return {
    updateStat: (versionId, stat: FileStat) =>
      session.transaction(() => {
        load(versionId);
        session.run(
          `update version set size = ?, mtime_ns = ?, ctime_ns = ?, ino = ?, observed_at_ms = ? where version_id = ?`,
          stat.size,
          stat.mtimeNs.toString(),
          stat.ctimeNs.toString(),
          stat.ino.toString(),
          stat.observedAtMs,
          versionId,
        );
      }),

    openWriter: (fileId, meta) =>
      session.transaction(() => {
        dropPending(fileId);
        return new SqliteVersionWriter(session, insertVersion(session, fileId, meta, 'writing'), load);
      }),

    readPairs(versionId) {
      const { status } = load(versionId);
      if (status !== 'in_force' && status !== 'pending')
        throw new Error(`version ${versionId} is ${status}, its watermarks are not kept`);
      return { [Symbol.iterator]: () => readPairs(session, versionId) };
    },

    markRemoved: (fileId, fingerprint) =>
      session.transaction(() => {
        dropPending(fileId);
        const meta = {
          fingerprint,
          stat: null,
          shape: null,
          dateOrder: null,
          encoding: null,
          delimiter: null,
        };
        return load(insertVersion(session, fileId, meta, 'pending', { removed: true }));
      }),

    demote: (versionId, status, reason) =>
      session.transaction(() => {
        const found = load(versionId);
        if (found.status !== 'pending')
          throw new Error(`version ${versionId} is ${found.status}, not pending`);
        dropUnaccepted(found.fileId);
        session.run('delete from segment where version_id = ?', versionId);
        session.run('delete from overlay where version_id = ?', versionId);
        deleteBlocks(session, versionId);
        session.run(
          'update version set status = ?, reason = ?, segments_of = null where version_id = ?',
          status,
          reason,
          versionId,
        );
        return load(versionId);
      }),

    recordUnaccepted: (fileId, meta, status, reason, removed = false) =>
      session.transaction(() => {
        dropPending(fileId);
        dropUnaccepted(fileId);
        return load(insertVersion(session, fileId, meta, status, { removed, reason }));
      }),

    dropVersion: (versionId) =>
      session.transaction(() => {
        if (load(versionId).status === 'in_force') throw new Error(`version ${versionId} is in force`);
        session.run('delete from version where version_id = ?', versionId);
      }),

    setSaved: (versionId, saved) =>
      session.transaction(() => {
        load(versionId);
        session.run('update version set saved = ? where version_id = ?', saved ? 1 : 0, versionId);
      }),

    discardPending: () => session.run(`delete from version where status in ('writing', 'pending')`).changes,
  };
}
