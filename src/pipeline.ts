import { of, type Observable, type OperatorFunction } from 'rxjs';
import type { Batch, BatchResult, Sighting } from '../operators/batch.ts';
import { coalesce } from '../operators/coalesce.ts';
import { commit, type CommitDeps } from '../operators/commit.ts';
import { diff, type DiffDeps } from '../operators/diff.ts';
import { fingerprint, type FingerprintDeps } from '../operators/fingerprint.ts';
import { guard, type GuardDeps } from '../operators/guard.ts';
import { inflate } from '../operators/inflate.ts';
import { join } from '../operators/join.ts';
import { mergeBatches } from '../operators/merge-batches.ts';
import { normalize, type NormalizeDeps } from '../operators/normalize.ts';
import { refresh, type RefreshDeps } from '../operators/refresh.ts';
import { stage, type StageDeps } from '../operators/stage.ts';
import { upsert, type UpsertDeps } from '../operators/upsert.ts';

/** What the operators need of the world, all of it. */
export type PipelineDeps = FingerprintDeps &
  StageDeps &
  DiffDeps &
  GuardDeps &
  NormalizeDeps &
  UpsertDeps &
  RefreshDeps &
  CommitDeps;

/**
 * The way of the data, from what was seen in `raw/` to a committed epoch.
 *
 * Backfill's source is one scan that completes; a watcher's never does. What arrives while a batch is processed
 * waits and becomes the next one. A result comes out for every batch, also for one that changed nothing.
 */
export function pipeline(deps: PipelineDeps): OperatorFunction<readonly Sighting[], BatchResult> {
  return (sightings) =>
    sightings.pipe(
      fingerprint(deps),
      coalesce(mergeBatches, (batch) => processBatch(batch, deps)),
    );
}

function processBatch(batch: Batch, deps: PipelineDeps): Observable<BatchResult> {
  return of(batch).pipe(
    stage(deps),
    diff(deps),
    guard(deps),
    normalize(deps),
    join(deps),
    inflate(deps),
    upsert(deps),
    refresh(deps),
    commit(deps),
  );
}
