import type { StateStore } from '../../state/store.ts';
import { formatBytes } from '../terminal/format.ts';
import type { Progress, StageProgress } from '../terminal/progress.ts';
import type { Arrived } from './download.ts';
import { createHttpClient } from './http.ts';
import { fetchRemote, type FetchTools } from './fetch-remote.ts';
import type { Remote } from './remote.ts';
import { readRemoteVersion, writeRemoteVersion } from './remote-versions.ts';

/** What became of one remote: a file, a reason why not to try, or a failure. */
export interface FetchOutcome {
  readonly name: string;
  readonly what: string;
  /** Path below the root. */
  readonly file: string;
  readonly status: 'fetched' | 'same' | 'unchanged' | 'skipped' | 'failed';
  readonly bytes: number;
  /** For `skipped`: what is missing. */
  readonly reason: string | undefined;
  /** For `failed`. */
  readonly error: unknown;
}

/** Where remotes are fetched to, and how. */
export interface FetchAllOptions {
  readonly raw: string;
  readonly remotes: readonly Remote[];
  /** The store, while it is open; without it, everything is asked for and compared. */
  readonly state: () => Pick<StateStore, 'meta' | 'setMeta'> | null;
  readonly progress: Progress;
  readonly env: NodeJS.ProcessEnv;
  /** Breaks off what is under way: it fails, and the next time goes on from there. */
  readonly stop?: AbortSignal;
}

/** Seven tries more over two minutes, unless the server wants more than ten. */
const defaultRetry = { tries: 7, firstMs: 1000, longestMs: 600_000, random: Math.random };

/**
 * Fetches remotes one after the other. A failure of one is no failure of the others. The caller holds the root's lock.
 *
 * `MARQUEE_FETCH_PAUSE_MS` and `MARQUEE_FETCH_STALL_MS` shorten the waiting for tests.
 */
export async function fetchAll({
  raw,
  remotes,
  state,
  progress,
  env,
  stop,
}: FetchAllOptions): Promise<readonly FetchOutcome[]> {
  const stallMs = milliseconds(env, 'MARQUEE_FETCH_STALL_MS', 60_000);
  const retry = {
    ...defaultRetry,
    firstMs: milliseconds(env, 'MARQUEE_FETCH_PAUSE_MS', defaultRetry.firstMs),
    stop,
  };
  const http = createHttpClient(env, { answerMs: Math.min(stallMs, 30_000), stallMs });
  const breakOff = (): void => void http.close();
  stop?.addEventListener('abort', breakOff, { once: true });
  try {
    const outcomes: FetchOutcome[] = [];
    for (const remote of remotes) {
      if (stop?.aborted === true) break;
      const { name, what, into, fileName, missing, broken } = remote;
      const plain = {
        name,
        what,
        file: `raw/${into}/${fileName}`,
        bytes: 0,
        reason: missing,
        error: undefined,
      };
      if (broken !== undefined) {
        outcomes.push({ ...plain, status: 'failed', error: broken });
        continue;
      }
      if (missing !== undefined) {
        outcomes.push({ ...plain, status: 'skipped' });
        continue;
      }
      const bar = downloadBar(progress, name);
      const tools: FetchTools = { http, retry, arrived: bar.arrived };
      try {
        const store = state();
        const known = store === null ? null : readRemoteVersion(store, name);
        const { status, bytes, version } = await fetchRemote(raw, remote, known, tools);
        const after = state();
        if (after !== null && status !== 'unchanged') writeRemoteVersion(after, name, version);
        bar.done(bytes);
        outcomes.push({ ...plain, status, bytes });
      } catch (error) {
        outcomes.push({ ...plain, status: 'failed', error });
      }
    }
    return outcomes;
  } finally {
    stop?.removeEventListener('abort', breakOff);
    await http.close();
  }
}

/** A bar that begins with the first byte, and begins anew where a download does. */
function downloadBar(progress: Progress, name: string): { arrived: Arrived; done: (bytes: number) => void } {
  let stage: StageProgress | undefined;
  let reached = 0;
  return {
    arrived: (bytes, total) => {
      stage ??= progress.stage(`fetching ${name}`, total ?? undefined, 'bytes');
      stage.advance(bytes - reached);
      reached = bytes;
    },
    done: (bytes) => stage?.done(formatBytes(bytes)),
  };
}

function milliseconds(env: NodeJS.ProcessEnv, variable: string, fallback: number): number {
  const value = env[variable];
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : fallback;
}
