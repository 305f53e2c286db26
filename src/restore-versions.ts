import { randomUUID } from 'node:crypto';
import type { FileAccount, Receipt } from '../operators/batch.ts';
import type { FileRecord } from '../state/records.ts';
import type { StateStore } from '../state/store.ts';
import type { Engine, RowBatch } from './engine/engine.ts';
import type { OpenedDrop } from '../operators/opened-drop.ts';
import type { SavedVersion, SavedVersions } from './saved-versions.ts';
import type { SourceDeclaration } from './sources/declaration.ts';

/** What bringing back needs. */
export interface Restoring {
  /** A state store without an epoch. */
  readonly state: StateStore;
  readonly engine: Engine;
  readonly saved: SavedVersions;
  readonly sources: readonly SourceDeclaration[];
  rankOf(source: string, path: string): number;
  readonly planHash: string;
  /** The lowest number that the epoch may have. */
  readonly atLeast: number;
}

/**
 * After the state store was lost: makes the saved versions the ones in force again, before raw/ is looked at. The
 * guard then judges what stands in raw/ against them, as it did before; else a truncated file would be the first
 * version of its path, which nobody judges.
 *
 * Only watermarks are written, in an epoch of their own that publishes nothing; the rows come with the rebuild.
 *
 * @returns what was brought back
 */
export async function restoreVersions(restoring: Restoring): Promise<readonly SavedVersion[]> {
  const { state, engine, saved, sources } = restoring;
  const session = await engine.openSession();
  const restored: { version: SavedVersion; file: FileRecord; opened: OpenedDrop }[] = [];
  try {
    for (const version of saved.list()) {
      const source = sources.find((declared) => declared.source === version.source);
      if (source === undefined) continue;
      const file = state.ensureFile(version.source, version.path);
      const opened = saved.open(
        engine,
        source,
        version.path,
        version,
        restoring.rankOf(version.source, version.path),
      );
      await session.stage({ ...opened, ...file }, rowsOf(opened));
      restored.push({ version, file, opened });
    }
    for (const source of new Set(restored.map(({ file }) => file.source))) {
      for (const { fileId, quarantined } of await session.settle(source)) {
        const found = restored.find(({ file }) => file.fileId === fileId);
        if (found === undefined) continue;
        const { shape, dateOrder } = found.opened;
        const { fingerprint, encoding, delimiter } = found.version;
        const writer = state.openWriter(fileId, {
          fingerprint,
          stat: null,
          shape,
          dateOrder,
          encoding,
          delimiter,
        });
        for await (const chunk of session.pairs(source, fileId)) writer.append(chunk);
        // Rows are saved without their lines.
        state.addQuarantine(
          writer.versionId,
          quarantined.map((entry) => ({ ...entry, line: 0 })),
        );
        state.setSaved(writer.finish().versionId, true);
      }
    }
  } finally {
    await session.close();
  }
  if (restored.length > 0)
    commit(
      restored.map(({ version, file, opened }) => account(version, file, opened)),
      restoring,
    );
  return restored.map(({ version }) => version);
}

async function* rowsOf(opened: OpenedDrop): AsyncGenerator<RowBatch> {
  yield* opened.read();
}

function commit(files: readonly FileAccount[], { state, planHash, atLeast }: Restoring): void {
  const uuid = randomUUID();
  const nowMs = Date.now();
  state.transaction(() => {
    const epoch = state.beginEpoch({ uuid, engineHash: planHash, intent: '[]', beganAtMs: nowMs, atLeast });
    const receipt: Receipt = {
      epoch,
      uuid,
      committedAt: new Date(nowMs).toISOString(),
      scope: 'changes',
      files,
      films: { total: 0, affected: 0 },
      impact: {},
      recomputed: {},
      partitionsRewritten: [],
      aggregatesRewritten: [],
      bytesWritten: null,
      proportionality: null,
      timings: {},
    };
    state.commitEpoch(epoch, JSON.stringify(receipt), nowMs);
  });
}

function account(version: SavedVersion, file: FileRecord, { shape }: OpenedDrop): FileAccount {
  return {
    file,
    fingerprint: version.fingerprint,
    status: 'restored',
    shape,
    read: version.records,
    inserted: 0,
    updated: 0,
    deleted: 0,
    unchanged: version.records,
    shadowed: 0,
    quarantined: 0,
    healed: 0,
    bytes: 0,
    lane: null,
    declined: null,
    reason: null,
  };
}
