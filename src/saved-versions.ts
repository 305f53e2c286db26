import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { OpenedDrop, ReadEnd } from '../operators/opened-drop.ts';
import type { FileRecord, FileVersion, VersionMeta } from '../state/records.ts';
import type { StateStore } from '../state/store.ts';
import { writeFileAtomic } from './atomic-file.ts';
import type { Engine, RowBatch } from './engine/engine.ts';
import { MarqueeError } from './error.ts';
import type { SourceDeclaration } from './sources/declaration.ts';
import { syncPath } from './sync-path.ts';

const description = z.object({
  source: z.string(),
  path: z.string(),
  fingerprint: z.string(),
  shape: z.string().nullable(),
  dateOrder: z.string().nullable(),
  encoding: z.string().nullable(),
  delimiter: z.string().nullable(),
  records: z.number(),
});

/** What a saved version says of itself. `path` is below raw/, `fingerprint` that of the bytes that stood there. */
export type SavedVersion = z.infer<typeof description>;

/** What reads and writes the rows. */
type RowFiles = Pick<Engine, 'saveRows' | 'readSavedRows'>;

/**
 * `.marquee/versions/`: the rows of versions that are in force though their bytes stand no more in raw/, since a
 * later drop was held or rejected. A Parquet file each, and a JSON file beside it that says what it is; so neither
 * the warehouse nor the state store is needed to bring them back.
 *
 * Named after path and fingerprint. Growth: one for each file with a drop that waits.
 */
export class SavedVersions {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where the rows of a version are saved, whether or not they are. */
  fileOf(name: string, fingerprint: string): string {
    const readable = name.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 60);
    const hash = createHash('sha256').update(`${name}\0${fingerprint}`).digest('hex').slice(0, 16);
    return path.join(this.folder, `${readable}-${hash}.parquet`);
  }

  /** Saves the rows in force of a file, durably, and has the state store know. */
  async keep(
    engine: RowFiles,
    state: Pick<StateStore, 'setSaved'>,
    file: FileRecord,
    version: FileVersion,
  ): Promise<void> {
    await this.save(engine, file, version);
    state.setSaved(version.versionId, true);
  }

  /** Rows first, so that what describes itself is whole. */
  private async save(engine: RowFiles, file: FileRecord, version: FileVersion): Promise<void> {
    mkdirSync(this.folder, { recursive: true });
    const to = this.fileOf(file.path, version.fingerprint);
    await engine.saveRows(file.source, file.fileId, `${to}.new`);
    await syncPath(`${to}.new`);
    renameSync(`${to}.new`, to);
    const { fingerprint, shape, dateOrder, encoding, delimiter, records } = version;
    const saved: SavedVersion = {
      source: file.source,
      path: file.path,
      fingerprint,
      shape,
      dateOrder,
      encoding,
      delimiter,
      records,
    };
    writeFileAtomic(sidecarOf(to), `${JSON.stringify(saved, null, 2)}\n`);
    await syncPath(this.folder);
  }

  /**
   * Opens a saved version like a drop.
   *
   * @throws MarqueeError `shape-unknown` when its source no longer declares its shape; reading throws
   *   `saved-version-missing` when the rows are gone
   */
  open(
    engine: RowFiles,
    source: SourceDeclaration,
    name: string,
    version: Pick<VersionMeta, 'fingerprint' | 'shape' | 'encoding' | 'delimiter'>,
    rank: number,
  ): OpenedDrop {
    const file = this.fileOf(name, version.fingerprint);
    const shape = source.shapes.find((declared) => declared.name === version.shape);
    if (shape === undefined) {
      throw new MarqueeError(
        'shape-unknown',
        `${source.source}: the saved version of raw/${name} is of a shape ${version.shape ?? ''} that is not declared any more`,
        {
          hint: `drop the file again, or accept the version that is held; to give the saved one up, remove ${file}`,
        },
      );
    }
    return {
      shape: shape.name,
      unread: [],
      key: shape.key,
      isUnique: shape.unique,
      dateOrder: shape.dateOrder,
      encoding: version.encoding ?? '',
      delimiter: version.delimiter ?? '',
      rank,
      size: 0,
      bulk: { declined: 'it is a saved version' },
      read: () => readRows(engine, source.source, name, file),
    };
  }

  /** All that are whole, by path. What can't be read as a description is left alone. */
  list(): SavedVersion[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder)
      .filter((file) => file.endsWith('.json') && !file.startsWith('.'))
      .flatMap((file) => readDescription(path.join(this.folder, file)))
      .filter((saved) => existsSync(this.fileOf(saved.path, saved.fingerprint)))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Removes the versions of files that the state store knows in which they are not in force any more. */
  sweep(state: StateStore): void {
    for (const saved of this.list()) {
      const file = state.fileByPath(saved.path);
      if (file === null) continue;
      const inForce = state.fileState(file.fileId)?.inForce ?? null;
      if (inForce !== null && inForce.saved && inForce.fingerprint === saved.fingerprint) continue;
      const rows = this.fileOf(saved.path, saved.fingerprint);
      rmSync(sidecarOf(rows), { force: true });
      rmSync(rows, { force: true });
    }
  }
}

function sidecarOf(rows: string): string {
  return rows.replace(/\.parquet$/, '.json');
}

function readDescription(file: string): SavedVersion[] {
  try {
    return [description.parse(JSON.parse(readFileSync(file, 'utf8')))];
  } catch {
    return [];
  }
}

async function* readRows(
  engine: RowFiles,
  source: string,
  name: string,
  file: string,
): AsyncGenerator<RowBatch, ReadEnd> {
  if (!existsSync(file)) {
    throw new MarqueeError(
      'saved-version-missing',
      `the version of raw/${name} in force was saved as ${file}, which is gone`,
      { hint: 'drop the file again, or accept the version that is held' },
    );
  }
  let records = 0;
  for await (const batch of engine.readSavedRows(source, file)) {
    records += batch.lines.length;
    yield batch;
  }
  const { size } = statSync(file);
  return { kind: 'read', records, bytes: size, quarantined: [], quarantinedCount: 0, isTruncated: false };
}
