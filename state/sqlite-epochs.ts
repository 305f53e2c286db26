import type { EpochRecord, FileRecord } from './records.ts';
import { EPOCH_COLUMNS, FILE_COLUMNS, toVersion, VERSION_COLUMNS, type VersionRow } from './sqlite-rows.ts';
import type { SqliteSession } from './sqlite-session.ts';
import type { Epochs } from './store-parts.ts';

/** The part of the SQLite store that begins, commits and remembers epochs. */
export function epochs(session: SqliteSession): Epochs {
  const versions = (where: string) =>
    session
      .all<VersionRow>(`select ${VERSION_COLUMNS} from version v where ${where} order by v.version_id`)
      .map(toVersion);
  const openEpoch = () =>
    session.get<EpochRecord>(`select ${EPOCH_COLUMNS} from epoch where state = 'intent'`) ?? null;
  const history = (limit: number) =>
    session.all<EpochRecord>(
      `select ${EPOCH_COLUMNS} from epoch where state = 'committed' order by epoch desc limit ?`,
      limit,
    );
  const assertOpen = (epoch: number) => {
    const open = openEpoch()?.epoch ?? null;
    if (open !== epoch) throw new Error(`epoch ${epoch} is not the open one (${open ?? 'none is open'})`);
  };

  return {
    openEpoch,
    history,
    lastEpoch: () => history(1)[0] ?? null,

    beginEpoch: ({ uuid, engineHash, intent, beganAtMs, atLeast = 1 }) =>
      session.transaction(() => {
        const open = openEpoch();
        if (open !== null) throw new Error(`epoch ${open.epoch} is still open`);
        // sqlite_sequence remembers the highest number ever given out, abandoned or pruned
        const last =
          session.get<{ seq: number }>(`select seq from sqlite_sequence where name = 'epoch'`)?.seq ?? 0;
        const epoch = Math.max(last + 1, atLeast);
        session.run(
          `insert into epoch (epoch, uuid, state, engine_hash, intent, began_at_ms) values (?, ?, 'intent', ?, ?, ?)`,
          epoch,
          uuid,
          engineHash,
          intent,
          beganAtMs,
        );
        return epoch;
      }),

    commitEpoch: (epoch, receipt, committedAtMs) =>
      session.transaction(() => {
        assertOpen(epoch);
        const [unfinished] = versions(`v.status = 'writing'`);
        if (unfinished !== undefined)
          throw new Error(`version ${unfinished.versionId} is still being written`);
        const ofPending = `(select p.file_id from version p where p.status = 'pending')`;
        const replaced = versions(`v.status = 'in_force' and v.file_id in ${ofPending}`);
        const removed = session.all<FileRecord>(
          `select ${FILE_COLUMNS} from version v join file f using (file_id)
           where v.status = 'pending' and v.removed = 1 order by v.version_id`,
        );
        session.run(
          `delete from version where status in ('held', 'rejected') and exists (
             select 1 from version p
             where p.status = 'pending' and p.file_id = version.file_id and p.version_id > version.version_id
               and not (p.removed = 1 and exists (
                 select 1 from version f
                 where f.status = 'in_force' and f.file_id = p.file_id and f.fingerprint = p.fingerprint)))`,
        );
        session.run(`delete from version where status = 'in_force' and file_id in ${ofPending}`);
        const arriving = versions(`v.status = 'pending' and v.removed = 0`);
        session.run(`delete from version where status = 'pending' and removed = 1`);
        session.run(`update version set status = 'in_force', epoch = ? where status = 'pending'`, epoch);
        session.run(
          `update epoch set state = 'committed', intent = null, receipt = ?, committed_at_ms = ? where epoch = ?`,
          receipt,
          committedAtMs,
          epoch,
        );
        const entered = arriving.map((version) => ({ ...version, status: 'in_force' as const, epoch }));
        return { entered, replaced, removed };
      }),

    abandonEpoch: (epoch) =>
      session.transaction(() => {
        assertOpen(epoch);
        session.run(`delete from version where status in ('writing', 'pending')`);
        session.run('delete from epoch where epoch = ?', epoch);
      }),

    receipt: (epoch) =>
      session.get<{ receipt: string | null }>('select receipt from epoch where epoch = ?', epoch)?.receipt ??
      null,

    pruneHistory: (keep) =>
      session.run(
        `delete from epoch where state = 'committed' and epoch not in (
           select epoch from epoch where state = 'committed' order by epoch desc limit ?)`,
        keep,
      ).changes,
  };
}
