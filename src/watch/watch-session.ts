import type { BatchResult, Sighting } from '../../operators/batch.ts';
import { lastValueFrom } from 'rxjs';
import type { RawFile } from '../../operators/postpone.ts';
import type { StateStore } from '../../state/store.ts';
import type { Lock } from '../lock.ts';
import { processBatch } from '../pipeline.ts';
import { noteDamage } from '../open-stores.ts';
import { pipelineDeps, type RunOptions } from '../pipeline-deps.ts';
import { scanRaw } from '../scan.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from '../workspace.ts';
import { workspacePaths } from '../workspace-paths.ts';
import { footingOf, lostSince, type Footing } from './footing.ts';

/** Whom `process` tells what. */
export interface ProcessTold {
  /** A file that did not hold still while it was read, to be looked at again. */
  postpone(file: RawFile): void;
  /** What was taken away from under the watcher. */
  lost(what: string): void;
  /** An epoch that was in flight when the stores were closed, and was finished when they were opened again. */
  finished(result: BatchResult): void;
  /** What failed once a batch was committed: it counts all the same. */
  afterCommit(error: unknown): void;
}

/** A workspace's options with the lock that the watcher holds. */
export type SessionOptions = WorkspaceOptions & { readonly lock: Lock };

/**
 * The stores of a root as a watcher holds them: opened when a batch needs them, and opened anew after a failure, so
 * that what was in flight is finished or forgotten as after a crash; also after a batch that made everything anew,
 * since a workspace decides that when it is opened.
 */
export class WatchSession {
  private readonly options: SessionOptions;
  private readonly run: RunOptions;
  private readonly opened: (workspace: Workspace) => void;
  private workspace: Workspace | null = null;
  private footing: Footing | null = null;
  /** What opening finished, until it is told; of epochs that other models have yet to publish it may be several. */
  private finished: BatchResult[] = [];
  /** What failed beside the batches. */
  private distrusted: Error | null = null;

  /**
   * @param options with the lock, which the caller holds as long as it watches
   * @param opened told of each workspace that is opened
   */
  constructor(options: SessionOptions, run: RunOptions, opened: (workspace: Workspace) => void) {
    this.options = options;
    this.run = run;
    this.opened = opened;
  }

  /** The watermark store, while it is open. */
  get state(): StateStore | null {
    return this.workspace?.state ?? null;
  }

  async open(): Promise<Workspace> {
    if (this.workspace === null) {
      this.options.lock.retake();
      this.workspace = await openWorkspace(this.options);
      if (this.workspace.finished !== null) this.finished.push(this.workspace.finished);
      this.footing = footingOf(this.options.root);
      this.opened(this.workspace);
    }
    return this.workspace;
  }

  /** What was taken away from under the watcher, for a person; null where nothing was, or the stores are closed. */
  whatIsLost(): string | null {
    if (this.workspace === null || this.footing === null) return null;
    const lost = lostSince(this.footing, this.options.lock);
    // Before the first epoch there is nothing that could be gone.
    if (lost !== null || this.workspace.state.lastEpoch() === null) return lost;
    return this.workspace.snapshots.damage();
  }

  /** The stores failed beside the batches: the next one fails with that, and they are opened anew. */
  distrust(error: Error): void {
    this.distrusted ??= error;
  }

  /**
   * Takes one batch through the chain. Where stores were taken away since the last one, they are opened anew first,
   * which makes again what is missing.
   *
   * @param prepare what of the batch is still so, with the stores open
   * @throws whatever went wrong; the stores are closed then, and nothing is half-committed
   */
  async process(
    prepare: (workspace: Workspace) => readonly Sighting[],
    told: ProcessTold,
  ): Promise<BatchResult | null> {
    try {
      const { distrusted } = this;
      this.distrusted = null;
      if (distrusted !== null) throw distrusted;
      const what = this.whatIsLost();
      if (what !== null) {
        // What stands in the way is not made again; that it does is all there is to say.
        this.workspace?.snapshots.assertFree();
        told.lost(what);
        await this.close().catch(() => undefined);
      }
      const workspace = await this.open();
      const tellFinished = (): void => {
        for (const finished of this.finished.splice(0)) told.finished(finished);
      };
      // What is about to be made anew may be what publishes that epoch.
      if (!workspace.isEverything) tellFinished();
      const sightings = workspace.isRebuild ? scanAll(workspace) : prepare(workspace);
      if (sightings.length === 0 && !workspace.isEverything) return null;
      const result = await lastValueFrom(
        processBatch(
          sightings,
          pipelineDeps(workspace, {
            ...this.run,
            postpone: (file) => told.postpone(file),
            afterCommit: (error) => told.afterCommit(error),
          }),
        ),
      );
      tellFinished();
      if (workspace.isEverything && result.receipt !== null) await this.openAnew();
      return result;
    } catch (error) {
      await this.close().catch(() => undefined);
      noteDamage(workspacePaths(this.options.root).state, error);
      throw error;
    }
  }

  /** What is due, and what others ask for, stands in the store: it may not stay closed until the next drop comes. */
  private async openAnew(): Promise<void> {
    await this.close();
    // The batch is done all the same; the next one opens them again, or tells why it can't.
    await this.open().catch(() => undefined);
  }

  /** Breaks off the batch in hand: it fails, and nothing of it counts. For a process that ends. */
  interrupt(): void {
    this.workspace?.warehouse.interrupt();
  }

  /** Closes the stores; the lock stays. */
  async close(): Promise<void> {
    const { workspace } = this;
    this.workspace = null;
    await workspace?.close();
  }
}

/** All there is and was, as backfill sees it. */
export function scanAll({ root, sources, state }: Workspace): readonly Sighting[] {
  const known = state.fileStates().map(({ file }) => file);
  return scanRaw(
    workspacePaths(root).raw,
    sources.map(({ source }) => source),
    known,
  );
}
