import { stateOf } from './file-state.ts';
import type { MemoryData } from './memory-data.ts';
import { bySourceAndPath } from './memory-order.ts';
import { overlaid, overlayOf } from './overlay.ts';
import type { PairChunk } from './pairs.ts';
import type { FileRecord, FileVersion } from './records.ts';
import { decodeSegment, SegmentPacker } from './segments.ts';
import type { FileQueries, VersionChanges } from './store-parts.ts';
import { isSurelyUnchanged } from './stat-hint.ts';
import type { VersionWriter } from './store.ts';

const isUnaccepted = ({ status }: FileVersion) => status === 'held' || status === 'rejected';

/** The part of the memory store that answers about files and versions. */
export function memoryFiles(data: MemoryData): FileQueries {
  const all = () => Array.from(data.tables.files.values());
  const fileByPath = (path: string) => all().find((file) => file.path === path) ?? null;
  const versionsOf = (fileId: number) => data.finished().filter((version) => version.fileId === fileId);
  const state = (file: FileRecord) => stateOf(file, versionsOf(file.fileId));

  return {
    fileByPath,

    ensureFile: (source, path) =>
      data.transaction(() => {
        const known = fileByPath(path);
        if (known !== null) {
          if (known.source !== source)
            throw new Error(`${path} belongs to source ${known.source}, not ${source}`);
          return known;
        }
        const file = { fileId: ++data.tables.last.fileId, source, path };
        data.tables.files.set(file.fileId, file);
        return file;
      }),

    fileStates: (source) =>
      all()
        .filter((file) => source === undefined || file.source === source)
        .filter(({ fileId }) => versionsOf(fileId).length > 0)
        .sort(bySourceAndPath)
        .map(state),

    fileState: (fileId) => {
      const file = data.tables.files.get(fileId);
      return file === undefined ? null : state(file);
    },

    version: (versionId) => data.finished().find((version) => version.versionId === versionId) ?? null,

    versionsWithFingerprint: (fingerprint) =>
      data.finished().filter((version) => version.fingerprint === fingerprint),

    unchangedVersion(path, stat) {
      const file = fileByPath(path);
      const last = file === null ? undefined : versionsOf(file.fileId).at(-1);
      return last !== undefined && isSurelyUnchanged(last.stat, stat) ? last : null;
    },

    held: () =>
      all()
        .sort(bySourceAndPath)
        .flatMap((file) => versionsOf(file.fileId).map((version) => ({ file, version })))
        .filter(({ version }) => version.status === 'held'),
  };
}

/** The part of the memory store that changes versions. */
export function memoryVersions(data: MemoryData): VersionChanges {
  const dropPending = (of: number) =>
    data.drop(({ fileId, status }) => fileId === of && status === 'pending');
  const dropUnaccepted = (of: number) =>
    data.drop((version) => version.fileId === of && isUnaccepted(version));

  return {
    updateStat: (versionId, stat) =>
      data.transaction(() => {
        data.load(versionId);
        data.change(versionId, { stat });
      }),

    openWriter: (fileId, meta) =>
      data.transaction(() => {
        dropPending(fileId);
        return memoryWriter(data, data.insert(fileId, meta, 'pending', { writing: true }).versionId);
      }),

    readPairs(versionId) {
      const { status } = data.load(versionId);
      if (status !== 'in_force' && status !== 'pending')
        throw new Error(`version ${versionId} is ${status}, its watermarks are not kept`);
      return data.stored(versionId).pairs;
    },

    markRemoved: (fileId, fingerprint) =>
      data.transaction(() => {
        dropPending(fileId);
        const meta = {
          fingerprint,
          stat: null,
          shape: null,
          dateOrder: null,
          encoding: null,
          delimiter: null,
        };
        return data.insert(fileId, meta, 'pending', { removed: true });
      }),

    demote: (versionId, status, reason) =>
      data.transaction(() => {
        const found = data.load(versionId);
        if (found.status !== 'pending')
          throw new Error(`version ${versionId} is ${found.status}, not pending`);
        dropUnaccepted(found.fileId);
        data.tables.versions.set(versionId, { ...data.stored(versionId), pairs: [], blocks: null });
        return data.change(versionId, { status, reason });
      }),

    recordUnaccepted: (fileId, meta, status, reason, removed = false) =>
      data.transaction(() => {
        dropPending(fileId);
        dropUnaccepted(fileId);
        return data.insert(fileId, meta, status, { removed, reason });
      }),

    dropVersion: (versionId) =>
      data.transaction(() => {
        if (data.load(versionId).status === 'in_force') throw new Error(`version ${versionId} is in force`);
        data.tables.versions.delete(versionId);
      }),

    setSaved: (versionId, saved) =>
      data.transaction(() => {
        data.load(versionId);
        data.change(versionId, { saved });
      }),

    discardPending: () => data.drop(({ status }) => status === 'pending'),
  };
}

function memoryWriter(data: MemoryData, versionId: number): VersionWriter {
  const pairs: PairChunk[] = [];
  const packer = new SegmentPacker((blob) => pairs.push(decodeSegment(blob)));
  let closed = false;
  let isDerived = false;
  const assertOpen = () => {
    if (closed) throw new Error(`the writer of version ${versionId} is closed`);
  };
  return {
    versionId,
    append(chunk) {
      assertOpen();
      if (isDerived) throw new Error(`version ${versionId} is derived, it takes no pairs`);
      packer.append(chunk);
    },
    derive(derivedFrom, changes) {
      assertOpen();
      if (isDerived || packer.total > 0) throw new Error(`version ${versionId} has pairs already`);
      const from = data.tables.versions.get(derivedFrom);
      const { fileId } = data.stored(versionId).version;
      if (from?.version.status !== 'in_force' || from.version.fileId !== fileId)
        throw new Error(`version ${derivedFrom} is not in force, or is another file's`);
      isDerived = true;
      for (const chunk of overlaid(from.pairs, overlayOf(changes))) packer.append(chunk);
    },
    finish(profile) {
      assertOpen();
      packer.finish();
      return data.transaction(() => {
        const found = data.tables.versions.get(versionId);
        if (found === undefined) throw new Error(`version ${versionId} was dropped while it was written`);
        closed = true;
        data.tables.versions.set(versionId, { ...found, writing: false, pairs });
        return data.change(versionId, { records: packer.total, profile: profile ?? null });
      });
    },
    abort() {
      assertOpen();
      closed = true;
      data.drop((version) => version.versionId === versionId);
    },
  };
}
