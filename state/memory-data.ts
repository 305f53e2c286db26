import type { BlockTable } from './block-table.ts';
import type { PairChunk } from './pairs.ts';
import type {
  EpochRecord,
  FileRecord,
  FileVersion,
  QuarantineEntry,
  StoredRequest,
  VersionMeta,
  VersionStatus,
} from './records.ts';

/** A version as it stands in memory; `writing` until its writer finishes, when nobody sees it. */
export interface MemoryVersion {
  readonly version: FileVersion;
  readonly writing: boolean;
  readonly pairs: readonly PairChunk[];
  readonly blocks: { readonly table: BlockTable; readonly keys: BigUint64Array } | null;
  /** In the batches in which they came: adding copies the list, not the entries. */
  readonly entries: readonly (readonly QuarantineEntry[])[];
}

/** Everything the memory store holds. Values are never changed in place, so a shallow copy is a snapshot. */
interface Tables {
  readonly files: Map<number, FileRecord>;
  readonly versions: Map<number, MemoryVersion>;
  readonly epochs: Map<number, EpochRecord>;
  readonly acceptances: Map<string, number>;
  readonly requests: Map<number, StoredRequest>;
  readonly meta: Map<string, string>;
  readonly last: { fileId: number; versionId: number; epoch: number; requestId: number };
}

/** The tables of the memory store and its transactions; the twin of `SqliteSession`. */
export class MemoryData {
  #tables: Tables | null = {
    files: new Map(),
    versions: new Map(),
    epochs: new Map(),
    acceptances: new Map(),
    requests: new Map(),
    meta: new Map(),
    last: { fileId: 0, versionId: 0, epoch: 0, requestId: 0 },
  };
  #depth = 0;
  #poison: { error: unknown } | null = null;

  get tables(): Tables {
    if (this.#tables === null) throw new Error('the state store is closed');
    return this.#tables;
  }

  close(): void {
    this.#tables = null;
  }

  /** As `StateStore.transaction`. */
  transaction<T>(step: () => T): T {
    const isOutermost = this.#depth === 0;
    const before = isOutermost ? copy(this.tables) : null;
    if (isOutermost) this.#poison = null;
    this.#depth++;
    try {
      const result = step();
      if (result instanceof Promise) throw new Error('a transaction of the state store must not await');
      if (isOutermost && this.#poison !== null) throw this.#poison.error;
      return result;
    } catch (error) {
      this.#poison ??= { error };
      if (before !== null) this.#tables = before;
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** Versions whose writer has finished, oldest first. */
  finished(): FileVersion[] {
    return Array.from(this.tables.versions.values())
      .filter(({ writing }) => !writing)
      .map(({ version }) => version);
  }

  /** The version, or a plain Error. */
  stored(versionId: number): MemoryVersion {
    const found = this.tables.versions.get(versionId);
    if (found === undefined) throw new Error(`no version ${versionId} in the state store`);
    return found;
  }

  /** The version if it is finished, or a plain Error. */
  load(versionId: number): FileVersion {
    const { version, writing } = this.stored(versionId);
    if (writing) throw new Error(`no version ${versionId} in the state store`);
    return version;
  }

  /** Replaces part of a version and returns it. */
  change(versionId: number, change: Partial<FileVersion>): FileVersion {
    const found = this.stored(versionId);
    const version = { ...found.version, ...change };
    this.tables.versions.set(versionId, { ...found, version });
    return version;
  }

  insert(
    fileId: number,
    meta: VersionMeta,
    status: VersionStatus,
    options: { removed?: boolean; reason?: string | null; writing?: boolean } = {},
  ): FileVersion {
    const { removed = false, reason = null, writing = false } = options;
    if (!this.tables.files.has(fileId)) throw new Error(`no file ${fileId} in the state store`);
    const { fingerprint, stat, shape, dateOrder, encoding, delimiter } = meta;
    const version: FileVersion = {
      ...{ fingerprint, stat, shape, dateOrder, encoding, delimiter },
      ...{ versionId: ++this.tables.last.versionId, fileId, status, removed, reason },
      ...{ records: 0, quarantined: 0, profile: null, epoch: null, saved: false },
    };
    this.tables.versions.set(version.versionId, { version, writing, pairs: [], blocks: null, entries: [] });
    return version;
  }

  /** Drops versions, those being written among them; returns how many. */
  drop(which: (version: FileVersion) => boolean): number {
    const { versions } = this.tables;
    const gone = Array.from(versions.values()).filter(({ version }) => which(version));
    for (const { version } of gone) versions.delete(version.versionId);
    return gone.length;
  }
}

function copy(tables: Tables): Tables {
  return {
    files: new Map(tables.files),
    versions: new Map(tables.versions),
    epochs: new Map(tables.epochs),
    acceptances: new Map(tables.acceptances),
    requests: new Map(tables.requests),
    meta: new Map(tables.meta),
    last: { ...tables.last },
  };
}
