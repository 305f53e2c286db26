import type { OperatorFunction } from 'rxjs';
import type { StateStore } from '../state/store.ts';
import { isAccepted, totals, type Receipt, type SealedWork, type Work } from './batch.ts';
import { stageStep, type StageTools } from './stage-step.ts';

/** What `upsert` needs. */
export interface UpsertDeps extends StageTools {
  readonly state: StateStore;
  readonly wallClock: () => number;
  newUuid(): string;
  /** Hash of configuration, `sql/` and versions, kept with the epoch. */
  readonly planHash: string;
  /** The newest epoch the warehouse knows, so that numbers go on where the watermark store was lost. */
  readonly epochBefore: () => Promise<number>;
  /** A step of the commit was reached; the crash tests kill the process there. */
  readonly reached: (step: string) => void;
}

/**
 * Makes the epoch durable in the warehouse: the intent in the watermark store first, then the one transaction that
 * holds the rows, the epoch's UUID, and what has to be published for it.
 */
export function upsert(deps: UpsertDeps): OperatorFunction<Work, SealedWork> {
  return stageStep('upsert', deps, (work) => upsertBatch(work, deps));
}

/** The pure step of `upsert`. */
export async function upsertBatch(work: Work, deps: UpsertDeps): Promise<SealedWork> {
  const { session, scope } = work;
  if (scope === null) return { ...work, publication: null, bytesWritten: null };
  const { state } = deps;
  const content = await session.changedContent();
  const films = await session.films();
  const uuid = deps.newUuid();
  const accounts = work.files.map(({ account }) => account);
  const accepted = accounts.filter(isAccepted);
  deps.reached('before-intent');
  const epoch = state.beginEpoch({
    uuid,
    engineHash: deps.planHash,
    intent: JSON.stringify(accepted.map(({ file, fingerprint }) => ({ path: file.path, fingerprint }))),
    beganAtMs: work.startedAtMs,
    atLeast: (await deps.epochBefore()) + 1,
  });
  deps.reached('after-intent');
  const committedAt = new Date(deps.wallClock());
  const counts = totals(accounts);
  const changed = counts.inserted + counts.updated + counts.deleted;
  const recomputed = Object.fromEntries(work.steps.map((step) => [step.model, step.recomputed]));
  const receipt: Receipt = {
    epoch,
    uuid,
    committedAt: committedAt.toISOString(),
    scope,
    files: accounts,
    films,
    impact: Object.assign({}, ...work.steps.map((step) => step.impact)) as Record<string, number>,
    recomputed,
    partitionsRewritten: content.partitions,
    aggregatesRewritten: content.aggregates,
    bytesWritten: null,
    proportionality:
      changed === 0
        ? null
        : {
            bytesReadPerRow: accounts.reduce((sum, account) => sum + account.bytes, 0) / changed,
            rowsRecomputedPerRow: Object.values(recomputed).reduce((sum, rows) => sum + rows, 0) / changed,
            bytesWrittenPerRow: null,
          },
    timings: work.timings,
  };
  const publication = { epoch, uuid, ...content, receipt: JSON.stringify(receipt) };
  await session.seal(
    {
      epoch,
      uuid,
      committedAt,
      files: accepted.length,
      ...counts,
      filmsAffected: films.affected,
      durationMs: Math.round(deps.wallClock() - work.startedAtMs),
    },
    publication,
  );
  deps.reached('after-seal');
  return { ...work, publication, bytesWritten: null };
}
