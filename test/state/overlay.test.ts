import Database from 'better-sqlite3';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeDiff } from '../../state/merge-diff.ts';
import {
  decodeOverlay,
  emptyOverlay,
  encodeOverlay,
  extendOverlay,
  overlaid,
  overlayOf,
} from '../../state/overlay.ts';
import { migrate, MIGRATIONS } from '../../state/schema.ts';
import { openSqliteStore } from '../../state/sqlite-store.ts';
import { checksum } from '../../state/checksum.ts';
import { encodePairs } from '../../state/segments.ts';
import { save, someKeys, tableOf } from './conformance-blocks.ts';
import { chunkOf, chunksOf, manyPairs, pairsOf, type Pair } from './pair-chunks.ts';
import { StateFile } from './state-file.ts';
import { commit, derive, write } from './store-steps.ts';

// Few values in each word, with the sign bits set and not: keys collide, and order is unsigned.
const word = fc.constantFrom(0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn);
const hash = fc
  .tuple(word, word, word, word)
  .map((parts) => parts.reduce<bigint>((sum, part) => (sum << 32n) | part, 0n));
const version: fc.Arbitrary<Pair[]> = fc.uniqueArray(fc.tuple(hash, hash), {
  maxLength: 60,
  selector: ([key]) => key,
});
const chunkSize = fc.integer({ min: 1, max: 70 });

describe('an overlay', () => {
  it('after any number of versions makes the pairs of the first those of the last', () => {
    fc.assert(
      fc.property(version, fc.array(version, { maxLength: 4 }), chunkSize, (base, later, size) => {
        let overlay = emptyOverlay();
        for (const [at, pairs] of later.entries()) {
          const before = later[at - 1] ?? base;
          const changes = Array.from(mergeDiff(chunksOf(before, size), chunksOf(pairs)));
          overlay = decodeOverlay(encodeOverlay(extendOverlay(overlay, overlayOf(changes))));
          const read = Array.from(overlaid(chunksOf(base, size), overlay));
          expect(pairsOf(read)).toEqual(pairsOf(chunksOf(pairs)));
          expect(read.every(({ keyHi }) => keyHi.length > 0)).toBe(true);
        }
      }),
    );
  });

  it('hands on what it does not touch as it is, and copies a few pairs as well as many', () => {
    const base = manyPairs(3000);
    const chunks = Array.from(chunksOf(base, 1000));
    const sorted = pairsOf(chunks);
    const now = sorted.map(([key, row], at): Pair => [key, at >= 1000 && at < 1020 ? row + 1n : row]);
    const overlay = overlayOf(Array.from(mergeDiff(chunks, chunksOf(now))));
    const read = Array.from(overlaid(chunks, overlay));
    expect([read[0], read[2]]).toEqual([chunks[0], chunks[2]]);
    expect(read[0]).toBe(chunks[0]);
    expect(pairsOf(read)).toEqual(now);
  });

  it('refuses changes that do not ascend', () => {
    const [a, b] = [1n, 2n].map((key) => ({ op: Uint8Array.of(1), ...chunkOf([[key, 1n]]) }));
    expect(() => overlayOf([b!, a!])).toThrow(/ascend strictly/);
    expect(() => overlayOf([a!, a!])).toThrow(/ascend strictly/);
  });
});

const state = new StateFile();
const PATH = 'cpi/a.csv';

describe('segments and keys in the SQLite store', () => {
  const rows = (sql: string): number => {
    const db = new Database(state.path);
    try {
      return db.prepare(sql).pluck().get() as number;
    } finally {
      db.close();
    }
  };

  it('are kept while a version consists of them, and go with the last one', () => {
    const store = openSqliteStore(state.path);
    const pairs = manyPairs(20_000);
    write(store, PATH, 'v0', pairs);
    commit(store, 'e0');
    for (let round = 1; round < 5; round++) {
      derive(store, PATH, `v${round}`, pairs.slice(round * 100));
      commit(store, `e${round}`);
      expect(rows('select count(*) from segment')).toBe(5);
      expect(rows('select count(*) from overlay')).toBe(1);
    }
    // More than an eighth of them: written out.
    derive(store, PATH, 'v5', pairs.slice(3000));
    commit(store, 'e5');
    expect(rows('select count(*) from overlay')).toBe(0);
    expect(rows('select count(*) from segment')).toBe(5);
    expect(rows('select count(distinct version_id) from segment')).toBe(1);
    derive(store, PATH, 'v6', pairs.slice(3001));
    commit(store, 'e6');
    store.markRemoved(store.ensureFile('cpi', PATH).fileId, 'gone');
    commit(store, 'e7');
    expect(rows('select count(*) from segment')).toBe(0);
    expect(rows('select count(*) from overlay')).toBe(0);
    store.close();
  });

  it('keys are kept while a version keeps some of them, and go with the last one', () => {
    const store = openSqliteStore(state.path);
    let before = save(store, 'v0', 200_000, [someKeys(200_000)]);
    for (let round = 1; round < 5; round++) {
      const kept = [{ first: 0, records: 100_000 }, someKeys(9), { first: 100_009, records: 99_991 }];
      before = save(store, `v${round}`, 200_000, kept, before);
      expect(rows('select count(*) from record_keys')).toBe(4);
      expect(rows('select count(*) from record_runs')).toBe(1);
    }
    const held = write(store, PATH, 'held', []).versionId;
    store.saveBlocks(held, tableOf(100_000), [{ first: 0, records: 100_000 }], before);
    store.demote(held, 'held', '{}');
    expect(rows('select count(*) from record_keys')).toBe(4);
    // More than an eighth is new: written out.
    before = save(store, 'v5', 230_000, [{ first: 0, records: 200_000 }, someKeys(30_000)], before);
    expect(rows('select count(*) from record_runs')).toBe(0);
    expect(rows('select count(*) from record_keys')).toBe(4);
    save(store, 'v6', 200_000, [{ first: 30_000, records: 200_000 }], before);
    expect(rows('select count(*) from record_runs')).toBe(1);
    store.markRemoved(store.ensureFile('cpi', PATH).fileId, 'gone');
    commit(store, 'e');
    expect(rows('select count(*) from record_keys')).toBe(0);
    expect(rows('select count(*) from record_runs')).toBe(0);
    store.close();
  });

  it('and overlays are checked when they are read', () => {
    const store = openSqliteStore(state.path);
    write(store, PATH, 'v0', manyPairs(2000));
    commit(store, 'e0');
    derive(store, PATH, 'v1', manyPairs(2050));
    commit(store, 'e1');
    store.close();
    expect(state.pairs()).toHaveLength(2050);
    state.rewrite((db) => db.exec('update version set records = records + 1'));
    expect(state.expectFailure('state-corrupt', state.pairs).message).toContain('2050 watermarks, not 2051');
    state.rewrite((db) => db.exec(`update overlay set pairs = cast(x'00' || substr(pairs, 2) as blob)`));
    expect(state.expectFailure('state-corrupt', state.pairs).message).toContain('checksum');
    state.rewrite((db) => db.exec('delete from overlay'));
    expect(state.expectFailure('state-corrupt', state.pairs).message).toContain('missing');
  });

  it('of a store of before overlays are taken over', () => {
    const pairs = manyPairs(700);
    mkdirSync(path.dirname(state.path), { recursive: true });
    state.rewrite((db) => {
      migrate(db, MIGRATIONS.slice(0, 2));
      db.exec(`
        insert into meta values ('state_id', 'of before');
        insert into file values (1, 'cpi', '${PATH}');
        insert into version (version_id, file_id, status, fingerprint, records) values (7, 1, 'in_force', 'f', 700);
      `);
      db.prepare('insert into record_keys values (5, 7, 0, ?, ?)').run(
        checksum(new Uint8Array(someKeys(700).buffer)),
        new Uint8Array(someKeys(700).buffer),
      );
      const blob = encodePairs(Array.from(chunksOf(pairs))[0]!);
      db.prepare('insert into segment values (3, 7, 0, ?, ?)').run(checksum(blob), blob);
    });
    const store = openSqliteStore(state.path);
    expect(store.migratedFrom).toBe(2);
    expect(pairsOf(store.readPairs(7))).toEqual(pairsOf(chunksOf(pairs)));
    expect(store.readRecordKeys(7, 600, 100)).toEqual(someKeys(100, 601n));
    const { versionId } = derive(store, PATH, 'g', pairs.slice(1));
    store.saveBlocks(versionId, tableOf(699), [{ first: 1, records: 699 }], 7);
    commit(store, 'e');
    expect(store.readRecordKeys(versionId, 0, 9)).toEqual(someKeys(9, 2n));
    expect(pairsOf(store.readPairs(versionId))).toEqual(pairsOf(chunksOf(pairs.slice(1))));
    expect(store.version(7)).toBeNull();
    store.close();
  });
});
