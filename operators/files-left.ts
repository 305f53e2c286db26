import type { StateStore } from '../state/store.ts';

/** What is asked whether a source has files left. */
export interface FilesLeftDeps {
  readonly state: StateStore;
  /** Whether a file of raw/ is there; fails where that can't be told. */
  isThere(path: string): boolean;
}

/**
 * Whether a source keeps rows: a file of it is in force, is not among those that leave, and stands in raw/. One that can't be
 * taken counts for nothing, or a page that came in place of a download would make a removal look like a move.
 *
 * Looks at all files of the state store.
 */
export function hasFilesLeft(source: string, leaving: ReadonlySet<number>, deps: FilesLeftDeps): boolean {
  return deps.state
    .fileStates()
    .some(
      ({ file, inForce }) =>
        file.source === source && inForce !== null && !leaving.has(file.fileId) && deps.isThere(file.path),
    );
}
