import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Work } from '../operators/batch.ts';

/** From so many bytes on, a batch leaves buffers behind that are worth collecting. */
const largeBatch = 1 << 30;

/**
 * Gives back the buffers in which the records of a large batch came, to be called once they stand in the stores. V8 collects
 * when something is allocated, and nothing is while DuckDB then works for minutes: some 60 MB would lie there when memory is
 * shortest.
 */
export function releaseBuffers({ files }: Work): void {
  const bytes = files.reduce((sum, { account }) => sum + account.bytes, 0);
  if (bytes < largeBatch) return;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}
