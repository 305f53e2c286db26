import type { EpochSession } from '../src/engine/engine.ts';
import type { FileVersion } from '../state/records.ts';
import type { Drop, FileWork } from './batch.ts';
import { readWork, type RefuseDeps } from './file-work.ts';
import type { OpenedParts } from './opened-drop.ts';
import { bulkEnd } from './read-lanes.ts';
import { readParts, type PartsRead } from './read-parts.ts';
import type { StageTools } from './stage-step.ts';

type ChangedDrop = Extract<Drop, { kind: 'changed' }>;

/** What `stageParts` needs of the world. */
export interface StagePartsDeps extends StageTools, RefuseDeps {
  /** True where the warehouse is made anew: there is nothing to compare with. */
  readonly isRebuild: boolean;
  /** The parts of a large file that the version in force lacks; null where nothing tells of them, or why the file has to be read whole. */
  openParts(
    drop: ChangedDrop,
    before: FileVersion,
  ): Promise<OpenedParts | { readonly declined: string } | null>;
  /** Fails when the file is not any more what was fingerprinted. */
  assertSame(drop: ChangedDrop): Promise<void>;
}

/** Quarantine entries of a version beyond which not all of them are kept. */
export const maxRecalled = 10_000;

/**
 * Stages only what is new in a large file; null where it is no such file, or why it has to be read whole.
 *
 * @param opening is awaited where the parts are to be read: all that goes before needs no engine
 */
export async function stageParts(
  drop: Drop,
  opening: Promise<EpochSession>,
  deps: StagePartsDeps,
): Promise<{ readonly work: FileWork } | { readonly declined: string } | null> {
  const before = deps.state.fileState(drop.file.fileId)?.inForce ?? null;
  if (drop.kind !== 'changed' || deps.isRebuild || before === null) return null;
  if (drop.blocks === null || before.quarantined >= maxRecalled) return null;
  const { fileId, source, path } = drop.file;
  const progress = deps.report.begin(`read what is new in ${path}`);
  const readWhole = 'it has to be read whole';
  const parts = await deps.openParts(drop, before);
  if (parts === null || 'declined' in parts) {
    progress.done(parts === null ? readWhole : `${readWhole}: ${parts.declined}`);
    return parts;
  }
  let work: FileWork | null = null;
  try {
    const { opened } = parts;
    const isReadAlike = (['shape', 'dateOrder', 'encoding', 'delimiter'] as const).every(
      (trait) => opened[trait] === before[trait],
    );
    const session = await opening;
    if (!isReadAlike || session.judgesFiles(source)) {
      progress.done(readWhole);
      return null;
    }
    const staged = { ...opened, fileId, source, path };
    const read = await readParts(staged, parts, before, session, deps.state);
    await deps.assertSame(drop);
    if ('declined' in read) {
      progress.done(`${readWhole}: ${read.declined}`);
      return read;
    }
    progress.advance(read.newRecords);
    progress.done(`${read.newRecords} of ${read.records} records`);
    work = partsWork(drop, parts, read);
    return { work };
  } finally {
    if (work === null) parts.close();
  }
}

/** A file of which only parts were read, as one that was read whole. */
function partsWork(drop: ChangedDrop, { opened, wholeLine }: OpenedParts, read: PartsRead): FileWork {
  const work = readWork(drop, opened, {
    lane: 'blocks',
    end: { ...bulkEnd(read.records, opened.size), quarantinedCount: read.quarantined.length },
    declined: null,
  });
  const { bulk } = opened;
  return {
    ...work,
    quarantined: read.quarantined,
    linesOf: 'file' in bulk ? async (records) => (await bulk.linesOf(records)).map(wholeLine) : null,
    parts: read,
  };
}
