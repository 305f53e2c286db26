import { chmodSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { from, lastValueFrom, mergeMap } from 'rxjs';
import { MarqueeError } from './error.ts';
import type { Engine, Publication } from './engine/engine.ts';
import { partitionFolder } from './engine/publication.ts';
import type { Plan } from './engine/sql-library.ts';
import { syncPath } from './sync-path.ts';

/** The name of the serving file in a snapshot and, as a link, in `curated_data/`. */
export const servingFile = 'marquee.duckdb';

/** A Parquet file of a snapshot. */
interface SnapshotFile {
  /** Below the snapshot's folder. */
  readonly file: string;
  readonly isChanged: boolean;
  write(to: string): Promise<void>;
}

/** Where a snapshot is built. */
export interface SnapshotFolders {
  /** The snapshot before, whose files are linked where nothing changed; null where there is none. */
  readonly before: string | null;
  /** An empty folder. */
  readonly target: string;
}

/**
 * Fills the folder of a snapshot: Parquet files of what changed, hard links to the others, and the serving file over them. When
 * it returns, all is on the disk.
 *
 * @param reached told each step by name, for the crash tests
 * @returns the bytes that were written, as opposed to linked
 */
export async function writeSnapshot(
  engine: Engine,
  plan: Plan,
  publication: Publication,
  { before, target }: SnapshotFolders,
  reached: (step: string) => void,
): Promise<number> {
  const { partitioned, aggregates } = plan.publish;
  const partitions = (await engine.partitions()).map((value): SnapshotFile => ({
    file: path.join(partitioned.relation, partitionFolder(partitioned.by, value), 'part-0.parquet'),
    isChanged: publication.partitions.includes(value),
    write: (to) => engine.writePartition(value, to),
  }));
  const tables = aggregates.map((name): SnapshotFile => ({
    file: path.join('aggregates', name, 'part-0.parquet'),
    isChanged: publication.aggregates.includes(name),
    write: (to) => engine.writeAggregate(name, to),
  }));
  const folders = new Set([target, path.join(target, partitioned.relation), path.join(target, 'aggregates')]);
  for (const { file } of [...partitions, ...tables]) folders.add(path.dirname(path.join(target, file)));
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  /** Links what is as it was; false where the file has to be written. */
  const isLinked = ({ file, isChanged }: SnapshotFile): boolean => {
    const known = before === null ? null : path.join(before, file);
    if (isChanged || known === null || !existsSync(known)) return false;
    linkSync(known, path.join(target, file));
    return true;
  };
  let written = 0;
  /** Under another name at first, since views may look into the folder meanwhile. */
  const write = async (item: SnapshotFile): Promise<void> => {
    const to = path.join(target, item.file);
    await item.write(`${to}.new`);
    renameSync(`${to}.new`, to);
    await syncPath(to);
    written += statSync(to).size;
  };
  const files = eachOf(
    [...tables, ...partitions].filter((item) => !isLinked(item)),
    write,
  ).then(() => reached('after-partitions'));
  const serving = path.join(target, servingFile);
  const serve = (): Promise<void> => engine.writeServing(serving, target, files);
  const served = serve().catch(async (error: unknown) => {
    if (!isOutOfMemory(error)) throw error;
    await files;
    for (const half of [serving, `${serving}.wal`]) rmSync(half, { force: true });
    await serve();
  });
  await allOf([files, served]);
  chmodSync(serving, 0o444);
  // These wait for the disk alone.
  await eachOf([serving, ...folders], syncPath, 16);
  return written + statSync(serving).size;
}

/** Waits for all, of which none may be left at work when one fails; then fails as the first that did. */
async function allOf(works: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(works);
  await Promise.all(works);
}

/**
 * Files are written a few at a time: some wait for the disk while others are encoded. What finds too little memory beside
 * others is written again once these are done.
 */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>, atOnce = 3): Promise<void> {
  const again: T[] = [];
  const attempt = (item: T): Promise<void> =>
    work(item).catch((error: unknown) => {
      if (!isOutOfMemory(error)) throw error;
      again.push(item);
    });
  await lastValueFrom(from(items).pipe(mergeMap(attempt, atOnce)), { defaultValue: undefined });
  for (const item of again) await work(item);
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof MarqueeError && error.code === 'engine-out-of-memory';
}
