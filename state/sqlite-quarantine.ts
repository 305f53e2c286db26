import { cutValue, SHOWN_STATUSES } from './quarantine-rules.ts';
import type {
  LocatedQuarantineEntry,
  QuarantineCount,
  QuarantineEntry,
  QuarantineFilter,
} from './records.ts';
import type { SqliteSession, SqlValue } from './sqlite-session.ts';
import type { Quarantine } from './store-parts.ts';

const PAGE = 1000;
const ENTRY_COLUMNS = 'q.line, q.column_name as "column", q.code, q.key, q.value, q.reason';

/** The part of the SQLite store that keeps bad records and cells. */
export function quarantine(session: SqliteSession): Quarantine {
  const quarantined = (versionId: number): number => {
    const row = session.get<{ quarantined: number }>(
      'select quarantined from version where version_id = ?',
      versionId,
    );
    if (row === undefined) throw new Error(`no version ${versionId} in the state store`);
    return row.quarantined;
  };

  return {
    quarantineCount: quarantined,

    addQuarantine: (versionId, entries) =>
      session.transaction(() => {
        let entryNo = quarantined(versionId);
        for (const { line, column, code, key, value, reason } of entries)
          session.run(
            'insert into quarantine values (?, ?, ?, ?, ?, ?, ?, ?)',
            versionId,
            line,
            entryNo++,
            column,
            code,
            cutValue(key),
            cutValue(value),
            reason,
          );
        session.run('update version set quarantined = ? where version_id = ?', entryNo, versionId);
      }),

    quarantineEntries(versionId) {
      quarantined(versionId);
      return { [Symbol.iterator]: () => entriesOf(session, versionId) };
    },

    quarantine(filter = {}) {
      const { where, values } = condition(filter);
      return session.all<LocatedQuarantineEntry>(
        `select ${ENTRY_COLUMNS}, f.source, f.path, v.version_id as versionId, v.status
         from quarantine q join version v using (version_id) join file f using (file_id)
         where ${where} order by f.source, f.path, q.version_id, q.line, q.entry_no limit ?`,
        ...values,
        filter.limit ?? -1,
      );
    },

    quarantineCounts(filter = {}) {
      const { where, values } = condition(filter);
      return session.all<QuarantineCount>(
        `select f.source, f.path, v.version_id as versionId, v.status, v.quarantined as entries
         from version v join file f using (file_id)
         where v.quarantined > 0 and ${where} order by f.source, f.path, v.version_id`,
        ...values,
      );
    },
  };
}

function* entriesOf(session: SqliteSession, versionId: number): Generator<QuarantineEntry> {
  let last = { line: -1, entryNo: -1 };
  for (;;) {
    const page = session.all<QuarantineEntry & { entryNo: number }>(
      `select ${ENTRY_COLUMNS}, q.entry_no as entryNo from quarantine q
       where q.version_id = ? and (q.line, q.entry_no) > (?, ?) order by q.line, q.entry_no limit ${PAGE}`,
      versionId,
      last.line,
      last.entryNo,
    );
    for (const { entryNo, ...entry } of page) {
      last = { line: entry.line, entryNo };
      yield entry;
    }
    if (page.length < PAGE) return;
  }
}

function condition(filter: QuarantineFilter): { where: string; values: SqlValue[] } {
  const statuses = filter.statuses ?? SHOWN_STATUSES;
  const parts = [`v.status in (${statuses.map(() => '?').join(', ')})`];
  const values: SqlValue[] = [...statuses];
  for (const name of ['source', 'path'] as const) {
    const value = filter[name];
    if (value === undefined) continue;
    parts.push(`f.${name} = ?`);
    values.push(value);
  }
  return { where: parts.join(' and '), values };
}
