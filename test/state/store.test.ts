import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openMemoryStore } from '../../state/memory-store.ts';
import { openSqliteStore } from '../../state/sqlite-store.ts';
import type { StateStore } from '../../state/store.ts';
import { describeStore } from './conformance.ts';
import { chunksOf, manyPairs, pairsOf } from './pair-chunks.ts';
import { badCell, commit, derive, fileOf, metaOf, statAt, write } from './store-steps.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'marquee-state-'));
let stores = 0;
const openSqlite = () => openSqliteStore(path.join(folder, `${stores++}`, 'state.sqlite'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describeStore('the memory store', openMemoryStore);
describeStore('the SQLite store', openSqlite);

/** One call, as data; ids are picked among small numbers, so that misuse is part of the histories. */
type Step = (store: StateStore) => unknown;

// dense on purpose: what goes wrong between two versions needs them on one path; the odd names order differently in UTF-16
const path_ = fc.constantFrom('cpi/a.csv', 'cpi/a.csv', 'cpi/a.csv', 'movies/😀.csv', 'movies/\uffee.csv');
const fingerprint = fc.constantFrom('f1', 'f2', 'f3');
const id = fc.integer({ min: 1, max: 12 });
const unaccepted = fc.constantFrom('held' as const, 'rejected' as const);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(path_, fingerprint, fc.integer({ min: 0, max: 5 }))
      .map(([at, bytes, count]) => (store: StateStore) => {
        const writer = store.openWriter(fileOf(store, at), metaOf(bytes));
        for (const chunk of chunksOf(manyPairs(count))) writer.append(chunk);
        store.addQuarantine(writer.versionId, [badCell(count), badCell(1)]);
        return writer.finish(`{"count":${count}}`);
      }),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(path_, fingerprint, fc.integer({ min: 0, max: 20 }), fc.bigInt({ min: 1n, max: 3n }))
      .map(
        ([at, bytes, count, row]) =>
          (s: StateStore) =>
            derive(s, at, bytes, manyPairs(count, row)),
      ),
  },
  // So many pairs that an overlay of what differs is kept.
  {
    weight: 3,
    arbitrary: fc
      .tuple(path_, fingerprint, fc.nat({ max: 12 }))
      .map(([at, bytes, gone]) => (store: StateStore) => {
        const pairs = manyPairs(400).slice(gone);
        const { inForce } = store.fileState(fileOf(store, at)) ?? {};
        return inForce == null ? write(store, at, bytes, pairs) : derive(store, at, bytes, pairs);
      }),
  },
  fc.tuple(path_, fingerprint).map(
    ([at, bytes]) =>
      (s: StateStore) =>
        void s.openWriter(fileOf(s, at), metaOf(bytes)),
  ),
  fc.tuple(path_, fingerprint).map(
    ([at, bytes]) =>
      (s: StateStore) =>
        s.markRemoved(fileOf(s, at), bytes),
  ),
  {
    weight: 2,
    arbitrary: unaccepted.map((status) => (s: StateStore) => {
      const pending = s.fileStates().find((state) => state.pending !== null)?.pending;
      return s.demote(pending?.versionId ?? 1, status, '{}');
    }),
  },
  {
    weight: 3,
    arbitrary: fc.uuid().map((uuid) => (s: StateStore) => s.openEpoch() === null && commit(s, uuid)),
  },
  fc.tuple(id, unaccepted).map(
    ([version, status]) =>
      (s: StateStore) =>
        s.demote(version, status, '{}'),
  ),
  fc.tuple(path_, fingerprint, unaccepted).map(
    ([at, bytes, status]) =>
      (s: StateStore) =>
        s.recordUnaccepted(fileOf(s, at), metaOf(bytes), status, '{}'),
  ),
  id.map((version) => (s: StateStore) => s.dropVersion(version)),
  id.map((version) => (s: StateStore) => s.setSaved(version, true)),
  id.map((version) => (s: StateStore) => s.updateStat(version, statAt(version))),
  id.map((version) => (s: StateStore) => s.addQuarantine(version, [badCell(version)])),
  fc.constant((s: StateStore) => s.discardPending()),
  fc
    .uuid()
    .map((uuid) => (s: StateStore) => s.beginEpoch({ uuid, engineHash: 'h', intent: '{}', beganAtMs: 1 })),
  {
    weight: 3,
    arbitrary: fc.constant((s: StateStore) => s.commitEpoch(s.openEpoch()?.epoch ?? 0, '{"r":1}', 2)),
  },
  fc.constant((s: StateStore) => s.abandonEpoch(s.openEpoch()?.epoch ?? 0)),
  fc.integer({ min: 0, max: 3 }).map((keep) => (s: StateStore) => s.pruneHistory(keep)),
  fingerprint.map((bytes) => (s: StateStore) => s.accept(bytes, 1)),
);

/** Some steps in one transaction, which may end by throwing, or swallow what its steps throw. */
const grouped: fc.Arbitrary<Step> = fc
  .tuple(fc.array(step, { maxLength: 4 }), fc.constantFrom('commit', 'throw', 'swallow'))
  .map(
    ([steps, ending]) =>
      (store: StateStore) =>
        store.transaction(() => {
          const results = steps.map((one) => (ending === 'swallow' ? outcome(store, one) : one(store)));
          if (ending === 'throw') throw new Error('thrown');
          return results;
        }),
  );

/** Everything that can be asked of a store. */
function dump(store: StateStore) {
  const files = store.fileStates();
  const versions = files.flatMap(({ inForce, pending }) =>
    [inForce, pending].filter((version) => version !== null),
  );
  return {
    files,
    pairs: versions.map(({ versionId }) => pairsOf(store.readPairs(versionId))),
    hints: files.map(({ file }) => store.unchangedVersion(file.path, statAt(5000))),
    moves: ['f1', 'f2', 'f3'].map((bytes) => store.versionsWithFingerprint(bytes)),
    quarantine: store.quarantine({ statuses: ['in_force', 'pending', 'held', 'rejected'] }),
    counts: store.quarantineCounts(),
    held: store.held(),
    open: store.openEpoch(),
    history: store.history(100),
    acceptances: store.acceptances(),
  };
}

function outcome(store: StateStore, one: Step): unknown {
  try {
    return { result: one(store) };
  } catch (error) {
    return { error: String(error) };
  }
}

describe('both stores', () => {
  const history = fc.array(fc.oneof({ weight: 4, arbitrary: step }, grouped), {
    minLength: 1,
    maxLength: 40,
  });

  it('stay the same through random histories, failures and rollbacks among them', () => {
    const runs = process.env['MARQUEE_SOAK'] === undefined ? 200 : 3000;
    fc.assert(
      fc.property(history, (steps) => {
        const memory = openMemoryStore();
        const sqlite = openSqliteStore(':memory:');
        try {
          for (const one of steps) {
            expect(outcome(sqlite, one)).toEqual(outcome(memory, one));
            expect(dump(sqlite)).toEqual(dump(memory));
          }
        } finally {
          sqlite.close();
        }
      }),
      { numRuns: runs },
    );
  }, 300_000);

  it('keep nothing of versions that are gone', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const sqlite = openSqlite();
        for (const one of steps) outcome(sqlite, one);
        sqlite.close();
        const db = new Database(sqlite.file);
        try {
          const ofNobody = db.prepare(`
            select 'segment' from segment s where not exists (
              select 1 from version v where coalesce(v.segments_of, v.version_id) = s.version_id)
            union all select 'overlay' from version v join overlay o using (version_id) where v.segments_of is null
            union all select 'kept of ' || status from version v
              where status in ('held', 'rejected')
                and (segments_of is not null or exists (select 1 from segment s where s.version_id = v.version_id))`);
          expect(ofNobody.pluck().all()).toEqual([]);
          expect(db.pragma('foreign_key_check')).toEqual([]);
        } finally {
          db.close();
        }
      }),
      { numRuns: process.env['MARQUEE_SOAK'] === undefined ? 40 : 1000 },
    );
  }, 300_000);
});
