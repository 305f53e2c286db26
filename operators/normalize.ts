import type { OperatorFunction } from 'rxjs';
import type { Scope } from '../src/engine/engine.ts';
import type { StateStore } from '../state/store.ts';
import { MarqueeError } from '../src/error.ts';
import { isAccepted, totals, type Work } from './batch.ts';
import { stageStep, type StageTools } from './stage-step.ts';

/** What `normalize` needs. */
export interface NormalizeDeps extends StageTools {
  readonly state: StateStore;
  /** True where everything is recomputed whatever changed: a new warehouse, another configuration or `sql/`. */
  readonly isEverything: boolean;
  /** True where the warehouse is made anew: what is in force of each file must be in this batch. */
  readonly isRebuild: boolean;
  /** From this many changed records on ... */
  readonly fullScopeRows: number;
  /** ... which are more than this share of all records, recomputing everything is cheaper than scoping. */
  readonly fullScopeShare: number;
}

/**
 * Opens the epoch's transaction and puts the changed records, typed, in place of the old ones.
 *
 * Decides the scope of what follows. Where no file was taken and nothing else asks for it, there is nothing to do:
 * the batch travels on without a scope, and no epoch comes of it.
 */
export function normalize(deps: NormalizeDeps): OperatorFunction<Work, Work> {
  return stageStep('normalize', deps, (work) => normalizeBatch(work, deps));
}

/** The pure step of `normalize`. */
export async function normalizeBatch(work: Work, deps: NormalizeDeps): Promise<Work> {
  if (deps.isRebuild) assertWhole(work, deps.state);
  const scope = chooseScope(work, deps);
  if (scope === null) return work;
  const removed = work.files
    .filter(({ account }) => account.status === 'removed')
    .map(({ drop }) => drop.file.fileId);
  const progress = deps.report.begin('normalize');
  await work.session.begin(removed, scope);
  progress.done(scope === 'everything' ? 'everything is recomputed' : 'changed records only');
  return { ...work, scope };
}

function chooseScope(work: Work, deps: NormalizeDeps): Scope | null {
  if (deps.isEverything) return 'everything';
  const accepted = work.files.map(({ account }) => account).filter(isAccepted);
  if (accepted.length === 0) return null;
  const { inserted, updated, deleted } = totals(accepted);
  const changed = inserted + updated + deleted;
  const all =
    deps.state.fileStates().reduce((sum, { inForce }) => sum + (inForce?.records ?? 0), 0) + inserted;
  return changed >= deps.fullScopeRows && changed > deps.fullScopeShare * all ? 'everything' : 'changes';
}

/**
 * A drop that was held or rejected just now leaves its file's version in force out of the batch. It is known now, so
 * trying again takes the saved version instead.
 *
 * @throws MarqueeError `rebuild-restarts`, retryable
 */
function assertWhole(work: Work, state: StateStore): void {
  for (const { account, drop } of work.files) {
    const inForce = state.fileState(drop.file.fileId)?.inForce ?? null;
    if (isAccepted(account) || inForce === null || inForce.fingerprint === drop.fingerprint) continue;
    throw new MarqueeError(
      'rebuild-restarts',
      `raw/${drop.file.path} was ${account.status} while the warehouse is made anew`,
      {
        hint: 'nothing to do: it starts over with the version in force',
        retryable: true,
      },
    );
  }
}
