import path from 'node:path';
import type { StateStore } from '../state/store.ts';
import type { DuckDbEngine } from './engine/duckdb-engine.ts';
import type { SavedVersions } from './saved-versions.ts';
import { statOrNull } from './scan.ts';
import type { SourceDeclaration } from './sources/declaration.ts';

/** What saving needs. */
export interface Keeping {
  readonly state: StateStore;
  readonly saved: SavedVersions;
  readonly sources: readonly SourceDeclaration[];
  /** The folder raw/. */
  readonly raw: string;
}

/**
 * Before a warehouse is emptied: saves what is in force of files whose bytes don't surely stand in raw/ any more. What stands
 * there, or is gone, may have to be held or rejected; then these rows stay in force, and nobody else has them.
 */
export async function keepUnbacked(
  engine: DuckDbEngine,
  { state, saved, sources, raw }: Keeping,
): Promise<void> {
  // The rows of another epoch are not those that the store tells of.
  if ((await engine.lastPublication())?.uuid !== state.lastEpoch()?.uuid) return;
  const declared = new Set(sources.map(({ source }) => source));
  for (const { file, inForce } of state.fileStates()) {
    if (inForce === null || inForce.saved || !declared.has(file.source)) continue;
    const stat = statOrNull(path.join(raw, file.path));
    const backed = stat === null ? null : state.unchangedVersion(file.path, stat);
    if (backed?.versionId !== inForce.versionId) await saved.keep(engine, state, file, inForce);
  }
}
