import { checksum } from './checksum.ts';
import { encodeOverlay, extendOverlay, isWorthKeeping, overlaid, overlayOf } from './overlay.ts';
import { DELTA_OP, type DeltaChunk, type PairChunk } from './pairs.ts';
import type { FileVersion, VersionMeta, VersionStatus } from './records.ts';
import { SegmentPacker } from './segments.ts';
import { layersOf, readLayers, type Layers } from './sqlite-pairs.ts';
import type { SqliteSession } from './sqlite-session.ts';
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
  #isDerived = false;
  #layers: Layers | null = null;
  #closed = false;

  /** `load` reads the finished version back. */
  constructor(session: SqliteSession, versionId: number, load: (versionId: number) => FileVersion) {
    this.#session = session;
    this.versionId = versionId;
    this.#load = load;
  }

  append(chunk: PairChunk): void {
    this.#assertOpen();
    if (this.#isDerived) throw new Error(`version ${this.versionId} is derived, it takes no pairs`);
    this.#packer.append(chunk);
  }

  derive(versionId: number, changes: readonly DeltaChunk[]): void {
    this.#assertOpen();
    if (this.#isDerived || this.#packer.total > 0)
      throw new Error(`version ${this.versionId} has pairs already`);
    if (!this.#isInForce(versionId))
      throw new Error(`version ${versionId} is not in force, or is another file's`);
    this.#isDerived = true;
    try {
      this.#deriveFrom(layersOf(this.#session, versionId), versionId, changes);
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  #deriveFrom(before: Layers, versionId: number, changes: readonly DeltaChunk[]): void {
    const records = before.records + growth(changes);
    const added = overlayOf(changes);
    if (isWorthKeeping(added, before.baseRecords)) {
      const overlay = extendOverlay(before.overlay, added);
      if (isWorthKeeping(overlay, before.baseRecords)) {
        this.#layers = { ...before, overlay, records };
        return;
      }
    }
    for (const chunk of overlaid(readLayers(this.#session, versionId, before), added))
      this.#packer.append(chunk);
    if (this.#packer.total !== records)
      throw new Error(`version ${this.versionId} has ${this.#packer.total} pairs, by its changes ${records}`);
  }

  finish(profile?: string): FileVersion {
    this.#assertOpen();
    this.#packer.finish();
    return this.#session.transaction(() => {
      this.#flush();
      if (!this.#isWhole()) throw new Error(`pairs of version ${this.versionId} were rolled back`);
      const { changes } = this.#session.run(
        `update version set status = 'pending', records = ?, profile = ? where version_id = ? and status = 'writing'`,
        this.#layers?.records ?? this.#packer.total,
        profile ?? null,
        this.versionId,
      );
      if (changes !== 1) throw new Error(`version ${this.versionId} was dropped while it was written`);
      if (this.#layers !== null) this.#layOver(this.#layers);
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

  #layOver({ segmentsOf, baseRecords, overlay }: Layers): void {
    const blob = encodeOverlay(overlay);
    const { changes } = this.#session.run(
      `update version set segments_of = ?
       where version_id = ? and exists (select 1 from version where coalesce(segments_of, version_id) = ?)`,
      segmentsOf,
      this.versionId,
      segmentsOf,
    );
    if (changes !== 1) throw new Error(`the segments of version ${segmentsOf} are gone`);
    this.#session.run(
      'insert into overlay (version_id, base_records, checksum, pairs) values (?, ?, ?, ?)',
      this.versionId,
      baseRecords,
      checksum(blob),
      blob,
    );
  }

  /** Whether a version is in force, of the file that this one is of. */
  #isInForce(versionId: number): boolean {
    const found = this.#session.get(
      `select 1 from version v join version w using (file_id)
       where v.version_id = ? and v.status = 'in_force' and w.version_id = ?`,
      versionId,
      this.versionId,
    );
    return found !== undefined;
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

/** By how many pairs changes make a version longer. */
function growth(changes: readonly DeltaChunk[]): number {
  let records = 0;
  for (const chunk of changes) {
    for (const op of chunk.op) records += op === DELTA_OP.insert ? 1 : op === DELTA_OP.delete ? -1 : 0;
  }
  return records;
}
