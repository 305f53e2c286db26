import { concatMap, of, pipe, tap, type Observable, type OperatorFunction } from 'rxjs';
import type { Batch, BatchResult, Sighting } from '../operators/batch.ts';
import { coalesce } from '../operators/coalesce.ts';
import { commit, type CommitDeps } from '../operators/commit.ts';
import { diff, type DiffDeps } from '../operators/diff.ts';
import { fingerprint, type FingerprintDeps } from '../operators/fingerprint.ts';
import { guard, type GuardDeps } from '../operators/guard.ts';
import { inflate } from '../operators/inflate.ts';
import { join } from '../operators/join.ts';
import { mergeSightings } from '../operators/merge-sightings.ts';
import { normalize, type NormalizeDeps } from '../operators/normalize.ts';
import { refresh, type RefreshDeps } from '../operators/refresh.ts';
import { stage, type StageDeps } from '../operators/stage.ts';
import { upsert, type UpsertDeps } from '../operators/upsert.ts';
import { releaseBuffers } from './release-buffers.ts';

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
 * What is seen while a batch is processed waits and becomes the next one. It is compared with what we know only then:
 * a file that goes back to the bytes in force while another version of it is in flight is news. A result comes out
 * for every batch, also for one that changed nothing.
 */
export function pipeline(deps: PipelineDeps): OperatorFunction<readonly Sighting[], BatchResult> {
  return coalesce(mergeSightings, (sightings) => processBatch(sightings, deps));
}

/**
 * One batch through the chain; a watcher, whose stores may be opened anew between two batches, coalesces by itself. A file
 * that was seen twice, as one that is renamed into place twice in a moment, is in it once, as it was seen last.
 */
export function processBatch(sightings: readonly Sighting[], deps: PipelineDeps): Observable<BatchResult> {
  return of(mergeSightings([], sightings)).pipe(
    fingerprint(deps),
    concatMap((batch) =>
      batch.drops.length > 0 || deps.isEverything ? processDrops(batch, deps) : of(nothing(batch)),
    ),
  );
}

function processDrops(batch: Batch, deps: PipelineDeps): Observable<BatchResult> {
  return of(batch).pipe(
    stage(deps),
    pipe(diff(deps), tap(releaseBuffers)),
    guard(deps),
    normalize(deps),
    join(deps),
    inflate(deps),
    upsert(deps),
    refresh(deps),
    commit(deps),
  );
}

/** What comes of a batch in which nothing is news: the warehouse need not even be opened for it. */
function nothing({ unchanged }: Batch): BatchResult {
  return { receipt: null, unchanged, accounts: [] };
}
