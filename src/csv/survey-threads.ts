import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { RegionResult, SharedSurvey } from './survey-regions.ts';

const extension = path.extname(import.meta.url);

/** Whether threads can be started: a Node that knows no TypeScript has no use for the source of one. */
export const canStartWorkers =
  extension !== '.ts' || Boolean((process.features as { typescript?: unknown }).typescript);

/**
 * Starts a thread that surveys regions until none is left.
 *
 * @returns when the thread has ended; fails with what reading failed with
 */
export async function startSurveyWorker(
  shared: SharedSurvey,
  take: (result: RegionResult) => void,
): Promise<void> {
  const worker = new Worker(new URL(`./survey-worker${extension}`, import.meta.url), { workerData: shared });
  await new Promise<void>((resolve, reject) => {
    worker.on('message', take);
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}
