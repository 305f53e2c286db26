import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { unreadableFingerprint } from '../operators/fingerprint.ts';
import type { RawFile } from '../operators/postpone.ts';
import type { Reporter } from '../operators/stage-step.ts';
import type { BlockTable } from '../state/block-table.ts';
import { isSameStat } from '../state/stat-hint.ts';
import type { Refusal } from '../operators/opened-drop.ts';
import { sourceConfig } from './config.ts';
import { surveyFile, type Survey } from './csv/survey.ts';
import { MarqueeError } from './error.ts';
import { FileSpool } from './key-spool.ts';
import { openDrop } from './open-drop.ts';
import { openParts } from './open-parts.ts';
import type { PipelineDeps } from './pipeline.ts';
import { isFolder, isRegularFile, leadsOutside, statFile, statOrNull } from './scan.ts';
import type { SourceDeclaration } from './sources/declaration.ts';
import { rankOf } from './engine-options.ts';
import { workspacePaths } from './workspace-paths.ts';
import type { Workspace } from './workspace.ts';

/** How a run differs from the usual. */
export interface RunOptions {
  readonly report: Reporter;
  /** Takes whatever the guard would hold. */
  readonly acceptAll?: boolean;
  /** Writes no snapshot. */
  readonly isDry?: boolean;
  /** Told of a file that did not hold still while it was read, to look at it again; without, its batch fails. */
  readonly postpone?: (file: RawFile) => void;
  /** Told what failed once an epoch was committed; without, the run fails with it. */
  readonly afterCommit?: (error: unknown) => void;
  /** Told each step of the commit by name; the crash tests kill the process there. */
  readonly reached?: (step: string) => void;
  /** See `StageDeps`; tests force the lanes. */
  readonly bulkBytes?: number;
  readonly sieveRecords?: number;
  /** See `NormalizeDeps`; tests force the scopes. */
  readonly fullScopeRows?: number;
  readonly fullScopeShare?: number;
}

/** Binds the operators to a workspace: files, clock, stores. */
export function pipelineDeps(workspace: Workspace, options: RunOptions): PipelineDeps {
  const { root, config, state, warehouse, snapshots, saved } = workspace;
  const paths = workspacePaths(root);
  const declarations = new Map(workspace.sources.map((source) => [source.source, source]));
  const declared = (source: string): SourceDeclaration => {
    const found = declarations.get(source);
    if (found === undefined) throw new Error(`no source "${source}" is declared`);
    return found;
  };
  const isRefusedLink = (file: string): boolean =>
    sourceConfig(config, sourceOf(file)).linksOutside === 'refuse' && leadsOutside(paths.raw, file);
  const reached = options.reached ?? (() => undefined);
  const sieveRecords = options.sieveRecords ?? laneThreshold('MARQUEE_SIEVE_RECORDS', 2000);
  return {
    state,
    report: options.report,
    now: () => performance.now(),
    wallClock: () => Date.now(),
    isRebuild: workspace.isRebuild,
    isEverything: workspace.isEverything,
    isAcceptingAll: options.acceptAll === true,
    postpone: options.postpone,
    planHash: workspace.planHash,
    readBy: workspace.readBy,
    bulkBytes: options.bulkBytes ?? laneThreshold('MARQUEE_BULK_BYTES', 1 << 20),
    sieveRecords,
    // 50,000; none where tests force all lanes.
    differingRecords: 25 * sieveRecords,
    fullScopeRows: options.fullScopeRows ?? 10_000,
    fullScopeShare: options.fullScopeShare ?? 0.3,
    minRows: config.guard.minRows,
    maxLossShare: config.guard.maxLossShare,
    isOn: options.acceptAll !== true,
    reached,
    afterCommit:
      options.afterCommit ??
      ((error) => {
        throw error;
      }),
    newUuid: () => randomUUID(),
    assertGone: (file) => {
      if (statOrNull(path.join(paths.raw, file)) !== null) throw changedMeanwhile(file);
    },
    isRetracted: (source) => sourceConfig(config, source).onMissingFile === 'retract',
    isThere: (file) => statOrNull(path.join(paths.raw, file)) !== null,
    isFolderGone: (source) => !isFolder(path.join(paths.raw, source)),
    hash: async (file, known) => {
      const whole = path.join(paths.raw, file);
      const stat = statFile(whole);
      // What a refused link leads to is not looked at, and not remembered: the configuration may come to allow it.
      const survey = isRefusedLink(file) ? null : await surveyOrNull(whole, known);
      return {
        fingerprint: survey?.fingerprint ?? unreadableFingerprint(stat),
        stat,
        blocks: survey?.blocks ?? null,
      };
    },
    open: (file, source) =>
      isRefusedLink(file)
        ? Promise.resolve(linkOutside(file))
        : openDrop(path.join(paths.raw, file), file, declared(source), rankOf(config, source, file)),
    openParts: ({ file: { path: name, source, fileId }, blocks }, before) => {
      const known = blocks === null ? null : state.readBlocks(before.versionId);
      if (blocks === null || known === null || isRefusedLink(name)) return Promise.resolve(null);
      return openParts({
        file: path.join(paths.raw, name),
        before: known,
        now: blocks,
        records: {
          readKeys: (first, count) => state.readRecordKeys(before.versionId, first, count),
          readPairs: () => state.readPairs(before.versionId),
        },
        open: (part) => openDrop(part, name, declared(source), rankOf(config, source, name)),
        target: path.join(paths.temp, `parts-${fileId}.csv`),
      });
    },
    spool: (fileId) => new FileSpool(path.join(paths.temp, `keys-${fileId}.bin`)),
    openSaved: async ({ file: { source, path: name }, version }) =>
      saved.open(await warehouse.engine(), declared(source), name, version, rankOf(config, source, name)),
    keepInForce: async (file, version) => {
      if (version.saved) return;
      if (workspace.isRebuild) throw versionLost(file.path);
      await saved.keep(await warehouse.engine(), state, file, version);
    },
    assertSame: (drop) => {
      if (isSameStat(statFile(path.join(paths.raw, drop.file.path)), drop.stat)) return Promise.resolve();
      throw changedMeanwhile(drop.file.path);
    },
    openSession: async () => (await warehouse.engine()).openSession(),
    epochBefore: async () => {
      const sealed = await (await warehouse.engine()).lastPublication();
      return Math.max(sealed?.epoch ?? 0, snapshots.currentEpoch());
    },
    publish: async (publication) => {
      if (options.isDry !== true)
        return snapshots.publish(await warehouse.engine(), publication, state, reached);
      snapshots.assertFree();
      return null;
    },
    tidy: async () => {
      if (options.isDry === true) return;
      await (await warehouse.engine()).checkpoint();
      saved.sweep(state);
      snapshots.collect(config.retention, Date.now());
    },
  };
}

/** From where on a lane is taken; a test of whole processes says it by the environment. */
function laneThreshold(variable: string, usual: number): number {
  return Number(process.env[variable] ?? usual);
}

/** What a file's bytes are; null for what has none: a folder, a broken link, or a file that may not be read. */
async function surveyOrNull(file: string, known: BlockTable | null): Promise<Survey | null> {
  if (!isRegularFile(file)) return null;
  try {
    return await surveyFile(file, known);
  } catch (error) {
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    if (cause?.code === 'EACCES' || cause?.code === 'EPERM') return null;
    throw error;
  }
}

function changedMeanwhile(file: string): MarqueeError {
  return new MarqueeError('file-changed-while-reading', `raw/${file} changed while it was read`, {
    retryable: true,
    hint: 'nothing to do: it is read again',
  });
}

/** The source of a file of raw/. */
function sourceOf(file: string): string {
  return file.includes('/') ? path.dirname(file) : path.basename(file, '.csv');
}

/** Whoever may put a link into raw/ must not get marquee to publish what only marquee may read. */
function linkOutside(file: string): Refusal {
  return {
    code: 'link-outside',
    message: `raw/${file}: got a link to a file outside of its folder, expected a CSV file`,
    hint: `put a copy there, or allow it with sources.${sourceOf(file)}.links_outside: follow; a whole source folder may be a link`,
  };
}

/** The warehouse is made anew, and neither raw/ nor .marquee/versions has the rows that are in force. */
function versionLost(file: string): MarqueeError {
  return new MarqueeError(
    'version-lost',
    `the rows of raw/${file} in force are nowhere any more, and what stands in raw/ now can't take their place`,
    {
      hint: 'put a good version of the file back, then run marquee backfill; or, to take what is there, marquee backfill --accept-all',
    },
  );
}
