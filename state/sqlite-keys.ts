import { checksum } from './checksum.ts';
import {
  areFew,
  decodeRuns,
  encodeRuns,
  keyCount,
  recombined,
  runFinder,
  wholeBase,
  type KeptKeys,
  type KeyRuns,
} from './key-runs.ts';
import { keyParts, KEYS_A_PART, noKeys, uncountable, wrongCount } from './record-keys.ts';
import { corrupt, type SqliteSession } from './sqlite-session.ts';

/** Where the keys of a version stand. */
interface KeyPlaces {
  readonly versionId: number;
  /** The version that wrote the base. */
  readonly keysOf: number;
  readonly runs: KeyRuns;
  readonly find: ReturnType<typeof runFinder>;
}

/** The keys of records, in file order, of versions that have blocks. Memory: 512 KiB, and the runs of one version. */
export class SqliteKeys {
  readonly #session: SqliteSession;
  // Records are asked for in short runs, one after another: most lie where the last ones lay.
  #part: { readonly keysOf: number; readonly partNo: number; readonly keys: BigUint64Array } | null = null;
  #places: KeyPlaces | null = null;

  constructor(session: SqliteSession) {
    this.#session = session;
  }

  /** As `StateStore.readRecordKeys`. */
  read(versionId: number, first: number, count: number): BigUint64Array {
    const keys = new BigUint64Array(count);
    const places = this.#placesOf(versionId);
    let filled = 0;
    for (const run of places.find(first, count)) {
      this.#copy(places, run.start, keys.subarray(filled, filled + run.count));
      filled += run.count;
    }
    if (filled < count) throw new Error(noKeys(versionId, first, count));
    return keys;
  }

  /** As `StateStore.saveBlocks`, for a version that has none. */
  save(
    versionId: number,
    keys: Iterable<BigUint64Array | KeptKeys>,
    records: number | null,
    before: number | undefined,
  ): void {
    if (before === undefined) {
      this.#saveAll(versionId, allGiven(keys), records);
      return;
    }
    const kept = this.#placesOf(before);
    const runs = recombined(kept.runs, keys);
    if (keyCount(runs) !== records)
      throw new Error(records === null ? uncountable : wrongCount(keyCount(runs), records));
    if (areFew(runs)) this.#saveRuns(versionId, kept.keysOf, runs);
    else this.#saveAll(versionId, this.#all({ ...kept, runs, find: runFinder(runs) }), records);
  }

  #saveAll(versionId: number, keys: Iterable<BigUint64Array>, records: number | null): void {
    let partNo = 0;
    for (const part of keyParts(keys, records)) {
      this.#session.run(
        'insert into record_keys (version_id, part_no, checksum, keys) values (?, ?, ?, ?)',
        versionId,
        partNo++,
        checksum(part),
        part,
      );
    }
    this.#forget(versionId);
  }

  #saveRuns(versionId: number, keysOf: number, runs: KeyRuns): void {
    const blob = encodeRuns(runs);
    this.#session.run(
      'insert into record_runs (version_id, keys_of, base_keys, checksum, runs) values (?, ?, ?, ?, ?)',
      versionId,
      keysOf,
      runs.baseKeys,
      checksum(blob),
      blob,
    );
    this.#forget(versionId);
  }

  /** Ids are given out again where a transaction was rolled back. */
  #forget(versionId: number): void {
    if (this.#part?.keysOf === versionId) this.#part = null;
    if (this.#places?.versionId === versionId) this.#places = null;
  }

  *#all(places: KeyPlaces): Generator<BigUint64Array> {
    for (const { start, count } of places.find(0, keyCount(places.runs))) {
      for (let at = 0; at < count; at += KEYS_A_PART) {
        const keys = new BigUint64Array(Math.min(KEYS_A_PART, count - at));
        this.#copy(places, start + at, keys);
        yield keys;
      }
    }
  }

  /** Fills a column with the keys of a run from a place on. */
  #copy({ keysOf, runs }: KeyPlaces, start: number, into: BigUint64Array): void {
    if (start >= runs.baseKeys) {
      into.set(runs.own.subarray(start - runs.baseKeys, start - runs.baseKeys + into.length));
      return;
    }
    for (let filled = 0; filled < into.length;) {
      const partNo = Math.floor((start + filled) / KEYS_A_PART);
      const from = start + filled - partNo * KEYS_A_PART;
      const some = this.#partOf(keysOf, partNo).subarray(from, from + into.length - filled);
      if (some.length === 0) throw this.#missing(keysOf);
      into.set(some, filled);
      filled += some.length;
    }
  }

  #partOf(keysOf: number, partNo: number): BigUint64Array {
    if (this.#part?.keysOf !== keysOf || this.#part.partNo !== partNo)
      this.#part = { keysOf, partNo, keys: this.#readPart(keysOf, partNo) };
    return this.#part.keys;
  }

  #readPart(keysOf: number, partNo: number): BigUint64Array {
    const row = this.#session.get<{ checksum: number; keys: Uint8Array }>(
      'select checksum, keys from record_keys where version_id = ? and part_no = ?',
      keysOf,
      partNo,
    );
    if (row === undefined) throw this.#missing(keysOf);
    if (checksum(row.keys) !== row.checksum)
      throw corrupt(this.#session.db.name, `the keys of version ${keysOf} have another checksum`);
    const { buffer, byteOffset } = row.keys.byteOffset % 8 === 0 ? row.keys : Uint8Array.from(row.keys);
    return new BigUint64Array(buffer, byteOffset, row.keys.byteLength / 8);
  }

  #missing(keysOf: number): Error {
    return corrupt(this.#session.db.name, `keys of version ${keysOf} are missing`);
  }

  #placesOf(versionId: number): KeyPlaces {
    if (this.#places?.versionId !== versionId) this.#places = this.#readPlaces(versionId);
    return this.#places;
  }

  #readPlaces(versionId: number): KeyPlaces {
    const row = this.#session.get<{ keysOf: number; baseKeys: number; checksum: number; runs: Uint8Array }>(
      'select keys_of as keysOf, base_keys as baseKeys, checksum, runs from record_runs where version_id = ?',
      versionId,
    );
    if (row === undefined) {
      const written = this.#session.get<{ bytes: number | null }>(
        'select sum(length(keys)) as bytes from record_keys where version_id = ?',
        versionId,
      );
      const runs = wholeBase((written?.bytes ?? 0) / 8);
      return { versionId, keysOf: versionId, runs, find: runFinder(runs) };
    }
    if (checksum(row.runs) !== row.checksum)
      throw corrupt(this.#session.db.name, `the runs of keys of version ${versionId} have another checksum`);
    const runs = decodeRuns(row.runs, row.baseKeys);
    return { versionId, keysOf: row.keysOf, runs, find: runFinder(runs) };
  }
}

/** Drops the keys of a version, which no other version may keep any of. */
export function deleteKeys(session: SqliteSession, versionId: number): void {
  session.run('delete from record_runs where version_id = ?', versionId);
  session.run('delete from record_keys where version_id = ?', versionId);
}

/** Keys where none may be kept from elsewhere. */
function* allGiven(keys: Iterable<BigUint64Array | KeptKeys>): Generator<BigUint64Array> {
  for (const some of keys) {
    if ('first' in some) throw new Error('kept keys of no version');
    yield some;
  }
}
