import type { BatchResult, Receipt } from '../operators/batch.ts';
import type { StateStore } from '../state/store.ts';
import type { DuckDbEngine } from './engine/duckdb-engine.ts';
import { publishedAtKey, type Snapshots } from './snapshot.ts';

/**
 * Publishes and commits, or abandons, what a crash or a failure left in flight; what came of it, if anything did.
 *
 * @param snapshots null where other models are about to publish all of it: these may ask for relations that the epoch in
 *   flight has not
 */
export async function finishOpenEpoch(
  state: StateStore,
  engine: DuckDbEngine,
  snapshots: Snapshots | null,
  reached: ((step: string) => void) | undefined,
): Promise<BatchResult | null> {
  const open = state.openEpoch();
  if (open === null) return null;
  const sealed = await engine.lastPublication();
  if (sealed === null || sealed.uuid !== open.uuid) {
    state.abandonEpoch(open.epoch);
    return null;
  }
  if (snapshots?.isPublished(sealed.epoch) === false) await snapshots.publish(engine, sealed, state, reached);
  const receipt = JSON.parse(sealed.receipt) as Receipt;
  state.commitEpoch(sealed.epoch, sealed.receipt, Date.parse(receipt.committedAt));
  await engine.checkpoint();
  return { receipt, unchanged: 0, accounts: receipt.files };
}

/** Whether the last epoch stands where readers look for it. */
export function isPublished(state: StateStore, snapshots: Snapshots): boolean {
  const last = state.lastEpoch();
  return last !== null && snapshots.isPublished(last.epoch) && !isElsewhere(state, snapshots);
}

function isElsewhere(state: StateStore, snapshots: Snapshots): boolean {
  const publishedAt = state.meta(publishedAtKey);
  return publishedAt !== null && publishedAt !== snapshots.folder;
}

/** Why the last epoch does not stand where readers look for it, for a person; null where it does. */
export function whyUnpublished(state: StateStore, snapshots: Snapshots): string | null {
  if (isPublished(state, snapshots)) return null;
  if (isElsewhere(state, snapshots)) return 'the folder was moved';
  return snapshots.damage() ?? 'the last epoch was not published';
}

/** The serving file names its snapshot by absolute path: where the folder was moved or removed, publish again. */
export async function republish(
  state: StateStore,
  engine: DuckDbEngine,
  snapshots: Snapshots,
  remarks: string[],
): Promise<void> {
  const why = whyUnpublished(state, snapshots);
  if (why === null) return;
  const sealed = await engine.lastPublication();
  if (sealed === null) return;
  remarks.push(`${why}: publishing again`);
  await snapshots.publish(engine, sealed, state);
}
