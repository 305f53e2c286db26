import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import path from 'node:path';
import type { Engine, Publication } from './engine/engine.ts';
import { MarqueeError } from './error.ts';
import type { Plan } from './engine/sql-library.ts';
import type { StateStore } from '../state/store.ts';
import { syncPath } from './sync-path.ts';
import { servingFile, writeSnapshot } from './write-snapshot.ts';

/** Of the state store: in which folder the last epoch was published; another says that the root was moved. */
export const publishedAtKey = 'published-at';

/** How many snapshots are kept. */
export interface Retention {
  /** At least so many, the current one among them ... */
  readonly snapshots: number;
  /** ... and all that were current within so many minutes. */
  readonly minutes: number;
}

/**
 * `curated_data/`: what the world sees, one folder a snapshot, one link that says which is current.
 *
 * A snapshot is built beside the current one: what changed is written, the rest hard-linked. It counts when
 * `.current` is renamed over to it, which is one atomic step for Parquet and serving file together.
 */
export class Snapshots {
  readonly folder: string;
  private readonly plan: Plan;

  constructor(folder: string, plan: Plan) {
    this.folder = folder;
    this.plan = plan;
  }

  /** The current snapshot's absolute path, or null before the first. */
  current(): string | null {
    try {
      return path.resolve(this.folder, readlinkSync(path.join(this.folder, '.current')));
    } catch {
      return null;
    }
  }

  /** The epoch of the current snapshot; 0 before the first. */
  currentEpoch(): number {
    return Number.parseInt(path.basename(this.current() ?? '0'), 10);
  }

  /** Whether the current snapshot is of an epoch, and what is published is whole. */
  isPublished(epoch: number): boolean {
    return this.current() === this.snapshotFolder(epoch) && this.damage() === null;
  }

  /**
   * What is wrong with what is published, for a person; null where nothing is, as far as a look at its files tells.
   *
   * Whoever may do everything can open the serving file to write in spite of its mode. DuckDB then keeps a log beside
   * it, which the next reader replays, or writes the file itself: later than the link to the snapshot was made.
   */
  damage(): string | null {
    const current = this.current();
    const serving =
      current === null ? null : statSync(path.join(current, servingFile), { throwIfNoEntry: false });
    if (current === null || !serving) return 'what was published is gone';
    const missing = this.links().find((name) => !existsSync(path.join(this.folder, name)));
    if (missing !== undefined) return `${missing} is gone`;
    const stray = this.links().find((name) => isFolderItself(path.join(this.folder, name)));
    if (stray !== undefined) return `${stray} is a folder of somebody else's`;
    const isWritten =
      existsSync(path.join(current, `${servingFile}.wal`)) ||
      serving.mtimeMs > lstatSync(path.join(this.folder, '.current')).mtimeMs;
    return isWritten ? `another program wrote into ${servingFile}` : null;
  }

  /**
   * Publishes an epoch, and notes where. Doing it again replaces nothing that readers hold: the snapshot is built anew under a
   * name of its own and swapped in.
   *
   * @param reached told each step by name, for the crash tests
   * @throws MarqueeError `publishing-blocked` where something stands in the way that is not ours to remove
   * @returns the bytes that were written, as opposed to linked
   */
  async publish(
    engine: Engine,
    publication: Publication,
    state: Pick<StateStore, 'setMeta'>,
    reached: (step: string) => void = () => undefined,
  ): Promise<number> {
    this.assertFree();
    const target = this.freeFolder(publication.epoch);
    const written = await writeSnapshot(
      engine,
      this.plan,
      publication,
      { before: this.current(), target },
      reached,
    );
    await syncPath(path.join(this.folder, '.snapshots'));
    reached('after-serving');
    await this.swap(target);
    reached('after-swap');
    state.setMeta(publishedAtKey, this.folder);
    return written;
  }

  /** Removes what no reader can be expected to hold any more, and what a crash left half-built. */
  collect(retention: Retention, now: number): void {
    const current = this.current();
    const folder = path.join(this.folder, '.snapshots');
    if (current === null || !existsSync(folder)) return;
    const all = readdirSync(folder).sort((a, b) => {
      const [x, y] = [orderOf(a), orderOf(b)];
      return y[0] - x[0] || y[1] - x[1];
    });
    const at = all.indexOf(path.basename(current));
    const halfBuilt = all.slice(0, at);
    for (const name of all.slice(at)) bringBack(path.join(folder, name), now);
    const old = all.filter((_, index) => {
      if (index - at < retention.snapshots) return false;
      // A snapshot was current until its successor came.
      const successor = path.join(folder, all[index - 1] ?? '');
      return now - statSync(successor).mtimeMs > retention.minutes * 60_000;
    });
    for (const name of [...halfBuilt, ...old])
      rmSync(path.join(folder, name), { recursive: true, force: true });
  }

  private snapshotFolder(epoch: number): string {
    const current = this.current();
    const name = current === null ? '' : path.basename(current);
    return path.join(this.folder, '.snapshots', name.split('-')[0] === String(epoch) ? name : String(epoch));
  }

  private freeFolder(epoch: number): string {
    const snapshots = path.join(this.folder, '.snapshots');
    mkdirSync(snapshots, { recursive: true });
    const current = path.basename(this.current() ?? '');
    let again = 0;
    for (const name of readdirSync(snapshots)) {
      const [of, times] = orderOf(name);
      if (of !== epoch) continue;
      // Another one without a serving file was never current: a crash left it.
      const isRead = existsSync(path.join(snapshots, name, servingFile)) || name === current;
      if (isRead) again = Math.max(again, times + 1);
      else rmSync(path.join(snapshots, name), { recursive: true, force: true });
    }
    const folder = path.join(snapshots, again === 0 ? String(epoch) : `${epoch}-${again}`);
    mkdirSync(folder);
    return folder;
  }

  private async swap(target: string): Promise<void> {
    // A reader that opened the serving file to write and died left its log: it would be replayed into the next file.
    rmSync(path.join(this.folder, `${servingFile}.wal`), { force: true });
    const link = path.join(this.folder, '.current.new');
    rmSync(link, { force: true });
    symlinkSync(path.join('.snapshots', path.basename(target)), link);
    renameSync(link, path.join(this.folder, '.current'));
    for (const name of this.links()) this.ensureLink(name);
    await syncPath(this.folder);
  }

  /** What stands in `curated_data/` for people: links into the current snapshot. */
  private links(): readonly string[] {
    return [this.plan.publish.partitioned.relation, 'aggregates', servingFile];
  }

  /**
   * Before anything is written: a link takes the place of a link or a file, but not of a folder.
   *
   * @throws MarqueeError `publishing-blocked` where something stands in the way that is not ours to remove
   */
  assertFree(): void {
    const isFile = existsSync(this.folder) && !statSync(this.folder).isDirectory();
    const inTheWay = isFile
      ? this.folder
      : this.links()
          .map((name) => path.join(this.folder, name))
          .find(isFolderItself);
    if (inTheWay === undefined) return;
    throw new MarqueeError(
      'publishing-blocked',
      `${inTheWay} is a ${isFile ? 'file' : 'folder'} that marquee did not make, and stands where it publishes`,
      { hint: 'move it away, then run marquee backfill' },
    );
  }

  private ensureLink(name: string): void {
    const link = path.join(this.folder, name);
    const target = path.join('.current', name);
    try {
      if (lstatSync(link).isSymbolicLink() && readlinkSync(link) === target) return;
    } catch {
      // Nothing stands there yet.
    }
    const fresh = path.join(this.folder, `.${name}.new`);
    rmSync(fresh, { force: true });
    symlinkSync(target, fresh);
    renameSync(fresh, link);
  }
}

/** Whether a folder stands there, and no link to one. */
function isFolderItself(place: string): boolean {
  return lstatSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The epoch that a snapshot's folder is of, and how many times that had been published before. */
function orderOf(name: string): readonly [number, number] {
  const [epoch = '', again = '0'] = name.split('-');
  return [Number(epoch), Number(again)];
}

/** A snapshot that was made before the clock was set back counts as made now: else it would stay until then. */
function bringBack(snapshot: string, now: number): void {
  if (statSync(snapshot).mtimeMs > now + clockSlackMs) utimesSync(snapshot, now / 1000, now / 1000);
}

/** File systems and the process may read slightly different clocks. */
const clockSlackMs = 2000;
