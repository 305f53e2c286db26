import path from 'node:path';
import { readlinkSync } from 'node:fs';
import type { Receipt } from '../../operators/batch.ts';
import type { FileState } from '../../state/records.ts';
import type { StateStore } from '../../state/store.ts';
import { MarqueeError } from '../error.ts';
import { publishedSnapshot } from '../published-snapshot.ts';
import { readState } from '../state-reader.ts';

/** What a root says of itself at one moment: the files in force and the snapshot that was made from them. */
export interface View {
  readonly epoch: number;
  readonly uuid: string;
  readonly committedAt: Date;
  /** Under which configuration and `sql/` the epoch ran. */
  readonly planHash: string;
  /** Every file that has a version. */
  readonly files: readonly FileState[];
  /** The folder of the published snapshot, by the path that its own views use. */
  readonly snapshot: string;
}

/**
 * Looks at the state store and at the published snapshot of one and the same epoch, beside whoever works on the root.
 *
 * @throws MarqueeError `no-warehouse` before the first epoch, `verify-unsettled` (retryable) where both are of
 *   different epochs, as for a moment while one is committed
 */
export function takeView(root: string): View {
  const snapshot = publishedSnapshot(root);
  const view = readState(root, (state) => viewOf(state, snapshot));
  if (publishedSnapshot(root) !== snapshot) throw unsettled('another epoch was published meanwhile');
  const published = Number.parseInt(path.basename(snapshot), 10);
  if (view.epoch !== published) {
    throw unsettled(`what is published is of epoch ${published}, the state store of epoch ${view.epoch}`);
  }
  return view;
}

/** What a state store says of its newest epoch, for a snapshot that is known to be of it. */
export function viewOf(state: StateStore, snapshot: string): View {
  const last = state.lastEpoch();
  if (last?.receipt == null) throw unsettled('the state store has no epoch');
  const { committedAt } = JSON.parse(last.receipt) as Receipt;
  return {
    epoch: last.epoch,
    uuid: last.uuid,
    committedAt: new Date(committedAt),
    planHash: last.engineHash,
    files: state.fileStates(),
    snapshot,
  };
}

/** Whether the links that people and tools follow lead into a snapshot; returns those that don't. */
export function straySnapshotLinks(root: string, names: readonly string[]): string[] {
  return names.filter((name) => {
    try {
      return readlinkSync(path.join(root, 'curated_data', name)) !== path.join('.current', name);
    } catch {
      return true;
    }
  });
}

function unsettled(message: string): MarqueeError {
  return new MarqueeError('verify-unsettled', message, {
    hint: 'run marquee backfill, which brings them together, then verify again',
    retryable: true,
  });
}
