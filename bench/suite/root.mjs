import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { filmFile, mainFile } from './places.mjs';

const stores = ['.marquee', 'curated_data'];

/**
 * A root that every run finds in the same state: as one backfill of the original left it, or as before it.
 *
 * The stores are copied for real, because DuckDB and SQLite write into theirs. The drops are hard links: marquee only
 * reads them, and each has an inode and times of its own.
 */
export class BenchRoot {
  constructor(folder, data) {
    this.folder = folder;
    this.data = data;
    this.saved = `${folder}.saved`;
  }

  /** One backfill of the original, kept aside. Untimed. */
  async prepare() {
    rmSync(this.saved, { recursive: true, force: true });
    mkdirSync(this.saved, { recursive: true });
    this.start();
    // Files this young would be read again every time: their times can't yet tell that they are as they were.
    await pause(2500);
    execFileSync(process.execPath, [mainFile, ...this.backfillArgs()], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.copyStores(this.folder, this.saved);
  }

  /** The original's files in an otherwise empty root. */
  start() {
    rmSync(this.folder, { recursive: true, force: true });
    for (const source of ['genre_cast_director', 'cpi']) {
      cpSync(path.join(this.data.original, 'raw', source), path.join(this.folder, 'raw', source), {
        recursive: true,
      });
    }
    this.put(path.join(this.data.original, filmFile));
  }

  backfillArgs() {
    return ['backfill', '--root', this.folder, '--quiet'];
  }

  /** The state after the backfill of the original, before any drop. */
  restore() {
    this.forget();
    this.copyStores(this.saved, this.folder);
    flush();
  }

  /** The state before the first backfill. */
  forget() {
    for (const name of stores) rmSync(path.join(this.folder, name), { recursive: true, force: true });
    rmSync(path.join(this.folder, 'raw', 'movie_metadata'), { recursive: true, force: true });
    this.put(path.join(this.data.original, filmFile));
  }

  /** Puts a file in the place of the film file, or beside it. */
  put(file, place = filmFile) {
    const target = path.join(this.folder, place);
    mkdirSync(path.dirname(target), { recursive: true });
    rmSync(target, { force: true });
    linkSync(file, target);
  }

  /**
   * Reads whatever may be read next. A dozen film files are several gigabytes, more than some machines keep: who came to a
   * file that was dropped from the cache would be timed by the disk.
   */
  warm() {
    for (const folder of [this.folder, this.data.original]) {
      execFileSync('find', [path.join(folder, 'raw'), '-type', 'f', '-exec', 'cat', '{}', '+'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    }
  }

  copyStores(from, to) {
    for (const name of stores) {
      if (!existsSync(path.join(from, name))) throw new Error(`no ${name} in ${from}`);
      // Node's own copies lose nanoseconds of the times, by which a warehouse is known again.
      execFileSync('cp', ['-a', path.join(from, name), path.join(to, name)]);
    }
  }
}

/** Bytes that restoring wrote go to disk now, not while something else is timed. */
function flush() {
  execFileSync('sync');
}
