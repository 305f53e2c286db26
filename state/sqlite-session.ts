import Database from 'better-sqlite3';
import { StateError, type StateErrorCode } from './state-error.ts';

/** A value that goes into or comes out of a SQLite column here. */
export type SqlValue = string | number | null | Uint8Array;

/** Turns what SQLite threw into a {@link StateError}, where it is an operational failure; a bug stays what it is. */
export function asStateError(error: unknown, file: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const fail = (code: StateErrorCode, message: string, hint: string, retryable = false) =>
    new StateError(code, `${file}: ${message} (${error.message})`, { hint, cause: error, retryable });
  const kind = /^SQLITE_([A-Z]+)/.exec(error.code)?.[1] ?? '';
  switch (kind) {
    case 'BUSY':
    case 'LOCKED':
      return fail(
        'state-busy',
        'another process keeps the state store locked',
        'try again in a moment',
        true,
      );
    case 'FULL':
      return fail('state-disk-full', 'no space left for the state store', 'free some disk space', true);
    case 'CORRUPT':
    case 'NOTADB':
      return corrupt(file, error.message, error);
    case 'READONLY':
    case 'CANTOPEN':
    case 'PERM':
    case 'AUTH':
      return fail(
        'state-unwritable',
        'the state store cannot be opened or written',
        'make the folder and the files in it writable for this user',
      );
    case 'IOERR':
    case 'PROTOCOL':
    case 'NOMEM':
      return fail(
        'state-io',
        'reading or writing the state store failed',
        'check the disk, then try again',
        true,
      );
    default:
      return error;
  }
}

/** The error for a store that can't be trusted any more. */
export function corrupt(file: string, finding: string, cause?: unknown): StateError {
  return new StateError('state-corrupt', `${file}: the state store is damaged: ${finding}`, {
    hint: `move ${file} and its -wal and -shm aside; the next backfill makes a new one from raw/`,
    cause,
  });
}

/** One connection: statements kept prepared, errors translated, transactions that can't half-succeed. */
export class SqliteSession {
  readonly db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  #depth = 0;
  #poison: { error: unknown } | null = null;

  constructor(db: Database.Database) {
    this.db = db;
  }

  /** The first row, or undefined. `T` is what the text selects, which the caller vouches for. */
  get<T>(sql: string, ...values: SqlValue[]): T | undefined {
    return this.#guarded(() => this.#statement(sql).get(...values) as T | undefined);
  }

  /** All rows. `T` as in `get`. */
  all<T>(sql: string, ...values: SqlValue[]): T[] {
    return this.#guarded(() => this.#statement(sql).all(...values) as T[]);
  }

  /** Runs a writing statement. */
  run(sql: string, ...values: SqlValue[]): { changes: number; id: number } {
    return this.#guarded(() => {
      const { changes, lastInsertRowid } = this.#statement(sql).run(...values);
      return { changes, id: Number(lastInsertRowid) };
    });
  }

  /**
   * As `StateStore.transaction`. A nested call joins the outer one; if it fails, the outer one can't commit any
   * more, whoever caught the error in between, and ends by throwing it.
   */
  transaction<T>(step: () => T): T {
    if (this.#depth > 0) return this.#guarded(() => this.#counted(step));
    this.#poison = null;
    this.#execute(this.db.readonly ? 'begin' : 'begin immediate');
    try {
      const result = this.#counted(step);
      if (this.#poison !== null) throw (this.#poison as { error: unknown }).error;
      this.#execute('commit');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors, a full disk among them
      if (this.db.inTransaction) this.db.exec('rollback');
      throw asStateError(error, this.db.name);
    }
  }

  #counted<T>(step: () => T): T {
    this.#depth++;
    try {
      const result = step();
      if (result instanceof Promise) throw new Error('a transaction of the state store must not await');
      return result;
    } finally {
      this.#depth--;
    }
  }

  #execute(sql: string): void {
    this.#guarded(() => this.#statement(sql).run());
  }

  #guarded<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      const translated = asStateError(error, this.db.name);
      if (this.#depth > 0) this.#poison ??= { error: translated };
      throw translated;
    }
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
