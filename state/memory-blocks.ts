import { blockCount, copyBlocks, emptyColumns, recordCount, type BlockTable } from './block-table.ts';
import type { KeptKeys } from './key-runs.ts';
import type { MemoryData } from './memory-data.ts';
import { keyParts, noKeys } from './record-keys.ts';
import type { Blocks } from './store-parts.ts';

/** The part of the memory store that keeps the blocks of large files. */
export function memoryBlocks(data: MemoryData): Blocks {
  return {
    saveBlocks: (versionId, table, keys, before) =>
      data.transaction(() => {
        const found = data.stored(versionId);
        const { status } = found.version;
        if (status === 'held' || status === 'rejected')
          throw new Error(`version ${versionId} is ${status}, its watermarks are not kept`);
        const expected = recordCount(table);
        const all = new Uint8Array(8 * (expected ?? 0));
        let at = 0;
        for (const part of keyParts(given(data, keys, before), expected)) {
          all.set(part, at);
          at += part.length;
        }
        const blocks = { table: copyOf(table), keys: new BigUint64Array(all.buffer) };
        data.tables.versions.set(versionId, { ...found, blocks });
      }),

    readBlocks(versionId) {
      const blocks = data.tables.versions.get(versionId)?.blocks ?? null;
      return blocks === null ? null : copyOf(blocks.table);
    },

    readRecordKeys(versionId, first, count) {
      const keys = data.tables.versions.get(versionId)?.blocks?.keys.slice(first, first + count);
      if (keys === undefined ? count > 0 : keys.length < count)
        throw new Error(noKeys(versionId, first, count));
      return keys ?? new BigUint64Array(0);
    },
  };
}

function* given(
  data: MemoryData,
  keys: Iterable<BigUint64Array | KeptKeys>,
  before: number | undefined,
): Generator<BigUint64Array> {
  for (const some of keys) {
    if (!('first' in some)) yield some;
    else if (before === undefined) throw new Error('kept keys of no version');
    else {
      const kept = data.tables.versions.get(before)?.blocks?.keys ?? new BigUint64Array(0);
      yield kept.subarray(some.first, some.first + some.records);
    }
  }
}

function copyOf(table: BlockTable): BlockTable {
  const columns = emptyColumns(blockCount(table));
  copyBlocks(table, blockCount(table), columns, 0);
  return { ...columns, header: table.header };
}
