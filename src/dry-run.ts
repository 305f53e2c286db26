import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { openSqliteStore } from '../state/sqlite-store.ts';
import { acquireLock } from './lock.ts';
import { isDamage } from './open-stores.ts';
import { publishedAtKey } from './snapshot.ts';
import { workspacePaths } from './workspace-paths.ts';

/**
 * Does something on a copy of a root, of which nothing is left: the stores copied (where the file system can, without their
 * bytes), what is published linked, `raw/` the very same. What it comes to is what it would come to on the root, which stays as
 * it is to the byte.
 *
 * The root's lock is held all the while. The copy stands in `.marquee/tmp/`, which whoever opens the root next clears.
 *
 * @param command for the lock
 * @throws MarqueeError `root-locked` where another marquee holds the root
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
    copyRoot(root, copy);
    return await work(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
    lock.release();
    if (!wasThere) removeEmpty(temp, own);
  }
}

function copyRoot(root: string, copy: string): void {
  const from = workspacePaths(root);
  const to = workspacePaths(copy);
  const own = path.dirname(from.state);
  mkdirSync(path.dirname(to.state), { recursive: true });
  symlinkSync(path.resolve(from.raw), to.raw);
  const isShared = (name: string): boolean => name !== path.basename(from.temp) && !name.startsWith('lock');
  for (const name of readdirSync(own).filter(isShared)) {
    cpSync(path.join(own, name), path.join(path.dirname(to.state), name), {
      recursive: true,
      preserveTimestamps: true,
      mode: constants.COPYFILE_FICLONE,
    });
  }
  if (existsSync(from.curated)) linkTree(from.curated, to.curated);
  sayWhere(from, to);
}

/** Folders anew, links again, files linked: nobody ever writes into one of them. */
function linkTree(from: string, to: string): void {
  mkdirSync(to);
  // The link that says which snapshot is current has to be younger than what it leads to, as it is there.
  const names = readdirSync(from).sort((a, b) => Number(a === '.current') - Number(b === '.current'));
  for (const name of names) {
    const source = path.join(from, name);
    const target = path.join(to, name);
    const stat = lstatSync(source);
    if (stat.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (stat.isDirectory()) linkTree(source, target);
    else link(source, target);
  }
}

function link(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    // It stands on another file system, or on one without links.
    copyFileSync(source, target, constants.COPYFILE_FICLONE);
  }
}

/** What is published at its place is published at the copy's; else it would have to be published again for that. */
function sayWhere(from: ReturnType<typeof workspacePaths>, to: ReturnType<typeof workspacePaths>): void {
  if (!existsSync(to.state)) return;
  try {
    const state = openSqliteStore(to.state);
    if (state.meta(publishedAtKey) === from.curated) state.setMeta(publishedAtKey, to.curated);
    state.close();
  } catch (error) {
    // Whoever opens the copy sets it aside.
    if (!isDamage(error)) throw error;
  }
}

/** A root that had never been worked on is left without a trace. */
function removeEmpty(...folders: readonly string[]): void {
  for (const folder of folders) if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}
