import { concatMap, type OperatorFunction } from 'rxjs';
import type { StateStore } from '../state/store.ts';
import { totals, type BatchResult, type Receipt, type SealedWork } from './batch.ts';
import type { StageTools } from './stage-step.ts';

/** What `commit` needs. */
export interface CommitDeps extends StageTools {
  readonly state: StateStore;
  /** What can wait until after the commit: old snapshots, saved versions, the warehouse's log. */
  tidy(): Promise<void>;
  /** Told what failed once the epoch was committed: it counts all the same. */
  afterCommit(error: unknown): void;
  readonly reached: (step: string) => void;
}

/** Makes the epoch's watermarks the ones in force and stores the receipt, in one transaction: the epoch is done. */
export function commit(deps: CommitDeps): OperatorFunction<SealedWork, BatchResult> {
  return concatMap((work: SealedWork) => commitBatch(work, deps));
}

/** The pure step of `commit`. */
export async function commitBatch(work: SealedWork, deps: CommitDeps): Promise<BatchResult> {
  const accounts = work.files.map(({ account }) => account);
  const { publication, unchanged } = work;
  if (publication === null) {
    await work.session.close();
    return { receipt: null, unchanged, accounts };
  }
  const stored = JSON.parse(publication.receipt) as Receipt;
  const { inserted, updated, deleted } = totals(accounts);
  const receipt: Receipt = {
    ...stored,
    timings: work.timings,
    bytesWritten: work.bytesWritten,
    proportionality: stored.proportionality && {
      ...stored.proportionality,
      bytesWrittenPerRow:
        work.bytesWritten === null ? null : work.bytesWritten / (inserted + updated + deleted),
    },
  };
  try {
    const { epoch } = publication;
    deps.state.commitEpoch(epoch, JSON.stringify(receipt), Date.parse(receipt.committedAt));
  } catch (error) {
    await work.session.close();
    throw error;
  }
  deps.reached('after-commit');
  try {
    await work.session.close();
    await deps.tidy();
  } catch (error) {
    deps.afterCommit(error);
  }
  return { receipt, unchanged, accounts };
}
