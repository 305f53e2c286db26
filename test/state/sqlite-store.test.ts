import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { migrate, MIGRATIONS, schemaVersion } from '../../state/schema.ts';
import { SqliteSession } from '../../state/sqlite-session.ts';
import { openSqliteStore } from '../../state/sqlite-store.ts';
import { metaOf } from './store-steps.ts';

import { StateFile } from './state-file.ts';

const state = new StateFile();

describe('migration', () => {
  const next = [...MIGRATIONS, `alter table file add column note text not null default 'old'`];

  it('brings an older store to the present schema and keeps what it holds', () => {
    state.fill();
    state.rewrite((db) => {
      expect(migrate(db, next)).toBe(MIGRATIONS.length);
      expect(schemaVersion(db)).toBe(next.length);
      expect(db.prepare('select path, note from file').all()).toEqual([{ path: 'cpi/a.csv', note: 'old' }]);
      expect(migrate(db, next)).toBe(next.length);
    });
    state.expectFailure('state-newer', () => openSqliteStore(state.path));
  });

  it('is one transaction: a failing step leaves the store as it was', () => {
    state.fill();
    state.rewrite((db) => {
      expect(() => migrate(db, [...next, 'alter table nowhere add column x'])).toThrow(/no such table/);
      expect(schemaVersion(db)).toBe(MIGRATIONS.length);
      expect(() => db.prepare('select note from file')).toThrow(/no such column/);
    });
    openSqliteStore(state.path).close();
  });

  it('is refused read-only, and says who does it', () => {
    state.fill();
    state.rewrite((db) => db.pragma('user_version = 0'));
    state.expectFailure('state-older', () => openSqliteStore(state.path, { readOnly: true }));
  });
});

describe('the SQLite version writer', () => {
  it('writes while it takes: a long version does not pile up in memory', () => {
    const store = openSqliteStore(state.path);
    const writer = store.openWriter(store.ensureFile('cpi', 'cpi/a.csv').fileId, metaOf('a'));
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    for (let hi = 0; hi < 600; hi++) {
      const keyHi = new BigUint64Array(4096).fill(BigInt(hi));
      const keyLo = BigUint64Array.from({ length: 4096 }, (_, i) => BigInt(i));
      writer.append({ keyHi, keyLo, rowHi: keyLo, rowLo: keyLo });
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
    expect(writer.finish().records).toBe(600 * 4096);
    expect(peak).toBeLessThan(60e6);
    store.close();
  });

  it('notices that a rolled-back transaction took its pairs with it', () => {
    const store = openSqliteStore(state.path);
    const writer = store.openWriter(store.ensureFile('cpi', 'cpi/a.csv').fileId, metaOf('a'));
    const attempt = () =>
      store.transaction(() => {
        const ascending = BigUint64Array.from({ length: 70 * 4096 }, (_, i) => BigInt(i));
        writer.append({ keyHi: ascending, keyLo: ascending, rowHi: ascending, rowLo: ascending });
        throw new Error('bug');
      });
    expect(attempt).toThrow('bug');
    expect(() => writer.finish()).toThrow(/rolled back/);
    store.close();
  });
});

describe('a full disk', () => {
  it('is said so, and leaves what was there before the transaction', () => {
    state.fill(1);
    const db = new Database(state.path);
    db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true }) as number}`);
    const session = new SqliteSession(db);
    const fill = () =>
      session.transaction(() => {
        session.run(`insert into meta values ('small', '1')`);
        session.run('insert into meta values (?, ?)', 'large', 'x'.repeat(1e6));
      });
    expect(state.expectFailure('state-disk-full', fill).retryable).toBe(true);
    expect(session.get(`select 1 from meta where key = 'small'`)).toBeUndefined();
    db.close();
    openSqliteStore(state.path).close();
  });
});
