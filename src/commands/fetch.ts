import { openSqliteStore } from '../../state/sqlite-store.ts';
import type { Invocation } from '../cli/invocation.ts';
import { loadConfig } from '../config.ts';
import { MarqueeError } from '../error.ts';
import { ownPlaces } from '../fetch/credentials.ts';
import { describeOutcome, describePlan, outcomeJson } from '../fetch/describe-outcomes.ts';
import { fetchAll, type FetchOutcome } from '../fetch/fetch-all.ts';
import type { Remote } from '../fetch/remote.ts';
import { chooseRemotes, isFetchConfigured, resolveRemotes } from '../fetch/resolve-remotes.ts';
import { acquireLock, describeHolder, lockHolder, type Lock } from '../lock.ts';
import { openState } from '../open-stores.ts';
import { requestFetch } from '../requests.ts';
import { sourceNames } from '../source-names.ts';
import { stateFile } from '../state-reader.ts';
import { createProgress } from '../terminal/progress.ts';
import { workspacePaths } from '../workspace-paths.ts';
import { assertRoot } from '../assert-root.ts';

/** `marquee fetch`: brings files of raw/ to what their remotes have, or asks whoever watches the root to. */
export async function run(invocation: Invocation): Promise<number> {
  const { root, configFile, json, quiet, args, options } = invocation;
  assertRoot(root);
  const say = (lines: readonly string[]): void => {
    if (!json && !quiet) for (const line of lines) process.stderr.write(`${line}\n`);
  };
  const sources = sourceNames();
  const config = loadConfig(root, configFile, sources).fetch;
  const kaggleJson = options['kaggleJson'] as string | undefined;
  const { remotes, warnings } = resolveRemotes(config, sources, ownPlaces(kaggleJson));
  const chosen = chooseRemotes(remotes, args);
  if (options['ifConfigured'] === true && !isFetchConfigured(config)) {
    say(describePlan(chosen));
    if (json) process.stdout.write(`${JSON.stringify({ outcomes: [], requested: false })}\n`);
    return 0;
  }
  say(warnings);
  const [first] = chosen;
  if (first?.broken !== undefined && chosen.every(({ broken }) => broken !== undefined)) throw first.broken;
  const lock = tryLock(root);
  if (lock === null) {
    leaveRequest(root, args);
    if (json) process.stdout.write(`${JSON.stringify({ outcomes: [], requested: true })}\n`);
    const holder = lockHolder(root);
    say([
      'asked to fetch',
      holder === null
        ? 'next: run marquee fetch again'
        : `next: ${describeHolder(holder)} holds the root: a watcher fetches, else run marquee fetch afterwards`,
    ]);
    return 0;
  }
  try {
    const outcomes = await fetchLocked(root, chosen, quiet || json);
    if (json)
      process.stdout.write(`${JSON.stringify({ outcomes: outcomes.map(outcomeJson), requested: false })}\n`);
    else sayOutcomes(outcomes, quiet);
    return outcomes.some(({ status }) => status === 'failed' || status === 'skipped') ? 1 : 0;
  } finally {
    lock.release();
  }
}

/** Fetches with the lock in hand. */
async function fetchLocked(
  root: string,
  remotes: readonly Remote[],
  quiet: boolean,
): Promise<readonly FetchOutcome[]> {
  const paths = workspacePaths(root);
  const state = openState(paths.state, []);
  const progress = createProgress({ quiet });
  try {
    return await fetchAll({ raw: paths.raw, remotes, state: () => state, progress, env: process.env });
  } finally {
    progress.close();
    state.close();
  }
}

/** What failed is said even when all else is to be quiet. */
function sayOutcomes(outcomes: readonly FetchOutcome[], quiet: boolean): void {
  for (const outcome of outcomes) {
    if (quiet && outcome.status !== 'failed' && outcome.status !== 'skipped') continue;
    for (const line of describeOutcome(outcome)) process.stderr.write(`${line}\n`);
  }
}

function tryLock(root: string): Lock | null {
  try {
    return acquireLock(root, 'fetch');
  } catch (error) {
    if (error instanceof MarqueeError && error.code === 'root-locked') return null;
    throw error;
  }
}

function leaveRequest(root: string, names: readonly string[]): void {
  const state = openSqliteStore(stateFile(root));
  try {
    requestFetch(state, names, Date.now());
  } finally {
    state.close();
  }
}
