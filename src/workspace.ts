import { rmSync } from 'node:fs';
import path from 'node:path';
import { setAside } from '../state/set-aside.ts';
import { openSqliteStore } from '../state/sqlite-store.ts';
import type { BatchResult } from '../operators/batch.ts';
import type { StateStore } from '../state/store.ts';
import { loadConfig, type Config } from './config.ts';
import { describeEngine, rankOf } from './engine-options.ts';
import type { DuckDbEngine, EngineOptions } from './engine/duckdb-engine.ts';
import { loadSqlLibrary, type SqlLibrary } from './engine/sql-library.ts';
import type { StatementProfile } from './engine/statement-profile.ts';
import { assertRoot } from './assert-root.ts';
import { finishOpenEpoch, isPublished, republish, whyUnpublished } from './finish-epoch.ts';
import { keepUnbacked } from './keep-unbacked.ts';
import { acquireLock, type Lock } from './lock.ts';
import { openEngine, openState, renewEngine } from './open-stores.ts';
import { packageRoot } from './package-root.ts';
import { restoreVersions } from './restore-versions.ts';
import { SavedVersions } from './saved-versions.ts';
import { publishedAtKey, Snapshots } from './snapshot.ts';
import { loadSources, type SourceDeclaration } from './sources/declaration.ts';
import { forgetRest, Warehouse } from './warehouse.ts';
import { workspacePaths } from './workspace-paths.ts';

/** Everything that works on one root, opened and consistent. */
export interface Workspace {
  readonly root: string;
  readonly config: Config;
  readonly sources: readonly SourceDeclaration[];
  readonly library: SqlLibrary;
  readonly state: StateStore;
  readonly warehouse: Warehouse;
  readonly snapshots: Snapshots;
  readonly saved: SavedVersions;
  readonly planHash: string;
  /** What decides how files are read: marquee's version, and what stands in `sql/` of that. */
  readonly readBy: string;
  /** The warehouse was made anew while the watermark store knows files: all of them are read again. */
  readonly isRebuild: boolean;
  /** Everything is recomputed, whatever changed. */
  readonly isEverything: boolean;
  /** An epoch that was cut short and is finished now: nobody was told of it. */
  readonly finished: BatchResult | null;
  /** What opening found and did, for people. */
  readonly remarks: readonly string[];
  close(): Promise<void>;
}

/** Options of `openWorkspace`. */
export interface WorkspaceOptions {
  readonly root: string;
  readonly configFile?: string | undefined;
  /** The command, for the lock. */
  readonly command: string;
  /** A lock of this root that the caller has taken, and keeps when the workspace is closed. */
  readonly lock?: Lock;
  /** Leaves a warehouse unopened that is as the last process left it, until it is needed. */
  readonly mayRest?: boolean;
  /** Another `sql/` than the shipped one; tests break it to see that they notice. */
  readonly library?: SqlLibrary;
  /** Takes down what the engine does. */
  readonly profile?: StatementProfile;
  /** Told each step of a redone publication by name, for the crash tests. */
  readonly reached?: (step: string) => void;
}

/**
 * Takes the lock, opens the stores of a root and brings them to one epoch.
 *
 * 1. An epoch whose intent stands in the watermark store was cut short. The warehouse knows its UUID: publish and
 *    commit it from what the warehouse stored. It does not: the epoch never happened, its watermarks are dropped.
 * 2. A warehouse that is missing, unreadable, or of another history than the watermark store is made anew from raw/.
 * 3. Another configuration, or other models, recompute everything from what was typed; another way of reading (source
 *    declarations, staging models, checks, macros) reads every file again.
 *
 * Where `mayRest` is said and the last process left all of it in order, the warehouse is not opened before it is needed.
 *
 * @throws MarqueeError or StateError, each with what to do
 */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { root } = options;
  assertRoot(root);
  const sources = loadSources(path.join(packageRoot, 'sql', 'sources'));
  const config = loadConfig(
    root,
    options.configFile,
    sources.map(({ source }) => source),
  );
  const library = options.library ?? loadSqlLibrary();
  const lock = options.lock === undefined ? acquireLock(root, options.command) : kept(options.lock);
  let state: StateStore | null = null;
  try {
    const remarks: string[] = [];
    state = openState(workspacePaths(root).state, remarks);
    return await reconcile({ options, config, sources, library, state, lock, remarks });
  } catch (error) {
    state?.close();
    lock.release();
    throw error;
  }
}

/** A lock that closing the workspace doesn't give back. */
function kept(lock: Lock): Lock {
  return { ...lock, release: () => undefined };
}

interface Opening {
  readonly options: WorkspaceOptions;
  readonly config: Config;
  readonly sources: readonly SourceDeclaration[];
  readonly library: SqlLibrary;
  readonly state: StateStore;
  readonly lock: Lock;
  readonly remarks: string[];
}

async function reconcile(opening: Opening): Promise<Workspace> {
  const { options, library, state, remarks } = opening;
  const paths = workspacePaths(options.root);
  const engineOptions = {
    ...describeEngine({ root: options.root, ...opening }),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
  };
  const snapshots = new Snapshots(paths.curated, library.plan);
  rmSync(paths.temp, { recursive: true, force: true });
  const ready = { ...opening, engineOptions, snapshots, saved: new SavedVersions(paths.versions) };
  const rest = options.mayRest === true ? Warehouse.atRest(state, engineOptions) : null;
  if (rest !== null && isPublished(state, snapshots)) {
    state.discardPending();
    return workspaceOf(ready, rest, { isRebuild: false, isEverything: false, finished: null });
  }
  forgetRest(state);
  const { engine, isNew } = await openEngine(engineOptions, remarks);
  return reconcileWith(engine, isNew, ready);
}

/** What is opened before the warehouse is. */
interface Ready extends Opening {
  readonly engineOptions: EngineOptions;
  readonly snapshots: Snapshots;
  readonly saved: SavedVersions;
}

/** Brings warehouse, watermark store and what is published to one epoch. */
async function reconcileWith(opened: DuckDbEngine, isEmpty: boolean, ready: Ready): Promise<Workspace> {
  const { options, config, sources, remarks, engineOptions, snapshots, saved } = ready;
  const paths = workspacePaths(options.root);
  let { state } = ready;
  let engine = opened;
  let isNew = isEmpty;
  try {
    const isOther = engine.planHash !== null && engine.planHash !== engineOptions.planHash;
    const finished = await finishOpenEpoch(state, engine, isOther ? null : snapshots, options.reached);
    if (!isNew && engine.rawHash !== null && engine.rawHash !== engineOptions.rawHash) {
      remarks.push(
        'how files are read (sql/sources, staging, checks or dialects) changed: all of them are read again',
      );
      await keepUnbacked(engine, { ...ready, raw: paths.raw });
      ({ engine, isNew } = await renewEngine(engine, engineOptions));
    }
    const sealed = await engine.lastPublication();
    const committed = state.lastEpoch();
    if (sealed?.uuid !== committed?.uuid && !isNew) {
      const madeAt = state.meta(publishedAtKey);
      if (committed !== null && madeAt !== null && madeAt !== snapshots.folder) {
        state.close();
        remarks.push(
          `the watermark store is that of ${path.dirname(madeAt)} and is now ${setAside(paths.state, 'foreign')}`,
        );
        state = openSqliteStore(paths.state);
      }
      remarks.push(
        state.lastEpoch() === null
          ? 'the watermark store does not know this warehouse: everything is built again from raw/'
          : 'the warehouse is not the one the watermark store knows: everything is built again from raw/',
      );
      ({ engine, isNew } = await renewEngine(engine, engineOptions));
    }
    state.discardPending();
    if (isNew && state.lastEpoch() !== null) remarks.push('building the warehouse from raw/');
    if (isNew && state.lastEpoch() === null) {
      const restored = await restoreVersions({
        state,
        engine,
        saved,
        sources,
        rankOf: (source, file) => rankOf(config, source, file),
        planHash: engineOptions.planHash,
        atLeast: Math.max(sealed?.epoch ?? 0, snapshots.currentEpoch()) + 1,
      });
      for (const version of restored)
        remarks.push(`in force again, as saved: raw/${version.path}, ${version.records} records`);
    }
    const isEverything = isNew || isOther;
    if (isEverything && !isNew) {
      remarks.push('the configuration or sql/ changed: everything is recomputed');
      const why = whyUnpublished(state, snapshots);
      if (why !== null) {
        remarks.push(`${why}: all of it is published again`);
        await engine.forgetPublished();
      }
    }
    if (!isEverything && sealed !== null) await republish(state, engine, snapshots, remarks);
    const warehouse = Warehouse.opened(state, engineOptions, engine);
    return workspaceOf({ ...ready, state }, warehouse, { isRebuild: isNew, isEverything, finished });
  } catch (error) {
    await engine.close();
    state.close();
    throw error;
  }
}

function workspaceOf(
  { options, config, sources, library, state, lock, remarks, engineOptions, snapshots, saved }: Ready,
  warehouse: Warehouse,
  todo: Pick<Workspace, 'isRebuild' | 'isEverything' | 'finished'>,
): Workspace {
  return {
    root: options.root,
    config,
    sources,
    library,
    state,
    warehouse,
    snapshots,
    saved,
    planHash: engineOptions.planHash,
    readBy: `${engineOptions.version} ${engineOptions.rawHash}`,
    ...todo,
    remarks,
    close: async () => {
      try {
        await warehouse.close();
      } finally {
        state.close();
        lock.release();
      }
    },
  };
}
