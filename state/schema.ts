import type { Database } from 'better-sqlite3';

/** Marks a SQLite file as ours (`pragma application_id`): "mrqe". */
export const APPLICATION_ID = 0x6d727165;

/**
 * The steps from an empty file to the present schema. Step `n` leads from schema version `n` to `n + 1`; a released
 * step is never edited, a change of the schema is a new step at the end.
 */
export const MIGRATIONS: readonly string[] = [
  `
  create table meta (key text primary key, value text not null) strict, without rowid;

  create table file (
    file_id integer primary key autoincrement,
    source text not null,
    path text not null unique
  ) strict;

  -- status 'writing': its writer has not finished; nobody sees it, discardPending sweeps it
  create table version (
    version_id integer primary key autoincrement,
    file_id integer not null references file (file_id),
    status text not null check (status in ('writing', 'pending', 'in_force', 'held', 'rejected')),
    removed integer not null default 0,
    fingerprint text not null,
    size integer, mtime_ns text, ctime_ns text, ino text, observed_at_ms real,
    shape text, date_order text, encoding text, delimiter text,
    records integer not null default 0,
    quarantined integer not null default 0,
    profile text,
    reason text,
    epoch integer,
    saved integer not null default 0
  ) strict;
  create unique index version_in_force on version (file_id) where status = 'in_force';
  create unique index version_pending on version (file_id) where status in ('writing', 'pending');
  create unique index version_unaccepted on version (file_id) where status in ('held', 'rejected');
  create index version_fingerprint on version (fingerprint);

  -- pairs: see segments.ts; checksum over the blob
  create table segment (
    segment_id integer primary key,
    version_id integer not null references version (version_id) on delete cascade,
    segment_no integer not null,
    checksum integer not null,
    pairs blob not null,
    unique (version_id, segment_no)
  ) strict;

  create table quarantine (
    version_id integer not null references version (version_id) on delete cascade,
    line integer not null,
    entry_no integer not null,
    column_name text,
    code text not null,
    key text,
    value text,
    reason text not null,
    primary key (version_id, line, entry_no)
  ) strict, without rowid;

  create table epoch (
    epoch integer primary key autoincrement,
    uuid text not null unique,
    state text not null check (state in ('intent', 'committed')),
    engine_hash text not null,
    intent text,
    began_at_ms real not null,
    committed_at_ms real,
    receipt text
  ) strict;
  create unique index epoch_open on epoch (state) where state = 'intent';

  create table acceptance (fingerprint text primary key, accepted_at_ms real not null) strict, without rowid;

  create table request (
    request_id integer primary key autoincrement,
    kind text not null,
    payload text not null,
    requested_at_ms real not null
  ) strict;
  `,
  `
  -- the blocks of a large file: see block-table.ts
  create table file_blocks (
    version_id integer primary key references version (version_id) on delete cascade,
    header text not null,
    checksum integer not null,
    columns blob not null
  ) strict;

  -- the lower half of the key hash of each record, in file order, 65,536 a row
  create table record_keys (
    record_keys_id integer primary key,
    version_id integer not null references version (version_id) on delete cascade,
    part_no integer not null,
    checksum integer not null,
    keys blob not null,
    unique (version_id, part_no)
  ) strict;
  `,
  `
  -- A version may consist of segments that an earlier version wrote, and of an overlay: see overlay.ts. Segments stay as long as
  -- any version consists of them.
  alter table version add column segments_of integer;
  create index version_segments on version (coalesce(segments_of, version_id));

  create table segment_shared (
    segment_id integer primary key,
    version_id integer not null,
    segment_no integer not null,
    checksum integer not null,
    pairs blob not null,
    unique (version_id, segment_no)
  ) strict;
  insert into segment_shared select * from segment;
  drop table segment;
  alter table segment_shared rename to segment;

  -- The same of the keys of records: see key-runs.ts.
  create table record_keys_shared (
    record_keys_id integer primary key,
    version_id integer not null,
    part_no integer not null,
    checksum integer not null,
    keys blob not null,
    unique (version_id, part_no)
  ) strict;
  insert into record_keys_shared select * from record_keys;
  drop table record_keys;
  alter table record_keys_shared rename to record_keys;

  create table record_runs (
    version_id integer primary key references version (version_id) on delete cascade,
    keys_of integer not null,
    base_keys integer not null,
    checksum integer not null,
    runs blob not null
  ) strict;
  create index record_runs_keys on record_runs (keys_of);

  create trigger record_runs_gone after delete on record_runs
  begin
    delete from record_keys
    where version_id = old.keys_of
      and not exists (select 1 from version v where v.version_id = old.keys_of)
      and not exists (select 1 from record_runs r where r.keys_of = old.keys_of);
  end;

  create table overlay (
    version_id integer primary key references version (version_id) on delete cascade,
    base_records integer not null,
    checksum integer not null,
    pairs blob not null
  ) strict;

  create trigger version_gone after delete on version
  begin
    delete from segment
    where version_id = coalesce(old.segments_of, old.version_id)
      and not exists (
        select 1 from version v
        where coalesce(v.segments_of, v.version_id) = coalesce(old.segments_of, old.version_id));
    delete from record_keys
    where version_id = old.version_id
      and not exists (select 1 from record_runs r where r.keys_of = old.version_id);
  end;
  `,
  `
  -- The other indexes by file are each of some states: without this one, to ask for the versions of a file is to look at all.
  create index version_file on version (file_id);
  `,
];

/** The schema version of a database; 0 for an empty one. */
export function schemaVersion(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/**
 * Brings a database to the newest schema, in one transaction. Returns the version that it had.
 * Throws what SQLite throws, with nothing changed then.
 */
export function migrate(db: Database, migrations: readonly string[] = MIGRATIONS): number {
  const from = schemaVersion(db);
  if (from >= migrations.length) return from;
  db.transaction(() => {
    for (const step of migrations.slice(from)) db.exec(step);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
  return from;
}
