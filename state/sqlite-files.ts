import type { FileRecord, FileState, FileVersion } from './records.ts';
import { stateOf } from './file-state.ts';
import { isSurelyUnchanged } from './stat-hint.ts';
import {
  FILE_COLUMNS,
  splitRow,
  toVersion,
  VERSION_COLUMNS,
  type VersionOfFileRow,
  type VersionRow,
} from './sqlite-rows.ts';
import type { SqliteSession } from './sqlite-session.ts';
import type { FileQueries } from './store-parts.ts';

const VERSIONS_OF_FILES = `select ${VERSION_COLUMNS}, f.source, f.path
  from version v join file f using (file_id) where v.status <> 'writing'`;
const BY_SOURCE_AND_PATH = 'order by f.source, f.path, v.version_id';

/** The part of the SQLite store that answers about files and versions. */
export function fileQueries(session: SqliteSession): FileQueries {
  const fileByPath = (path: string): FileRecord | null =>
    session.get<FileRecord>(`select ${FILE_COLUMNS} from file f where f.path = ?`, path) ?? null;

  return {
    fileByPath,

    ensureFile: (source, path) =>
      session.transaction(() => {
        const known = fileByPath(path);
        if (known !== null) {
          if (known.source !== source)
            throw new Error(`${path} belongs to source ${known.source}, not ${source}`);
          return known;
        }
        const { id } = session.run('insert into file (source, path) values (?, ?)', source, path);
        return { fileId: id, source, path };
      }),

    fileStates: (source) =>
      gather(
        source === undefined
          ? session.all<VersionOfFileRow>(`${VERSIONS_OF_FILES} ${BY_SOURCE_AND_PATH}`)
          : session.all<VersionOfFileRow>(
              `${VERSIONS_OF_FILES} and f.source = ? ${BY_SOURCE_AND_PATH}`,
              source,
            ),
      ),

    fileState(fileId) {
      const [state] = gather(session.all<VersionOfFileRow>(`${VERSIONS_OF_FILES} and v.file_id = ?`, fileId));
      if (state !== undefined) return state;
      const file = session.get<FileRecord>(`select ${FILE_COLUMNS} from file f where f.file_id = ?`, fileId);
      return file === undefined ? null : { file, inForce: null, pending: null, unaccepted: null };
    },

    version(versionId) {
      const row = session.get<VersionRow>(
        `select ${VERSION_COLUMNS} from version v where v.version_id = ? and v.status <> 'writing'`,
        versionId,
      );
      return row === undefined ? null : toVersion(row);
    },

    versionsWithFingerprint: (fingerprint) =>
      session
        .all<VersionRow>(
          `select ${VERSION_COLUMNS} from version v
           where v.fingerprint = ? and v.status <> 'writing' order by v.version_id`,
          fingerprint,
        )
        .map(toVersion),

    unchangedVersion(path, stat) {
      const row = session.get<VersionRow>(
        `select ${VERSION_COLUMNS} from version v join file f using (file_id)
         where f.path = ? and v.status <> 'writing' order by v.version_id desc limit 1`,
        path,
      );
      const last = row === undefined ? null : toVersion(row);
      return last !== null && isSurelyUnchanged(last.stat, stat) ? last : null;
    },

    held: () =>
      session
        .all<VersionOfFileRow>(`${VERSIONS_OF_FILES} and v.status = 'held' ${BY_SOURCE_AND_PATH}`)
        .map(splitRow),
  };
}

/** Rows ordered by file become one state a file. */
function gather(rows: readonly VersionOfFileRow[]): FileState[] {
  const byFile = new Map<number, { file: FileRecord; versions: FileVersion[] }>();
  for (const { file, version } of rows.map(splitRow)) {
    const known = byFile.get(file.fileId);
    if (known === undefined) byFile.set(file.fileId, { file, versions: [version] });
    else known.versions.push(version);
  }
  return Array.from(byFile.values(), ({ file, versions }) => stateOf(file, versions));
}
