import Database from 'better-sqlite3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { openSqliteStore, type SqliteStateStore } from '../../state/sqlite-store.ts';
import { StateError } from '../../state/state-error.ts';
import { manyPairs, pairsOf, type Pair } from './pair-chunks.ts';
import { badCell, commit, write } from './store-steps.ts';

/** A state file of its own for each test of the calling file, and what is often done to it. */
export class StateFile {
  #folder = '';

  constructor() {
    beforeEach(() => {
      this.#folder = mkdtempSync(path.join(tmpdir(), 'marquee-state-'));
    });
    afterEach(() => {
      rmSync(this.#folder, { recursive: true, force: true });
    });
  }

  /** Its folder isn't made yet. */
  get path(): string {
    return path.join(this.#folder, '.marquee', 'state.sqlite');
  }

  /** Leaves a closed store with one version in force, of `records` records; returns its id. */
  fill(records = 5000): string {
    const store = openSqliteStore(this.path);
    const { versionId } = write(store, 'cpi/a.csv', 'a', manyPairs(records));
    store.addQuarantine(versionId, [badCell(1)]);
    commit(store, 'e1');
    store.close();
    return store.stateId;
  }

  /** Does something behind the store's back. */
  rewrite(change: (db: Database.Database) => void): void {
    const db = new Database(this.path);
    change(db);
    db.close();
  }

  /** Opens the store, asks it something and closes it again, whatever comes of it. */
  ask<T>(question: (store: SqliteStateStore) => T): T {
    const store = openSqliteStore(this.path);
    try {
      return question(store);
    } finally {
      store.close();
    }
  }

  /** The pairs of the version in force of the first file. */
  pairsOf(store: SqliteStateStore): Pair[] {
    return pairsOf(store.readPairs(store.fileStates()[0]!.inForce!.versionId));
  }

  readonly pairs = (): Pair[] => this.ask((store) => this.pairsOf(store));

  /** Runs `step`, which must fail with a StateError of this code that names the file and has a hint. */
  expectFailure(code: string, step: () => unknown): StateError {
    let caught: unknown;
    try {
      step();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(StateError);
    const error = caught as StateError;
    expect(error).toMatchObject({ code, exitCode: 1 });
    expect(error.hint.length).toBeGreaterThan(10);
    expect(error.message).toContain(this.path);
    return error;
  }
}
