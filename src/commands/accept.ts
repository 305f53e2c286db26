import { openSqliteStore } from '../../state/sqlite-store.ts';
import type { StateStore } from '../../state/store.ts';
import type { Invocation } from '../cli/invocation.ts';
import { MarqueeError } from '../error.ts';
import { heldDrops, type HeldDrop } from '../held-drops.ts';
import { acquireLock, describeHolder, lockHolder } from '../lock.ts';
import { requestAcceptance } from '../requests.ts';
import { readState, stateFile } from '../state-reader.ts';

/** Shorter prefixes are easily typed by accident. */
const minimalPrefix = 6;

/** `marquee accept`: lets held drops through, or asks whoever holds the root to. */
export function run({ root, json, quiet, args }: Invocation): Promise<number> {
  const held = readState(root, heldDrops);
  const drops = [...new Set(args.map((prefix) => find(prefix, held)))];
  const fingerprints = drops.map(({ fingerprint }) => fingerprint);
  const isRequested = !tryWithLock(root, (state) => {
    for (const fingerprint of fingerprints) state.accept(fingerprint, Date.now());
  });
  if (isRequested) withState(root, (state) => requestAcceptance(state, fingerprints, Date.now()));
  if (json) {
    const accepted = drops.map(({ path, fingerprint }) => ({ path, fingerprint }));
    process.stdout.write(`${JSON.stringify({ accepted, requested: isRequested })}\n`);
  } else if (!quiet) {
    for (const { path, fingerprint } of drops)
      process.stderr.write(
        `${isRequested ? 'asked to accept' : 'accepted'}: ${path} (${fingerprint.slice(0, 12)})\n`,
      );
    process.stderr.write(`next: ${isRequested ? nextForRequest(root) : 'marquee backfill takes it'}\n`);
  }
  return Promise.resolve(0);
}

/** The one held drop that a prefix means. */
function find(prefix: string, held: readonly HeldDrop[]): HeldDrop {
  const fail = (message: string, hint: string): MarqueeError =>
    new MarqueeError('no-such-drop', message, { hint, exitCode: 2 });
  if (!new RegExp(`^[0-9a-f]{${minimalPrefix},64}$`, 'i').test(prefix)) {
    throw fail(
      `got "${prefix}", expected ${minimalPrefix} or more hexadecimal digits of a fingerprint`,
      'marquee held shows them',
    );
  }
  const found = held.filter(({ fingerprint }) => fingerprint.startsWith(prefix.toLowerCase()));
  const [drop] = found;
  if (drop === undefined) {
    throw fail(
      `no held drop has a fingerprint that begins with ${prefix}`,
      held.length === 0 ? 'nothing is held' : 'marquee held shows what is held',
    );
  }
  // The same bytes under two names are accepted together: it is bytes that are let through.
  if (new Set(found.map(({ fingerprint }) => fingerprint)).size > 1) {
    throw fail(
      `${found.length} held drops have a fingerprint that begins with ${prefix}`,
      'give more digits',
    );
  }
  return drop;
}

/** Does the work with the root's lock in hand; false, and nothing done, where another process holds it. */
function tryWithLock(root: string, work: (state: StateStore) => void): boolean {
  try {
    const lock = acquireLock(root, 'accept');
    try {
      withState(root, work);
      return true;
    } finally {
      lock.release();
    }
  } catch (error) {
    if (error instanceof MarqueeError && error.code === 'root-locked') return false;
    throw error;
  }
}

function withState(root: string, work: (state: StateStore) => void): void {
  const state = openSqliteStore(stateFile(root));
  try {
    work(state);
  } finally {
    state.close();
  }
}

function nextForRequest(root: string): string {
  const holder = lockHolder(root);
  return holder === null
    ? 'marquee backfill takes it'
    : `${describeHolder(holder)} holds the root: a watcher takes it by itself, else run marquee backfill afterwards`;
}
