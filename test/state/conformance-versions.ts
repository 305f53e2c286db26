import { describe, expect, it } from 'vitest';
import { removalFingerprint } from '../../state/removal.ts';
import type { StateStore } from '../../state/store.ts';
import { chunkOf, chunksOf, manyPairs, pairsOf } from './pair-chunks.ts';
import { begin, commit, derive, metaOf, statAt, write } from './store-steps.ts';

const PATH = 'cpi/a.csv';

/** Files, versions, hints and watermarks. */
export function conformsInVersions(current: () => StateStore): void {
  describe('files and versions', () => {
    it('a path keeps its id, and its source', () => {
      const store = current();
      const a = store.ensureFile('cpi', PATH);
      expect(store.ensureFile('cpi', PATH)).toEqual(a);
      expect(store.ensureFile('cpi', 'cpi/b.csv').fileId).not.toBe(a.fileId);
      expect(() => store.ensureFile('movies', PATH)).toThrow(/belongs to source cpi/);
      expect(store.fileByPath('cpi/c.csv')).toBeNull();
      expect(store.fileState(99)).toBeNull();
      expect(store.fileState(a.fileId)).toEqual({ file: a, inForce: null, pending: null, unaccepted: null });
      expect(store.fileStates()).toEqual([]);
    });

    it('a version comes back as it was written, 64-bit times and inode to the digit', () => {
      const store = current();
      const { fileId } = store.ensureFile('cpi', PATH);
      const stat = { ...statAt(5), mtimeNs: 1_763_835_123_123_456_789n, ctimeNs: -1n };
      const meta = { ...metaOf('f', stat), shape: null, delimiter: '\t' };
      const version = store.openWriter(fileId, meta).finish('{"nonNull":{"revenue":3}}');
      expect(version).toEqual({
        ...{ versionId: version.versionId, fileId, ...meta, status: 'pending', removed: false, records: 0 },
        ...{ quarantined: 0, profile: '{"nonNull":{"revenue":3}}', reason: null, epoch: null, saved: false },
      });
      expect(store.version(version.versionId)).toEqual(version);
      store.setSaved(version.versionId, true);
      expect(store.version(version.versionId)?.saved).toBe(true);
    });

    it('watermarks come back sorted, segment by segment, and can be read while others are written', () => {
      const store = current();
      const pairs = manyPairs(10_000);
      const { versionId, records } = write(store, PATH, 'f', pairs);
      expect(records).toBe(10_000);
      const sizes: number[] = [];
      for (const { keyHi } of store.readPairs(versionId)) {
        sizes.push(keyHi.length);
        store.setMeta('seen', String(sizes.length));
      }
      expect(sizes).toEqual([4096, 4096, 1808]);
      const back = pairsOf(store.readPairs(versionId));
      expect(back).toEqual(pairsOf(chunksOf(pairs)));
      expect(pairsOf(store.readPairs(versionId))).toEqual(back);
    });

    it('takes a chunk by value: the caller may reuse it', () => {
      const store = current();
      const writer = store.openWriter(store.ensureFile('cpi', PATH).fileId, metaOf('f'));
      const chunk = chunkOf([[1n, 1n]]);
      writer.append(chunk);
      chunk.keyLo[0] = 2n;
      writer.append(chunk);
      expect(pairsOf(store.readPairs(writer.finish().versionId))).toEqual([
        [1n, 1n],
        [2n, 1n],
      ]);
    });

    it('refuses duplicate keys and disorder, also between appends', () => {
      const store = current();
      const { fileId } = store.ensureFile('cpi', PATH);
      const writer = store.openWriter(fileId, metaOf('f'));
      writer.append(chunkOf([[1n << 127n, 1n]]));
      expect(() => writer.append(chunkOf([[1n << 127n, 2n]]))).toThrow(/ascend strictly/);
      expect(() => writer.append(chunkOf([[1n, 2n]]))).toThrow(/ascend strictly/);
    });

    it('a derived version has the pairs of the one before it but for the changes, however many went before', () => {
      const store = current();
      let pairs = manyPairs(9000);
      write(store, PATH, 'v0', pairs);
      commit(store, 'e0');
      for (let round = 1; round <= 12; round++) {
        // Some change and come back, some go, some come; at the sixth round more than an eighth.
        const share = round === 6 ? 5 : 97;
        pairs = pairs
          .filter((_, at) => at % 101 !== round)
          .map(([key, row], at) => (at % share === round % share ? [key, row + 1n] : [key, row]));
        pairs = [...new Map([...manyPairs(9000 + 50 * round, 3n).slice(9000), ...pairs])];
        const derived = derive(store, PATH, `v${round}`, pairs);
        expect(derived).toMatchObject({ status: 'pending', records: pairs.length });
        expect(pairsOf(store.readPairs(derived.versionId))).toEqual(pairsOf(chunksOf(pairs)));
        commit(store, `e${round}`);
        expect(pairsOf(store.readPairs(derived.versionId))).toEqual(pairsOf(chunksOf(pairs)));
      }
    });

    it('a derived version that is not taken leaves the one in force as it was', () => {
      const store = current();
      const pairs = manyPairs(500);
      const { versionId } = write(store, PATH, 'v0', pairs);
      commit(store, 'e0');
      const back = pairsOf(store.readPairs(versionId));
      for (const give of [
        (derived: number) => void store.demote(derived, 'held', '{}'),
        () => void store.discardPending(),
        (derived: number) => void store.dropVersion(derived),
        () => void store.abandonEpoch(begin(store, 'abandoned')),
        () => void store.openWriter(store.ensureFile('cpi', PATH).fileId, metaOf('other')),
      ]) {
        const derived = derive(store, PATH, 'v1', pairs.slice(3));
        expect(derived.records).toBe(497);
        give(derived.versionId);
        expect(() => [...store.readPairs(derived.versionId)]).toThrow();
        expect(pairsOf(store.readPairs(versionId))).toEqual(back);
      }
    });

    it('derives only from the version in force of the same file, and only once', () => {
      const store = current();
      const other = write(store, 'cpi/b.csv', 'b', manyPairs(3));
      const mine = write(store, PATH, 'f', manyPairs(3));
      const { fileId } = mine;
      commit(store, 'e');
      expect(() => store.openWriter(fileId, metaOf('g')).derive(other.versionId, [])).toThrow(/in force/);
      expect(() => store.openWriter(fileId, metaOf('g')).derive(99, [])).toThrow();
      const writer = store.openWriter(fileId, metaOf('g'));
      writer.derive(mine.versionId, []);
      expect(() => writer.derive(mine.versionId, [])).toThrow(/already/);
      expect(() => writer.append(chunkOf(manyPairs(1)))).toThrow(/derived/);
      expect(writer.finish().records).toBe(3);
      const appended = store.openWriter(fileId, metaOf('g'));
      appended.append(chunkOf(manyPairs(1)));
      expect(() => appended.derive(mine.versionId, [])).toThrow(/already/);
    });

    it('an unfinished version is invisible; abort and discard leave nothing', () => {
      const store = current();
      const { fileId } = store.ensureFile('cpi', PATH);
      const writer = store.openWriter(fileId, metaOf('f'));
      writer.append(chunkOf(manyPairs(1)));
      expect(store.version(writer.versionId)).toBeNull();
      expect(store.fileStates()).toEqual([]);
      expect(store.versionsWithFingerprint('f')).toEqual([]);
      expect(() => store.readPairs(writer.versionId)).toThrow();
      writer.abort();
      expect(() => writer.finish()).toThrow(/closed/);
      store.openWriter(fileId, metaOf('g'));
      expect(store.discardPending()).toBe(1);
      expect(store.discardPending()).toBe(0);
    });

    it('a second writer of a file displaces the first one', () => {
      const store = current();
      const { fileId } = store.ensureFile('cpi', PATH);
      const first = store.openWriter(fileId, metaOf('f'));
      const second = store.openWriter(fileId, metaOf('g'));
      first.append(chunkOf(manyPairs(1)));
      expect(() => first.finish()).toThrow();
      expect(second.finish().fingerprint).toBe('g');
      expect(store.fileState(fileId)?.pending?.fingerprint).toBe('g');
    });

    it('keeps one unaccepted version a file, without watermarks, and forgets it on demand', () => {
      const store = current();
      const first = write(store, PATH, 'f', manyPairs(3));
      const held = store.demote(first.versionId, 'held', '{"loss":0.9}');
      expect(held).toMatchObject({ status: 'held', reason: '{"loss":0.9}', records: 3 });
      expect(() => store.readPairs(held.versionId)).toThrow(/held/);
      expect(() => store.demote(held.versionId, 'held', '{}')).toThrow(/not pending/);
      const rejected = store.recordUnaccepted(held.fileId, metaOf('g'), 'rejected', '{"missing":"title"}');
      expect(store.version(held.versionId)).toBeNull();
      expect(store.fileState(held.fileId)).toMatchObject({
        inForce: null,
        pending: null,
        unaccepted: rejected,
      });
      expect(store.held()).toEqual([]);
      store.dropVersion(rejected.versionId);
      expect(store.fileStates()).toEqual([]);
      expect(() => store.dropVersion(rejected.versionId)).toThrow(/no version/);
    });

    it('lists what is held, removals too, by source and path', () => {
      const store = current();
      const b = store.demote(write(store, 'movies/b.csv', 'b', []).versionId, 'held', '{}');
      const token = removalFingerprint([{ path: PATH, fingerprint: 'a' }]);
      const removal = store.markRemoved(store.ensureFile('cpi', PATH).fileId, token);
      const a = store.demote(removal.versionId, 'held', '{"folder":"cpi"}');
      expect(a).toMatchObject({ removed: true, stat: null, fingerprint: token });
      expect(store.held().map(({ file, version }) => [file.path, version])).toEqual([
        [PATH, a],
        ['movies/b.csv', b],
      ]);
      expect(store.fileStates('movies').map(({ file }) => file.path)).toEqual(['movies/b.csv']);
    });

    it('finds versions by their bytes wherever they stand', () => {
      const store = current();
      const a = write(store, PATH, 'same', []);
      const b = write(store, 'cpi/b.csv', 'same', []);
      write(store, 'cpi/c.csv', 'other', []);
      expect(store.versionsWithFingerprint('same')).toEqual([a, b]);
    });
  });

  describe('the stat hint', () => {
    const unchanged = (store: StateStore, change: Partial<ReturnType<typeof statAt>> = {}) =>
      store.unchangedVersion(PATH, { ...statAt(5000), observedAtMs: 2_000_000, ...change })?.fingerprint ??
      null;

    it('knows bytes by size, times and inode together', () => {
      const store = current();
      expect(unchanged(store)).toBeNull();
      write(store, PATH, 'f', []);
      expect(unchanged(store)).toBe('f');
      expect(unchanged(store, { size: 11 })).toBeNull();
      expect(unchanged(store, { mtimeNs: 5_000_000_001n })).toBeNull();
      expect(unchanged(store, { ctimeNs: 1n })).toBeNull();
      expect(unchanged(store, { ino: 1n })).toBeNull();
    });

    it('distrusts times within 2 s of when they were read, and future ones, until they are read again', () => {
      const store = current();
      const { versionId } = write(store, PATH, 'f', []);
      const racy = statAt(5000, 10, 6999);
      store.updateStat(versionId, racy);
      expect(store.unchangedVersion(PATH, { ...racy, observedAtMs: 99_000 })).toBeNull();
      store.updateStat(versionId, { ...racy, mtimeNs: 1n });
      expect(store.unchangedVersion(PATH, { ...racy, mtimeNs: 1n })).toBeNull();
      store.updateStat(versionId, statAt(5000, 10, 4000));
      expect(unchanged(store)).toBeNull();
      store.updateStat(versionId, statAt(5000, 10, 7000));
      expect(unchanged(store)).toBe('f');
    });

    it('speaks of the version seen last, held ones too, and of none after a removal', () => {
      const store = current();
      write(store, PATH, 'good', []);
      commit(store, 'e1');
      store.demote(write(store, PATH, 'truncated', []).versionId, 'held', '{}');
      expect(unchanged(store)).toBe('truncated');
      const { fileId } = store.ensureFile('cpi', PATH);
      store.recordUnaccepted(fileId, metaOf('gone', null), 'held', '{}', true);
      expect(unchanged(store)).toBeNull();
    });
  });
}
