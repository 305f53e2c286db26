import path from 'node:path';
import { Worker } from 'node:worker_threads';

const extension = path.extname(import.meta.url);

/** Whether threads can be started: a Node that knows no TypeScript has no use for the source of one. */
export const canStartThreads =
  extension !== '.ts' || Boolean((process.features as { typescript?: unknown }).typescript);

/**
 * Runs a module of this folder on a thread of its own until it ends.
 *
 * @param take is given each message of the thread
 * @returns when the thread has ended; fails with what it failed with
 */
export async function runThread<Message>(
  module: string,
  workerData: unknown,
  take: (message: Message) => void = () => undefined,
): Promise<void> {
  const worker = new Worker(new URL(`./${module}${extension}`, import.meta.url), { workerData });
  await new Promise<void>((resolve, reject) => {
    worker.on('message', take);
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}
