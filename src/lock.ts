import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import path from 'node:path';
import { MarqueeError } from './error.ts';
import { processIdentity } from './process-identity.ts';

/** Who holds a root, as its lock file says. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601, when the lock was taken. */
  readonly since: string;
  /** The marquee command, such as `backfill`. */
  readonly command: string;
  /** What tells this process from a later one with the same pid; null where the system doesn't say. */
  readonly identity: string | null;
  readonly nonce: string;
}

/** A lock that this process holds. */
export interface Lock {
  readonly holder: LockHolder;
  /** Whether the lock file still names this process: somebody may have removed it, and another have made his own. */
  isHeld(): boolean;
  /**
   * Takes the root again after the lock file was removed.
   *
   * @throws MarqueeError `root-locked` where another has it now
   */
  retake(): void;
  /** Gives the root back; doing so twice is fine. Synchronous, so that it may run when the process exits. */
  release(): void;
}

/**
 * Takes the lock of a root, `.marquee/lock`: one writer at a time. The lock of a process that is no more is taken over;
 * of several that try at once, one succeeds.
 *
 * @throws MarqueeError `root-locked`, exit code 75, retryable, naming the holder
 */
export function acquireLock(root: string, command: string): Lock {
  const file = path.join(root, '.marquee', 'lock');
  const holder: LockHolder = {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    command,
    identity: processIdentity(process.pid),
    nonce: randomUUID(),
  };
  const isHeld = (): boolean => readHolder(file)?.nonce === holder.nonce;
  takeRoot(root, file, holder);
  return {
    holder,
    isHeld,
    retake: () => {
      if (!isHeld()) takeRoot(root, file, holder);
    },
    release: () => {
      if (isHeld()) rmSync(file, { force: true });
    },
  };
}

function takeRoot(root: string, file: string, holder: LockHolder): void {
  const folder = path.dirname(file);
  mkdirSync(folder, { recursive: true });
  const other = claim(file, folder, holder);
  if (other !== null) {
    throw new MarqueeError('root-locked', `another marquee holds ${root}: ${describeHolder(other)}`, {
      hint:
        other.host === hostname()
          ? `wait for it to end, or stop it with: kill ${other.pid}`
          : `stop it there; if ${other.host} is no more, remove ${file}`,
      retryable: true,
      exitCode: 75,
    });
  }
  sweep(folder);
}

/** The living holder of a root's lock, or null. Changes nothing; a lock left by a dead process counts as none. */
export function lockHolder(root: string): LockHolder | null {
  const holder = readHolder(path.join(root, '.marquee', 'lock'));
  return holder !== null && isAlive(holder) ? holder : null;
}

/** `process 4711 on somehost, running "watch" since 2026-01-31T12:00:00.000Z` */
export function describeHolder(holder: LockHolder): string {
  return `process ${holder.pid} on ${holder.host}, running "${holder.command}" since ${holder.since}`;
}

/**
 * Makes `file` name `me`, unless someone living is named there: returns null, or that one.
 *
 * A dead holder's file may be replaced only by whoever claims that very holder, in a file named after its nonce, and
 * finds the dead one still there; so two who both saw the dead one cannot both replace it. A claim may die too; it
 * is claimed in the same way.
 */
function claim(file: string, folder: string, me: LockHolder): LockHolder | null {
  for (;;) {
    if (create(file, me)) return null;
    const holder = readHolder(file);
    if (holder === null) continue;
    if (isAlive(holder)) return holder;
    const claimFile = path.join(folder, `lock.claim-${holder.nonce}`);
    const other = claim(claimFile, folder, me);
    if (other !== null) return other;
    try {
      if (readHolder(file)?.nonce === holder.nonce) {
        const temp = path.join(folder, `lock.new-${me.nonce}`);
        writeFileSync(temp, JSON.stringify(me));
        renameSync(temp, file);
        return null;
      }
    } finally {
      rmSync(claimFile, { force: true });
    }
  }
}

/** Creates the file whole, or not at all where there is one already. */
function create(file: string, holder: LockHolder): boolean {
  const temp = path.join(path.dirname(file), `lock.new-${holder.nonce}`);
  const text = JSON.stringify(holder);
  try {
    writeFileSync(temp, text);
    linkSync(temp, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code ?? '')) throw error;
    return createWithoutLinks(file, text);
  } finally {
    rmSync(temp, { force: true });
  }
}

/** The same on file systems without hard links. */
function createWithoutLinks(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes what dead processes left beside the lock; only its holder may, since no claim can succeed meanwhile. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('lock.claim-')) rmSync(path.join(folder, name), { force: true });
  }
}

/** What a lock file says; null without one. An unreadable one names a holder that is dead. */
function readHolder(file: string): LockHolder | null {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as LockHolder | null;
    if (typeof holder?.pid === 'number' && /^[0-9a-f-]+$/.test(holder.nonce)) return holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { pid: 0, host: hostname(), since: '', command: '', identity: null, nonce: '0' };
}

/** Whether the holder still runs. One on another machine cannot be judged and counts as running. */
function isAlive(holder: LockHolder): boolean {
  if (holder.host !== hostname()) return true;
  if (holder.pid <= 0) return false;
  const identity = processIdentity(holder.pid);
  if (identity === null) return false;
  return identity === holder.identity || holder.identity === null;
}
