import { MarqueeError } from '../error.ts';

/**
 * What DuckDB says of the machine (memory, disk, another process) as a failure with a remedy; anything else, such as
 * a bug in a statement, stays what it was. DuckDB tells its errors apart only by how their text begins.
 */
export function engineFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof MarqueeError) return error;
  const [said = ''] = error.message.split('\n', 1);
  const cause = error;
  if (/No space left|Disk quota|max_temp_directory_size/i.test(error.message)) {
    return new MarqueeError('engine-disk-full', `the disk is full: ${said}`, {
      cause,
      retryable: true,
      hint: 'make room, then run the command again; nothing was half-committed',
    });
  }
  if (said.startsWith('Out of Memory Error')) {
    return new MarqueeError('engine-out-of-memory', `engine.memory_limit is too small for this: ${said}`, {
      cause,
      hint: 'raise engine.memory_limit or lower engine.threads in marquee.yaml; nothing was half-committed',
    });
  }
  if (said.startsWith('IO Error: Could not set lock')) {
    return new MarqueeError('warehouse-in-use', `another program has the warehouse open: ${said}`, {
      cause,
      retryable: true,
      hint: 'close it there; to read, open curated_data/marquee.duckdb instead',
    });
  }
  // What fails while a commit writes comes as a failed transaction.
  const isFailedWrite =
    said.includes('Failed to commit') &&
    /IO Error|Input\/output error|File too large|Read-only file system|Permission denied|could not (?:write|sync)/i.test(
      error.message,
    );
  if (said.startsWith('IO Error') || isFailedWrite) {
    return new MarqueeError('engine-io', `reading or writing failed: ${said}`, {
      cause,
      retryable: true,
      hint: 'check the disk and the permissions of .marquee/ and curated_data/',
    });
  }
  return error;
}
