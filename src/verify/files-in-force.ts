import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { OpenedDrop, ReadEnd } from '../../operators/opened-drop.ts';
import type { FileStat, FileState } from '../../state/records.ts';
import { isSameStat } from '../../state/stat-hint.ts';
import type { Config } from '../config.ts';
import { surveyFile } from '../csv/survey.ts';
import type { Engine, RowBatch } from '../engine/engine.ts';
import { MarqueeError } from '../error.ts';
import { lockHolder } from '../lock.ts';
import { openDrop } from '../open-drop.ts';
import type { FileToRead } from '../recompute.ts';
import { SavedVersions } from '../saved-versions.ts';
import { scanRaw, statFile } from '../scan.ts';
import type { SourceDeclaration } from '../sources/declaration.ts';
import { rankOf } from '../engine-options.ts';
import { workspacePaths } from '../workspace-paths.ts';

/** What looking for the rows in force needs. */
export interface Place {
  readonly root: string;
  readonly config: Config;
  readonly sources: readonly SourceDeclaration[];
}

/** The files whose rows are in force, ready to be read, and what a person should know of them. */
export interface FilesInForce {
  readonly files: readonly FileToRead[];
  readonly remarks: readonly string[];
}

/**
 * Finds the rows of every version in force: in raw/ where the bytes still are the version's, else where they were
 * saved.
 *
 * @param onRead told how many records more were read
 * @throws MarqueeError `verify-untaken` where raw/ holds newer bytes that no run has looked at yet
 */
export async function filesInForce(
  place: Place,
  states: readonly FileState[],
  engine: Pick<Engine, 'saveRows' | 'readSavedRows'>,
  onRead: (records: number) => void,
): Promise<FilesInForce> {
  const paths = workspacePaths(place.root);
  const saved = new SavedVersions(paths.versions);
  const remarks = untaken(place, states);
  const files: FileToRead[] = [];
  for (const { file, inForce } of states) {
    if (inForce === null) continue;
    const source = place.sources.find((declared) => declared.source === file.source);
    if (source === undefined) throw new Error(`no source "${file.source}" is declared`);
    const rank = rankOf(place.config, file.source, file.path);
    const whole = path.join(paths.raw, file.path);
    const stat = await statIfBytes(whole, inForce.fingerprint);
    if (stat !== null) {
      files.push({
        ...file,
        open: async () => {
          const opened = await openDrop(whole, file.path, source, rank);
          return 'read' in opened
            ? counted(opened, onRead, () => assertSame(whole, file.path, stat))
            : opened;
        },
      });
    } else if (inForce.saved) {
      remarks.push(
        `raw/${file.path}: its version in force is read from where it was saved, ${saved.fileOf(file.path, inForce.fingerprint)}`,
      );
      const open = (): OpenedDrop => counted(saved.open(engine, source, file.path, inForce, rank), onRead);
      files.push({ ...file, open: () => Promise.resolve(open()) });
    } else {
      throw new MarqueeError(
        'verify-untaken',
        `raw/${file.path} is not any more what is in force, and was not looked at yet`,
        {
          hint: 'run marquee backfill first',
          retryable: lockHolder(place.root) !== null,
        },
      );
    }
  }
  return { files, remarks };
}

/** Files that no run has looked at are no part of what is verified; a person should know. */
function untaken({ root, sources }: Place, states: readonly FileState[]): string[] {
  const known = new Set(states.map(({ file }) => file.path));
  const names = sources.map(({ source }) => source);
  return scanRaw(workspacePaths(root).raw, names, [])
    .filter((sighting) => !known.has(sighting.path))
    .map((sighting) => `raw/${sighting.path}: not taken yet, and not verified`);
}

/** What the file system says of a file if it holds exactly these bytes. */
async function statIfBytes(file: string, fingerprint: string): Promise<FileStat | null> {
  if (!existsSync(file) || !statSync(file).isFile()) return null;
  const stat = statFile(file);
  return (await surveyFile(file)).fingerprint === fingerprint ? stat : null;
}

function assertSame(file: string, name: string, before: FileStat): void {
  const now = existsSync(file) ? statFile(file) : null;
  if (now !== null && isSameStat(now, before)) return;
  throw new MarqueeError('file-changed-while-reading', `raw/${name} changed while it was read`, {
    retryable: true,
    hint: 'run it again when the file is complete',
  });
}

function counted(
  opened: OpenedDrop,
  onRead: (records: number) => void,
  atEnd: () => void = () => undefined,
): OpenedDrop {
  return {
    ...opened,
    async *read(): AsyncGenerator<RowBatch, ReadEnd> {
      const rows = opened.read();
      for (;;) {
        const next = await rows.next();
        if (next.done === true) {
          atEnd();
          return next.value;
        }
        onRead(next.value.lines.length);
        yield next.value;
      }
    },
  };
}
