import type { OperatorFunction } from 'rxjs';
import type { Publication } from '../src/engine/engine.ts';
import type { SealedWork } from './batch.ts';
import { stageStep, type StageTools } from './stage-step.ts';

/** What `refresh` needs. */
export interface RefreshDeps extends StageTools {
  /**
   * Writes the snapshot of an epoch and makes it the current one in one step; doing it again is harmless. Gives the bytes
   * written; null where nothing is to be written.
   */
  publish(publication: Publication): Promise<number | null>;
  readonly reached: (step: string) => void;
}

/** Publishes what the epoch changed: readers see the whole epoch or nothing of it. */
export function refresh(deps: RefreshDeps): OperatorFunction<SealedWork, SealedWork> {
  return stageStep('refresh', deps, async (work) => {
    if (work.publication === null) return work;
    const progress = deps.report.begin('publish');
    const bytesWritten = await deps.publish(work.publication);
    progress.done(
      `${work.publication.partitions.length} partitions, ${work.publication.aggregates.length} aggregates`,
    );
    deps.reached('after-publish');
    return { ...work, bytesWritten };
  });
}
