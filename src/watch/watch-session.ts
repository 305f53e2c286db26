import type { BatchResult, Sighting } from '../../operators/batch.ts';
import { lastValueFrom } from 'rxjs';
import type { StateStore } from '../../state/store.ts';
import { processBatch } from '../pipeline.ts';
import { pipelineDeps, type RunOptions } from '../pipeline-deps.ts';
import { scanRaw } from '../scan.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from '../workspace.ts';
import { workspacePaths } from '../workspace-paths.ts';

/**
 * The stores of a root as a watcher holds them: opened when a batch needs them, and opened anew after a failure, so
 * that what was in flight is finished or forgotten as after a crash; also after a batch that made everything anew,
 * since a workspace decides that when it is opened.
 */
export class WatchSession {
  private readonly options: WorkspaceOptions;
  private readonly run: RunOptions;
  private readonly opened: (workspace: Workspace) => void;
  private workspace: Workspace | null = null;

  /**
   * @param options with the lock, which the caller holds as long as it watches
   * @param opened told of each workspace that is opened
   */
  constructor(options: WorkspaceOptions, run: RunOptions, opened: (workspace: Workspace) => void) {
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
      this.workspace = await openWorkspace(this.options);
      this.opened(this.workspace);
    }
    return this.workspace;
  }

  /**
   * Takes one batch through the chain.
   *
   * @param prepare what of the batch is still so, with the stores open
   * @throws whatever went wrong; the stores are closed then, and nothing is half-committed
   */
  async process(prepare: (workspace: Workspace) => readonly Sighting[]): Promise<BatchResult | null> {
    try {
      const workspace = await this.open();
      const sightings = workspace.isRebuild ? scanAll(workspace) : prepare(workspace);
      if (sightings.length === 0 && !workspace.isEverything) return null;
      const result = await lastValueFrom(processBatch(sightings, pipelineDeps(workspace, this.run)));
      if (workspace.isEverything && result.receipt !== null) await this.close();
      return result;
    } catch (error) {
      await this.close().catch(() => undefined);
      throw error;
    }
  }

  /** Breaks off the batch in hand: it fails, and nothing of it counts. For a process that ends. */
  interrupt(): void {
    this.workspace?.engine.interrupt();
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
