import Database from 'better-sqlite3';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { setAside } from '../../state/set-aside.ts';
import { openSqliteStore } from '../../state/sqlite-store.ts';
import { manyPairs, pairsOf } from './pair-chunks.ts';
import { commit, write } from './store-steps.ts';

import { StateFile } from './state-file.ts';

const state = new StateFile();

describe('opening the SQLite store', () => {
  it('makes the folder and the file, and finds all of it again', () => {
    const made = openSqliteStore(state.path);
    expect(made).toMatchObject({ created: true, migratedFrom: null, file: state.path });
    made.close();
    rmSync(path.dirname(state.path), { recursive: true });
    const stateId = state.fill();
    const again = openSqliteStore(state.path, { expectedStateId: stateId });
    expect(again).toMatchObject({ created: false, migratedFrom: null, stateId });
    const [found] = again.fileStates();
    expect(pairsOf(again.readPairs(found!.inForce!.versionId))).toHaveLength(5000);
    expect(again.quarantine()).toHaveLength(1);
    again.close();
    expect(readdirSync(path.dirname(state.path))).toEqual(['state.sqlite']);
  });

  it('sets the promised durability', () => {
    openSqliteStore(state.path).close();
    const db = new Database(state.path);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('page_size', { simple: true })).toBe(16_384);
    db.close();
  });

  it('takes an empty file, and one whose making was cut short, for a new store', () => {
    mkdirSync(path.dirname(state.path));
    writeFileSync(state.path, '');
    openSqliteStore(state.path).close();
    rmSync(state.path);
    state.rewrite((db) => db.pragma('journal_mode = wal'));
    expect(readFileSync(state.path).length).toBeGreaterThan(0);
    const store = openSqliteStore(state.path, { expectedStateId: 'that of a lost store' });
    expect(store.created).toBe(true);
    store.close();
  });

  it('refuses a newer schema, and leaves the file as it is', () => {
    state.fill();
    state.rewrite((db) => db.pragma('user_version = 99'));
    const before = readFileSync(state.path);
    const { message } = state.expectFailure('state-newer', () => openSqliteStore(state.path));
    expect(message).toContain('schema version 99');
    expect(readFileSync(state.path).equals(before)).toBe(true);
  });

  it('refuses the store of another warehouse, and a database that is none of ours', () => {
    state.fill();
    state.expectFailure('state-foreign', () => openSqliteStore(state.path, { expectedStateId: 'another' }));
    rmSync(state.path);
    state.rewrite((db) => db.exec('create table bookmarks (url text)'));
    state.expectFailure('state-foreign', () => openSqliteStore(state.path));
  });

  it('finds a file that is no database, a torn one and a torn page; set aside, a new one can be made', () => {
    state.fill();
    const sound = readFileSync(state.path);
    const torn = Buffer.from(sound);
    torn.fill(0x5a, 16_384, 16_384 * 2);
    for (const damaged of [Buffer.from('no database at all'.repeat(99)), sound.subarray(0, 40_000), torn]) {
      writeFileSync(state.path, damaged);
      state.expectFailure('state-corrupt', () => openSqliteStore(state.path));
      const aside = setAside(state.path, 'corrupt');
      expect(readFileSync(aside).equals(damaged)).toBe(true);
      const fresh = openSqliteStore(state.path);
      expect(fresh.created).toBe(true);
      fresh.close();
      rmSync(state.path);
    }
    expect(readdirSync(path.dirname(state.path)).filter((name) => name.includes('corrupt'))).toHaveLength(3);
  });

  it('finds a flipped bit and a missing segment in the watermarks when they are read', () => {
    state.fill();
    state.rewrite((db) =>
      db.exec(`update segment set pairs = cast(x'00' || substr(pairs, 2) as blob) where segment_no = 1`),
    );
    expect(state.expectFailure('state-corrupt', state.pairs).message).toContain('checksum');
    state.rewrite((db) => db.exec('delete from segment where segment_no = 0'));
    expect(state.expectFailure('state-corrupt', state.pairs).message).toContain('missing');
  });

  it('whatever page is torn, it is found when the store is opened or that page is read, or nothing stood there', () => {
    state.fill();
    const sound = readFileSync(state.path);
    const read = () =>
      state.ask((store) => [store.fileStates(), state.pairsOf(store), store.quarantine(), store.history(9)]);
    const expected = read();
    let found = 0;
    for (let at = 16_384; at < sound.length; at += 16_384) {
      const torn = Buffer.from(sound);
      torn.fill(0x5a, at, at + 16_384);
      writeFileSync(state.path, torn);
      let outcome: unknown;
      try {
        outcome = read();
      } catch (error) {
        expect(error).toMatchObject({ code: 'state-corrupt' });
        found += 1;
        continue;
      }
      expect(outcome).toEqual(expected);
    }
    expect(found).toBeGreaterThan(10);
  });

  it('of one that a crash left more is looked at when it is opened', () => {
    state.fill();
    const sound = readFileSync(state.path);
    const isFound = (at: number, left: () => void): boolean => {
      const torn = Buffer.from(sound);
      torn.fill(0x5a, at, at + 16_384);
      writeFileSync(state.path, torn);
      left();
      try {
        openSqliteStore(state.path).close();
        return false;
      } catch (error) {
        expect(error).toMatchObject({ code: 'state-corrupt' });
        return true;
      } finally {
        rmSync(`${state.path}-wal`, { force: true });
      }
    };
    const pages = Array.from({ length: sound.length / 16_384 - 1 }, (_, page) => (page + 1) * 16_384);
    const silent = pages.filter((at) => !isFound(at, () => undefined));
    expect(
      silent.filter((at) => isFound(at, () => writeFileSync(`${state.path}-wal`, Buffer.alloc(32)))),
    ).not.toEqual([]);
  });

  it('says so when the place cannot be written', () => {
    writeFileSync(path.dirname(state.path), 'a file where the folder should be');
    state.expectFailure('state-unwritable', () => openSqliteStore(state.path));
  });

  it.skipIf(process.getuid?.() === 0)('says so when the folder is read-only', () => {
    mkdirSync(path.dirname(state.path));
    chmodSync(path.dirname(state.path), 0o555);
    state.expectFailure('state-unwritable', () => openSqliteStore(state.path));
    chmodSync(path.dirname(state.path), 0o755);
  });
});

describe('reading beside a writer', () => {
  it('needs a store', () => {
    state.expectFailure('state-missing', () => openSqliteStore(state.path, { readOnly: true }));
    expect(existsSync(path.dirname(state.path))).toBe(false);
  });

  it('sees what was committed, keeps its view within a transaction, and cannot write', () => {
    const writer = openSqliteStore(state.path);
    write(writer, 'cpi/a.csv', 'a', manyPairs(1));
    commit(writer, 'e1');
    const reader = openSqliteStore(state.path, { readOnly: true });
    expect(reader.stateId).toBe(writer.stateId);
    reader.transaction(() => {
      expect(reader.lastEpoch()?.uuid).toBe('e1');
      write(writer, 'cpi/b.csv', 'b', []);
      commit(writer, 'e2');
      expect(reader.lastEpoch()?.uuid).toBe('e1');
    });
    expect(reader.lastEpoch()?.uuid).toBe('e2');
    state.expectFailure('state-unwritable', () => reader.setMeta('a', 'b'));
    reader.close();
    writer.close();
  });

  it('a second process can leave a request; one that waits too long for the writer is told to retry', () => {
    const writer = openSqliteStore(state.path);
    const other = openSqliteStore(state.path, { busyTimeoutMs: 50 });
    other.addRequest('accept', '{}', 1);
    expect(writer.requests()).toHaveLength(1);
    writer.transaction(() => {
      writer.setMeta('a', 'b');
      expect(state.expectFailure('state-busy', () => other.addRequest('accept', '{}', 2)).retryable).toBe(
        true,
      );
    });
    other.addRequest('accept', '{}', 3);
    expect(writer.requests()).toHaveLength(2);
    other.close();
    writer.close();
  });
});
