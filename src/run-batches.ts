import { defer, lastValueFrom, of, retry, tap, timer, toArray } from 'rxjs';
import type { BatchResult } from '../operators/batch.ts';
import { MarqueeError } from './error.ts';
import { pipeline } from './pipeline.ts';
import { pipelineDeps, type RunOptions } from './pipeline-deps.ts';
import { serveRequests } from './requests.ts';
import { scanRaw } from './scan.ts';
import { isDamage, noteDamage } from './open-stores.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts';
import { workspacePaths } from './workspace-paths.ts';

/** What one scan of raw/ came to. */
export interface BackfillResult {
  readonly results: readonly BatchResult[];
  readonly remarks: readonly string[];
}

/**
 * One scan of `raw/` through the pipeline. A failure that may pass (a file that changed while it was read) is tried
 * again, with the stores opened anew: what was in flight is then finished or forgotten, as after a crash. So is a run that found
 * the watermark store damaged, with a new one.
 *
 * @param use told of each workspace that is opened, for a last look before it closes
 */
export async function backfillOnce(
  workspaceOptions: WorkspaceOptions,
  runOptions: RunOptions,
  use: (workspace: Workspace) => Promise<void> = () => Promise.resolve(),
): Promise<BackfillResult> {
  // Of all attempts: only the first finds what was lost.
  const remarks = new Set<string>();
  // Epochs that an attempt before this one, or a process before this one, had sealed.
  const told: BatchResult[] = [];
  const attempt = defer(async () => {
    const workspace = await openWorkspace({ ...workspaceOptions, mayRest: true });
    for (const remark of workspace.remarks) remarks.add(remark);
    try {
      serveRequests(workspace.state);
      const known = workspace.state.fileStates().map(({ file }) => file);
      const sources = workspace.sources.map(({ source }) => source);
      const sightings = scanRaw(workspacePaths(workspace.root).raw, sources, known);
      if (workspace.finished !== null) told.push(workspace.finished);
      const results = await lastValueFrom(
        of(sightings).pipe(pipeline(pipelineDeps(workspace, runOptions)), toArray()),
      );
      await use(workspace);
      return { results: [...told, ...results], remarks: [...remarks] };
    } finally {
      await workspace.close();
    }
  });
  return lastValueFrom(
    attempt.pipe(
      tap({ error: (error: unknown) => noteDamage(workspacePaths(workspaceOptions.root).state, error) }),
      retry({
        count: 5,
        delay: (error: unknown, tries) => {
          if (isDamage(error) && tries === 1) return timer(0);
          if (!(error instanceof MarqueeError) || !error.retryable || error.exitCode === 75) throw error;
          return timer(200 * 2 ** tries);
        },
      }),
    ),
  );
}
