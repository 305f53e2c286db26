import type { MemoryData } from './memory-data.ts';
import { bySourceAndPath } from './memory-order.ts';
import { cutValue, SHOWN_STATUSES } from './quarantine-rules.ts';
import type { FileRecord, FileVersion, QuarantineEntry, QuarantineFilter } from './records.ts';
import type { Quarantine } from './store-parts.ts';

/** The part of the memory store that keeps bad records and cells. */
export function memoryQuarantine(data: MemoryData): Quarantine {
  const entriesOf = (versionId: number): QuarantineEntry[] =>
    data
      .stored(versionId)
      .entries.flat()
      .sort((a, b) => a.line - b.line);

  const matching = (filter: QuarantineFilter): { file: FileRecord; version: FileVersion }[] =>
    data
      .finished()
      .map((version) => ({ version, file: data.tables.files.get(version.fileId)! }))
      .filter(({ version }) => (filter.statuses ?? SHOWN_STATUSES).includes(version.status))
      .filter(({ file }) => filter.source === undefined || file.source === filter.source)
      .filter(({ file }) => filter.path === undefined || file.path === filter.path)
      .sort((a, b) => bySourceAndPath(a.file, b.file) || a.version.versionId - b.version.versionId);

  return {
    quarantineCount: (versionId) => data.stored(versionId).version.quarantined,

    addQuarantine: (versionId, entries) =>
      data.transaction(() => {
        const found = data.stored(versionId);
        const added = entries.map(({ line, column, code, key, value, reason }) => ({
          ...{ line, column, code, reason },
          ...{ key: cutValue(key), value: cutValue(value) },
        }));
        data.tables.versions.set(versionId, { ...found, entries: [...found.entries, added] });
        data.change(versionId, { quarantined: found.version.quarantined + added.length });
      }),

    quarantineEntries: entriesOf,

    quarantine: (filter = {}) =>
      matching(filter)
        .flatMap(({ file: { source, path }, version: { versionId, status } }) =>
          entriesOf(versionId).map((entry) => ({ ...entry, source, path, versionId, status })),
        )
        .slice(0, filter.limit),

    quarantineCounts: (filter = {}) =>
      matching(filter)
        .map(({ file: { source, path }, version: { versionId, status, quarantined } }) => ({
          ...{ source, path, versionId, status },
          entries: quarantined,
        }))
        .filter(({ entries }) => entries > 0),
  };
}
