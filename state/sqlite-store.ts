import Database from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { APPLICATION_ID, migrate, MIGRATIONS, schemaVersion } from './schema.ts';
import { blocks } from './sqlite-blocks.ts';
import { control } from './sqlite-control.ts';
import { epochs } from './sqlite-epochs.ts';
import { fileQueries } from './sqlite-files.ts';
import { quarantine } from './sqlite-quarantine.ts';
import { asStateError, corrupt, SqliteSession } from './sqlite-session.ts';
import { versionChanges } from './sqlite-versions.ts';
import { StateError } from './state-error.ts';
import type { StateStore } from './store.ts';

/** How to open the store; all optional. */
export interface OpenOptions {
  /** For looking on beside a running writer; the file must be there, and of the present schema version. */
  readonly readOnly?: boolean;
  /** Refuse a store with another `stateId` (one just made has a new one, and is refused by nobody). */
  readonly expectedStateId?: string;
  /** Look at every page, whatever it takes: else only where damage would not show when it is read, or a crash left the file. */
  readonly thorough?: boolean;
  /** How long to wait for another process's transaction, milliseconds. */
  readonly busyTimeoutMs?: number;
}

/** A store in a SQLite file, with what opening it found. */
export interface SqliteStateStore extends StateStore {
  readonly file: string;
  /** True where there was no store before: what the warehouse holds is unknown to it. */
  readonly created: boolean;
  /** The schema version before opening, where it was an older one. */
  readonly migratedFrom: number | null;
}

const STATE_ID = 'state_id';

/**
 * Opens the store in `file`, makes it (and its folder) where there is none, migrates an older one.
 *
 * Write-ahead log, `synchronous = FULL`: a method that returned survives a power failure.
 *
 * @throws StateError `state-corrupt`, `state-newer`, `state-foreign`, `state-unwritable`, `state-busy`, `state-io`;
 *   read-only also `state-missing` and `state-older`
 */
export function openSqliteStore(file: string, options: OpenOptions = {}): SqliteStateStore {
  const readOnly = options.readOnly ?? false;
  const existed = existsSync(file) && statSync(file).size > 0;
  if (readOnly && !existed)
    throw new StateError('state-missing', `${file}: there is no state store`, {
      hint: 'run `marquee backfill` first, or check --root',
    });
  // Whoever wrote last takes the log away when it closes: one with anything in it was left by a crash, or is in use.
  const hasLog = existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0;
  const db = connect(file, readOnly);
  try {
    db.pragma(`busy_timeout = ${options.busyTimeoutMs ?? 5000}`);
    if (existed) inspect(db, file, { readOnly, isWhole: options.thorough ?? (hasLog && !readOnly) });
    const before = readOnly ? MIGRATIONS.length : prepare(db);
    const session = new SqliteSession(db);
    const { stateId, created } = identify(session, file);
    if (!created && options.expectedStateId !== undefined && options.expectedStateId !== stateId)
      throw new StateError('state-foreign', `${file}: this is the state store of another warehouse`, {
        hint: `put back the store that belongs here, or move ${file} aside: the next backfill makes a new one`,
      });
    return compose(session, {
      file,
      stateId,
      created,
      migratedFrom: before > 0 && before < MIGRATIONS.length ? before : null,
    });
  } catch (error) {
    db.close();
    throw asStateError(error, file);
  }
}

function connect(file: string, readOnly: boolean): Database.Database {
  try {
    if (!readOnly) mkdirSync(path.dirname(file), { recursive: true });
    return new Database(file, { readonly: readOnly });
  } catch (error) {
    const translated = asStateError(error, file);
    if (translated instanceof StateError) throw translated;
    throw new StateError('state-unwritable', `${file}: the state store cannot be opened or made`, {
      hint: 'make the folder writable for this user',
      cause: error,
    });
  }
}

/** Tables that are large and whose rows carry checksums: what is damaged there shows when it is read. */
const checkedWhenRead = ['segment', 'overlay', 'file_blocks', 'record_keys', 'record_runs'];

/**
 * Refuses what is damaged, someone else's, or of a version that this program doesn't know.
 *
 * @param how `isWhole`: every page is looked at, which takes 50 ms in a store of a million records
 */
function inspect(
  db: Database.Database,
  file: string,
  { readOnly, isWhole }: { readonly readOnly: boolean; readonly isWhole: boolean },
): void {
  const version = schemaVersion(db);
  const isOurs = db.pragma('application_id', { simple: true }) === APPLICATION_ID;
  // an empty database: a first run that was killed before its migration
  if (!isOurs && db.prepare('select 1 from sqlite_schema').get() !== undefined)
    throw new StateError('state-foreign', `${file}: this is no state store of marquee`, {
      hint: `move ${file} aside; the next backfill makes one`,
    });
  if (version > MIGRATIONS.length)
    throw new StateError(
      'state-newer',
      `${file}: the state store has schema version ${version}, this marquee knows up to ${MIGRATIONS.length}`,
      { hint: 'use the newer marquee that wrote it' },
    );
  if (readOnly && version < MIGRATIONS.length)
    throw new StateError(
      'state-older',
      `${file}: the state store has schema version ${version}, this marquee expects ${MIGRATIONS.length}`,
      { hint: 'run `marquee backfill`, it migrates the store' },
    );
  for (const check of isWhole ? ['quick_check(1)'] : checksOfSmallTables(db)) {
    const finding = db.pragma(check, { simple: true });
    if (finding !== 'ok') throw corrupt(file, String(finding));
  }
}

function checksOfSmallTables(db: Database.Database): string[] {
  const tables = db.prepare(`select name from sqlite_schema where type = 'table'`).pluck().all() as string[];
  return tables
    .filter((name) => !checkedWhenRead.includes(name))
    .map((name) => `quick_check('${name.replaceAll("'", "''")}')`);
}

/** Settings of a writing connection, and the present schema. Returns the schema version found. */
function prepare(db: Database.Database): number {
  // takes effect in a new file only; watermark blobs are 128 KiB
  db.pragma('page_size = 16384');
  db.pragma('journal_mode = wal');
  db.pragma('synchronous = full');
  db.pragma('foreign_keys = on');
  db.pragma('temp_store = memory');
  // a first backfill may leave a long log; give the space back
  db.pragma('journal_size_limit = 67108864');
  return migrate(db);
}

/** The store's own UUID, made where it has none: then nothing was ever stored in it. */
function identify(session: SqliteSession, file: string): { stateId: string; created: boolean } {
  const { meta, setMeta } = control(session);
  const known = meta(STATE_ID);
  if (known !== null) return { stateId: known, created: false };
  if (session.db.readonly) throw corrupt(file, 'it has no identity');
  const stateId = randomUUID();
  setMeta(STATE_ID, stateId);
  return { stateId, created: true };
}

function compose(
  session: SqliteSession,
  found: Pick<SqliteStateStore, 'file' | 'stateId' | 'created' | 'migratedFrom'>,
): SqliteStateStore {
  const files = fileQueries(session);
  return {
    ...found,
    ...files,
    ...versionChanges(session, files.version),
    ...blocks(session),
    ...epochs(session),
    ...quarantine(session),
    ...control(session),
    transaction: (step) => session.transaction(step),
    close: () => {
      session.db.close();
    },
  };
}
