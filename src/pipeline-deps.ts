import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { QuarantineEntry, RowBatch } from './engine/engine.ts';
import type { Work } from '../operators/batch.ts';
import type { OpenedDrop, ReadEnd, Refusal } from '../operators/stage.ts';
import type { Reporter } from '../operators/stage-step.ts';
import type { FileRecord, FileVersion } from '../state/records.ts';
import { sourceConfig } from './config.ts';
import { FileRejection } from './csv/file-rejection.ts';
import { fingerprintFile } from './csv/fingerprint.ts';
import { openCsv, type QuarantinedRecord } from './csv/open-csv.ts';
import { MarqueeError } from './error.ts';
import type { PipelineDeps } from './pipeline.ts';
import { statFile, vanishedSources } from './scan.ts';
import type { SourceDeclaration } from './sources/declaration.ts';
import { syncPath } from './sync-path.ts';
import { rankOf, workspacePaths, type Workspace } from './workspace.ts';

/** How a run differs from the usual. */
export interface RunOptions {
  readonly report: Reporter;
  /** Takes whatever the guard would hold. */
  readonly acceptAll?: boolean;
  /** Told each step of the commit by name; the crash tests kill the process there. */
  readonly reached?: (step: string) => void;
  /** See `NormalizeDeps`; tests force the scopes. */
  readonly fullScopeRows?: number;
  readonly fullScopeShare?: number;
}

/** Binds the operators to a workspace: files, clock, stores. */
export function pipelineDeps(workspace: Workspace, options: RunOptions): PipelineDeps {
  const { root, config, state, engine, snapshots } = workspace;
  const paths = workspacePaths(root);
  const declarations = new Map(workspace.sources.map((source) => [source.source, source]));
  const declared = (source: string): SourceDeclaration => {
    const found = declarations.get(source);
    if (found === undefined) throw new Error(`no source "${source}" is declared`);
    return found;
  };
  const reached = options.reached ?? (() => undefined);
  const savedFile = (version: FileVersion): string => path.join(paths.versions, `${version.versionId}.parquet`);
  return {
    state,
    report: options.report,
    now: () => performance.now(),
    wallClock: () => Date.now(),
    isRebuild: workspace.isRebuild,
    isEverything: workspace.isEverything,
    planHash: workspace.planHash,
    fullScopeRows: options.fullScopeRows ?? 10_000,
    fullScopeShare: options.fullScopeShare ?? 0.3,
    minRows: config.guard.minRows,
    maxLossShare: config.guard.maxLossShare,
    isOn: options.acceptAll !== true && !(workspace.isEverything && !workspace.isRebuild),
    reached,
    newUuid: () => randomUUID(),
    isRetracted: (source) => sourceConfig(config, source).onMissingFile === 'retract',
    vanished: (work: Work) => vanishedSources(paths.raw, [...new Set(work.drops.map(({ file }) => file.source))]),
    hash: async (file) => {
      const whole = path.join(paths.raw, file);
      const stat = statFile(whole);
      return { fingerprint: (await hashOrNull(whole)) ?? `unreadable:${stat.mtimeNs}:${stat.ino}`, stat };
    },
    open: (file, source) => openDrop(path.join(paths.raw, file), file, declared(source), rankOf(config, source, file)),
    openSaved: ({ file, version }) => ({
      ...shapeOf(declared(file.source), version),
      encoding: version.encoding ?? '',
      delimiter: version.delimiter ?? '',
      rank: rankOf(config, file.source, file.path),
      read: () => readSaved(workspace, file, savedFile(version)),
    }),
    keepInForce: async (file, version) => {
      if (version.saved) return;
      if (workspace.isRebuild) return; // Its rows are nowhere any more: what raw/ holds now is taken.
      mkdirSync(paths.versions, { recursive: true });
      const to = savedFile(version);
      await engine.saveRows(file.source, file.fileId, `${to}.new`);
      await syncPath(`${to}.new`);
      renameSync(`${to}.new`, to);
      await syncPath(paths.versions);
      state.setSaved(version.versionId, true);
    },
    assertSame: (drop) => {
      const now = statFile(path.join(paths.raw, drop.file.path));
      if (now.size === drop.stat.size && now.mtimeNs === drop.stat.mtimeNs && now.ino === drop.stat.ino) {
        return Promise.resolve();
      }
      throw new MarqueeError('file-changed-while-reading', `raw/${drop.file.path} changed while it was read`, {
        retryable: true,
        hint: 'nothing to do: it is read again',
      });
    },
    openSession: () => engine.openSession(),
    epochBefore: async () => (await engine.lastPublication())?.epoch ?? 0,
    publish: async (publication) => {
      await snapshots.publish(engine, publication, reached);
      state.setMeta('published-at', snapshots.folder);
    },
    tidy: async ({ replaced }) => {
      await engine.checkpoint();
      for (const version of replaced) rmSync(savedFile(version), { force: true });
      snapshots.collect(config.retention, Date.now());
    },
  };
}

/** The hash of a file's bytes; null for what has none: a folder, or a file that may not be read. */
async function hashOrNull(file: string): Promise<string | null> {
  if (!statSync(file).isFile()) return null;
  try {
    return (await fingerprintFile(file)).fingerprint;
  } catch (error) {
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    if (cause?.code === 'EACCES' || cause?.code === 'EPERM') return null;
    throw error;
  }
}

async function openDrop(
  file: string,
  name: string,
  source: SourceDeclaration,
  rank: number,
): Promise<OpenedDrop | Refusal> {
  const opened = await openCsv(file, source);
  const located = ({ code, message, hint, line }: { code: string; message: string; hint: string; line: number | null }): Refusal => ({
    code,
    message: `raw/${name}${line === null ? '' : `:${line}`}: ${message}`,
    hint,
  });
  if (opened.kind === 'rejection') return located(opened);
  const { shape, encoding, delimiter } = opened;
  return {
    shape: shape.name,
    key: shape.key,
    isUnique: shape.unique,
    dateOrder: shape.dateOrder,
    encoding,
    delimiter,
    rank,
    async *read() {
      try {
        const { truncated, ...summary } = yield* opened.read({ truncated: 'keep' });
        if (truncated !== null && summary.quarantined.some(({ code }) => code === 'truncated')) {
          return { kind: 'refused', refusal: located(truncated) } satisfies ReadEnd;
        }
        return {
          kind: 'read',
          ...summary,
          quarantined: summary.quarantined.map(toEntry),
          isTruncated: truncated !== null,
        } satisfies ReadEnd;
      } catch (error) {
        if (error instanceof FileRejection) return { kind: 'refused', refusal: located(error.rejection) } satisfies ReadEnd;
        throw error;
      }
    },
  };
}

function toEntry(record: QuarantinedRecord): QuarantineEntry {
  return { ...record, key: null };
}

function shapeOf(
  source: SourceDeclaration,
  version: FileVersion,
): Pick<OpenedDrop, 'shape' | 'key' | 'isUnique' | 'dateOrder'> {
  const shape = source.shapes.find(({ name }) => name === version.shape);
  if (shape === undefined) {
    throw new MarqueeError('shape-unknown', `${source.source}: the saved version is of a shape ${version.shape ?? ''} that is not declared any more`, {
      hint: 'drop the file again, or accept the version that is held',
    });
  }
  return { shape: shape.name, key: shape.key, isUnique: shape.unique, dateOrder: shape.dateOrder };
}

async function* readSaved(
  workspace: Workspace,
  file: FileRecord,
  saved: string,
): AsyncGenerator<RowBatch, ReadEnd> {
  if (!existsSync(saved)) {
    throw new MarqueeError('saved-version-missing', `the version of raw/${file.path} in force was saved as ${saved}, which is gone`, {
      hint: 'drop the file again, or accept the version that is held',
    });
  }
  let records = 0;
  for await (const batch of workspace.engine.readSavedRows(file.source, saved)) {
    records += batch.lines.length;
    yield batch;
  }
  return { kind: 'read', records, bytes: statSync(saved).size, quarantined: [], quarantinedCount: 0, isTruncated: false };
}
