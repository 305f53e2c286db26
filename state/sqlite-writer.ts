import { checksum } from './checksum.ts';
import type { PairChunk } from './pairs.ts';
import type { FileVersion, VersionMeta, VersionStatus } from './records.ts';
import { decodeSegment, SegmentPacker } from './segments.ts';
import type { SqliteSession } from './sqlite-session.ts';
import { corrupt } from './sqlite-session.ts';
import type { VersionWriter } from './store.ts';

/** Segments written in one transaction: 8 MiB, so that syncing to disk costs little and memory stays small. */
const SEGMENTS_AT_ONCE = 64;

/** Adds a row to `version` and returns its id. */
export function insertVersion(
  session: SqliteSession,
  fileId: number,
  meta: VersionMeta,
  status: VersionStatus | 'writing',
  { removed = false, reason = null }: { removed?: boolean; reason?: string | null } = {},
): number {
  const { stat } = meta;
  return session.run(
    `insert into version (file_id, status, removed, fingerprint, size, mtime_ns, ctime_ns, ino, observed_at_ms,
       shape, date_order, encoding, delimiter, reason)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    fileId,
    status,
    removed ? 1 : 0,
    meta.fingerprint,
    stat?.size ?? null,
    stat?.mtimeNs.toString() ?? null,
    stat?.ctimeNs.toString() ?? null,
    stat?.ino.toString() ?? null,
    stat?.observedAtMs ?? null,
    meta.shape,
    meta.dateOrder,
    meta.encoding,
    meta.delimiter,
    reason,
  ).id;
}

/** Writes the segments of one version; see `VersionWriter` for the contract. */
export class SqliteVersionWriter implements VersionWriter {
  readonly versionId: number;
  readonly #session: SqliteSession;
  readonly #load: (versionId: number) => FileVersion;
  readonly #packer = new SegmentPacker((blob) => this.#take(blob));
  #waiting: Uint8Array[] = [];
  #segments = 0;
  #closed = false;

  /** `load` reads the finished version back. */
  constructor(session: SqliteSession, versionId: number, load: (versionId: number) => FileVersion) {
    this.#session = session;
    this.versionId = versionId;
    this.#load = load;
  }

  append(chunk: PairChunk): void {
    this.#assertOpen();
    this.#packer.append(chunk);
  }

  finish(profile?: string): FileVersion {
    this.#assertOpen();
    this.#packer.finish();
    return this.#session.transaction(() => {
      this.#flush();
      if (!this.#isWhole()) throw new Error(`pairs of version ${this.versionId} were rolled back`);
      const { changes } = this.#session.run(
        `update version set status = 'pending', records = ?, profile = ? where version_id = ? and status = 'writing'`,
        this.#packer.total,
        profile ?? null,
        this.versionId,
      );
      if (changes !== 1) throw new Error(`version ${this.versionId} was dropped while it was written`);
      this.#closed = true;
      return this.#load(this.versionId);
    });
  }

  abort(): void {
    this.#assertOpen();
    this.#closed = true;
    this.#waiting = [];
    this.#session.run(`delete from version where version_id = ? and status = 'writing'`, this.versionId);
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error(`the writer of version ${this.versionId} is closed`);
  }

  #take(blob: Uint8Array): void {
    this.#waiting.push(blob);
    if (this.#waiting.length === SEGMENTS_AT_ONCE) this.#flush();
  }

  #flush(): void {
    this.#session.transaction(() => {
      this.#waiting.forEach((blob, at) => {
        this.#session.run(
          'insert into segment (version_id, segment_no, checksum, pairs) values (?, ?, ?, ?)',
          this.versionId,
          this.#segments + at,
          checksum(blob),
          blob,
        );
      });
    });
    this.#segments += this.#waiting.length;
    this.#waiting = [];
  }

  /** A transaction around an `append` may have been rolled back, and its segments with it. */
  #isWhole(): boolean {
    const stored = this.#session.get<{ segments: number }>(
      'select count(*) as segments from segment where version_id = ?',
      this.versionId,
    );
    return stored?.segments === this.#segments;
  }
}

/** The pairs of a version, one query a segment, so that the store stays usable in between. */
export function* readSegments(session: SqliteSession, version: FileVersion): Generator<PairChunk> {
  const { versionId } = version;
  let left = version.records;
  for (let segmentNo = 0; left > 0; segmentNo++) {
    const row = session.get<{ checksum: number; pairs: Uint8Array }>(
      'select checksum, pairs from segment where version_id = ? and segment_no = ?',
      versionId,
      segmentNo,
    );
    if (row === undefined) {
      if (session.get('select 1 from version where version_id = ?', versionId) === undefined)
        throw new Error(`version ${versionId} was dropped while it was read`);
      throw corrupt(session.db.name, `segment ${segmentNo} of version ${versionId} is missing`);
    }
    if (checksum(row.pairs) !== row.checksum)
      throw corrupt(session.db.name, `segment ${segmentNo} of version ${versionId} has another checksum`);
    const chunk = decodeSegment(row.pairs);
    left -= chunk.keyHi.length;
    yield chunk;
  }
}
