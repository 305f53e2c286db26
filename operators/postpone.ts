import { MarqueeError } from '../src/error.ts';

/** A file of raw/. */
export interface RawFile {
  readonly source: string;
  /** Relative to raw/. */
  readonly path: string;
}

/** What becomes of a file that changes or goes away while it is read. */
export interface PostponeDeps {
  /**
   * Notes that a file is to be looked at again, so that its batch goes on without it. Where nobody will look again there
   * is none, and the batch fails.
   */
  readonly postpone?: ((file: RawFile) => void) | undefined;
  /** True where the warehouse is made anew: nothing may be left out then. */
  readonly isRebuild: boolean;
}

const unsteady = new Set(['file-changed-while-reading', 'file-vanished']);

/**
 * Does something with a file; `'postponed'` where the file did not hold still. Without this, one file that is written
 * all the time would fail every batch that it is in, and hold up the others.
 *
 * @example
 * await unlessPostponed(drop.file, deps, () => stageDrop(drop, session, deps)) // a FileWork, or 'postponed'
 */
export async function unlessPostponed<T>(
  file: RawFile,
  deps: PostponeDeps,
  work: () => Promise<T>,
): Promise<T | 'postponed'> {
  try {
    return await work();
  } catch (error) {
    if (deps.isRebuild || deps.postpone === undefined) throw error;
    if (!(error instanceof MarqueeError) || !unsteady.has(error.code)) throw error;
    deps.postpone({ source: file.source, path: file.path });
    return 'postponed';
  }
}
