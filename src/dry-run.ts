import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { copyStore } from '../state/copy-store.ts';
import { openSqliteStore } from '../state/sqlite-store.ts';
import { StateError } from '../state/state-error.ts';
import { MarqueeError } from './error.ts';
import { acquireLock } from './lock.ts';
import { distrustOf } from './open-stores.ts';
import { publishedAtKey } from './snapshot.ts';
import { workspacePaths } from './workspace-paths.ts';

type Paths = ReturnType<typeof workspacePaths>;

/**
 * Does something on a copy of a root, of which nothing is left: the stores copied (where the file system can, without their
 * bytes), what is published linked, `raw/` the very same. What it comes to is what it would come to on the root, which stays as
 * it is to the byte.
 *
 * The root's lock is held all the while. The copy stands in `.marquee/tmp/`, which whoever opens the root next clears.
 *
 * @param command for the lock
 * @throws MarqueeError `root-locked` where another marquee holds the root; what `work` throws speaks of the root, not of the copy
 */
export async function onCopy<T>(
  root: string,
  command: string,
  work: (copy: string) => Promise<T>,
): Promise<T> {
  const { temp } = workspacePaths(root);
  const own = path.dirname(temp);
  const wasThere = existsSync(own);
  const lock = acquireLock(root, command);
  const copy = path.join(temp, 'dry-run');
  try {
    rmSync(copy, { recursive: true, force: true });
    await copyRoot(workspacePaths(root), workspacePaths(copy));
    return await work(copy);
  } catch (error) {
    if (!(error instanceof MarqueeError)) throw error;
    const { code, message, cause, hint, retryable, exitCode } = error;
    const said = (text: string): string => text.replaceAll(copy, root);
    throw new MarqueeError(code, said(message), {
      cause,
      retryable,
      exitCode,
      ...(hint === undefined ? {} : { hint: said(hint) }),
    });
  } finally {
    rmSync(copy, { recursive: true, force: true });
    lock.release();
    if (!wasThere) removeEmpty(temp, own);
  }
}

/** What others may have open meanwhile, as `.marquee/` has more than stores, is none of the copy's. */
async function copyRoot(from: Paths, to: Paths): Promise<void> {
  mkdirSync(path.dirname(to.state), { recursive: true });
  symlinkSync(path.resolve(from.raw), to.raw);
  if (existsSync(from.state)) await copyStore(from.state, to.state);
  // DuckDB keeps the log beside the file itself, not beside a link to it.
  const warehouse = existsSync(from.warehouse) ? realpathSync(from.warehouse) : from.warehouse;
  for (const [source, target] of [
    [distrustOf(from.state), distrustOf(to.state)],
    [warehouse, to.warehouse],
    [`${warehouse}.wal`, `${to.warehouse}.wal`],
  ] as const) {
    if (existsSync(source)) copyFileSync(source, target, constants.COPYFILE_FICLONE);
  }
  for (const [source, target] of [
    [from.versions, to.versions],
    [from.templates, to.templates],
  ] as const) {
    if (existsSync(source)) cpSync(source, target, { recursive: true, dereference: true });
  }
  linkPublished(from.curated, to.curated);
  sayWhere(from, to);
}

/** The current snapshot, and what else stands beside it for people, or in their way. */
function linkPublished(from: string, to: string): void {
  if (!existsSync(from)) return;
  if (!statSync(from).isDirectory()) return writeFileSync(to, '');
  mkdirSync(to);
  const current = path.join('.snapshots', path.basename(linkOf(path.join(from, '.current')) ?? 'none'));
  for (const name of readdirSync(from)) {
    const target = path.join(to, name);
    const link = linkOf(path.join(from, name));
    if (name === '.snapshots') mkdirSync(target);
    else if (link !== null) {
      symlinkSync(link, target);
      // By its time it is told whether somebody wrote into what it leads to.
      const { atime, mtime } = lstatSync(path.join(from, name));
      lutimesSync(target, atime, mtime);
    } else if (lstatSync(path.join(from, name)).isDirectory()) mkdirSync(target);
  }
  if (existsSync(path.join(from, current))) linkTree(path.join(from, current), path.join(to, current));
}

/** Where a link leads; null where there is none. */
function linkOf(place: string): string | null {
  return lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(place) : null;
}

/** Folders anew, files linked: nobody ever writes into one of them. */
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isDirectory()) linkTree(source, target);
    else linkFile(source, target);
  }
}

function linkFile(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    // It stands on another file system, or on one without links.
    copyFileSync(source, target, constants.COPYFILE_FICLONE);
    const { atime, mtime } = statSync(source);
    utimesSync(target, atime, mtime);
  }
}

/** What is published at its place is published at the copy's; else it would have to be published again for that. */
function sayWhere(from: Paths, to: Paths): void {
  if (!existsSync(to.state)) return;
  try {
    const state = openSqliteStore(to.state);
    if (state.meta(publishedAtKey) === from.curated) state.setMeta(publishedAtKey, to.curated);
    state.close();
  } catch (error) {
    // Whoever opens the copy meets the same, and knows what to do.
    if (!(error instanceof StateError)) throw error;
  }
}

/** A root that had never been worked on is left without a trace. */
function removeEmpty(...folders: readonly string[]): void {
  for (const folder of folders) if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}
