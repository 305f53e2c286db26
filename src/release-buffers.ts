import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** From so many bytes on, what a batch left behind is worth collecting. */
const worthwhile = 32 << 20;

/**
 * Gives back the buffers in which the records of a large batch came and were compared, to be called once they stand in the stores. V8
 * collects when something is allocated, and nothing is while DuckDB then works for minutes: some 60 to 130 MB would lie
 * there when memory is shortest. Takes some 30 ms.
 */
export function releaseBuffers(): void {
  if (process.memoryUsage().arrayBuffers < worthwhile) return;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}
