import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { BatchResult, FileAccount, Receipt } from '../../operators/batch.ts';
import type { Invocation } from '../cli/invocation.ts';
import { describeFailure, formatFailure } from '../cli/report-failure.ts';
import { StatementProfile } from '../engine/statement-profile.ts';
import { assertRoot } from '../assert-root.ts';
import { writeFileAtomic } from '../atomic-file.ts';
import { onCopy } from '../dry-run.ts';
import { MarqueeError } from '../error.ts';
import { describeProfile } from '../profile-report.ts';
import { EpochHooks } from '../hooks/epoch-hooks.ts';
import { waitForHooks } from '../hooks/wait-for-hooks.ts';
import { backfillOnce } from '../run-batches.ts';
import { strayRemarks } from '../scan.ts';
import { formatBytes, formatCount, formatDuration, plural, printable } from '../terminal/format.ts';
import { createProgress } from '../terminal/progress.ts';
import { describeReceipt, placed } from '../terminal/receipt.ts';
import { workspacePaths } from '../workspace-paths.ts';
import type { Workspace } from '../workspace.ts';

/** `marquee backfill`: brings the warehouse to what raw/ holds, once, and says what came of it, or would come of it. */
export async function run(invocation: Invocation): Promise<number> {
  const { root, configFile, options } = invocation;
  if (options['dryRun'] !== true) return backfill(invocation, root);
  for (const other of ['fetch', 'profile']) {
    if (options[other] !== true) continue;
    throw new MarqueeError('usage', `got both --dry-run and --${other}, expected one of them`, {
      hint: 'a dry run writes nothing, neither into raw/ nor an account of its time',
      exitCode: 2,
    });
  }
  assertRoot(root);
  const usual = path.join(root, 'marquee.yaml');
  const isThere = lstatSync(usual, { throwIfNoEntry: false }) !== undefined;
  const config = configFile ?? (isThere ? usual : undefined);
  return onCopy(root, 'backfill --dry-run', (copy) => backfill({ ...invocation, configFile: config }, copy));
}

/** @param place the root, or a copy of it for a dry run */
async function backfill(invocation: Invocation, place: string): Promise<number> {
  const { root, configFile, json, quiet, options } = invocation;
  const isDry = place !== root;
  // Failures were said; what is in raw/ is taken all the same.
  if (options['fetch'] === true) {
    const { run: fetchFirst } = await import('./fetch.ts');
    await fetchFirst({ ...invocation, json: false, quiet: quiet || json, args: [] }).catch(
      (error: unknown) => {
        if (!(error instanceof MarqueeError) || error.code !== 'credential-unreadable') throw error;
        sayFailure(error);
      },
    );
  }
  const progress = createProgress({ quiet: quiet || json });
  const began = performance.now();
  const standing: Standing[] = [];
  const hooks: EpochHooks[] = [];
  const profile = options['profile'] === true ? new StatementProfile(workspacePaths(root).temp) : undefined;
  try {
    const { results, remarks } = await backfillOnce(
      { root: place, configFile, command: 'backfill', ...(profile === undefined ? {} : { profile }) },
      {
        report: { begin: (stage, total) => progress.stage(stage, total) },
        acceptAll: options['acceptAll'] === true,
        isDry,
        afterCommit: sayFailure,
      },
      async (workspace) => {
        standing.push(await lookAt(workspace));
        if (!isDry) hooks.push(new EpochHooks(root, workspace.config.onEpoch, sayFailure));
      },
    );
    // A backfill waits for them: it is over when everybody knows.
    for (const hook of hooks.slice(-1)) await waitForHooks(hook, results);
    progress.close();
    const durationMs = performance.now() - began;
    const said = remarks.map((remark) => remark.replaceAll(place, root));
    if (profile !== undefined) {
      const peakMemory = process.resourceUsage().maxRSS * 1024;
      const file = path.join(path.dirname(workspacePaths(root).state), 'profile.md');
      writeFileAtomic(file, describeProfile({ results, profile, durationMs, peakMemory }));
      process.stderr.write(`profile: ${file}\n`);
    }
    if (json) {
      process.stdout.write(
        `${JSON.stringify({ isDry, remarks: said, results, standing: standing.at(-1), durationMs })}\n`,
      );
    } else if (!quiet) {
      if (isDry) process.stderr.write('a dry run: what marquee backfill would do now; nothing was changed\n');
      for (const remark of said) process.stderr.write(`${printable(remark)}\n`);
      await describe(results, standing.at(-1), durationMs, invocation);
    }
    return exitCode(standing.at(-1));
  } finally {
    progress.close();
  }
}

function sayFailure(error: unknown): void {
  process.stderr.write(formatFailure(describeFailure(error, false), false));
}

/** How the root stands after the run. */
interface Standing {
  readonly epoch: number | null;
  readonly films: number;
  readonly quarantined: number;
  readonly held: readonly string[];
  readonly rejected: readonly string[];
  /** What the data as it stands can't give, what is not read, and what to do about it. */
  readonly remarks: readonly string[];
}

async function lookAt({ root, state, warehouse, sources }: Workspace): Promise<Standing> {
  const files = state.fileStates();
  const unaccepted = (status: string): string[] =>
    files.filter(({ unaccepted: version }) => version?.status === status).map(({ file }) => file.path);
  const last = state.lastEpoch();
  const receipt = last?.receipt == null ? null : (JSON.parse(last.receipt) as Receipt);
  const films = receipt?.films.total ?? 0;
  const strays = strayRemarks(
    workspacePaths(root).raw,
    sources.map(({ source }) => source),
  );
  return {
    epoch: last?.epoch ?? null,
    films,
    quarantined: state.quarantineCounts().reduce((sum, { entries }) => sum + entries, 0),
    held: unaccepted('held'),
    rejected: unaccepted('rejected'),
    remarks: [...(films > 0 ? await warehouse.remarks() : []), ...strays],
  };
}

/** 3 as long as something is held or rejected, whether or not this run found it. */
function exitCode(standing: Standing | undefined): number {
  return standing !== undefined && standing.held.length + standing.rejected.length > 0 ? 3 : 0;
}

async function describe(
  results: readonly BatchResult[],
  standing: Standing | undefined,
  durationMs: number,
  invocation: Invocation,
): Promise<void> {
  const say = (line = ''): void => void process.stderr.write(`${line}\n`);
  for (const { receipt, accounts } of results) {
    if (receipt !== null) for (const line of describeReceipt(receipt)) say(line);
    else for (const account of accounts) sayRefused(account, say);
  }
  const isNews = results.some(({ receipt }) => receipt !== null);
  const unchanged = results.reduce((sum, result) => sum + result.unchanged, 0);
  if (unchanged + results.reduce((sum, { accounts }) => sum + accounts.length, 0) === 0) {
    say(
      `nothing to read: put CSV files into ${workspacePaths(invocation.root).raw}, or run marquee init --demo`,
    );
  } else if (!isNews) {
    say(`nothing changed: ${plural(unchanged, 'file')} as known`);
  }
  if (standing === undefined || standing.epoch === null) return;
  if (standing.held.length > 0) say(`held: ${nameSome(standing.held)} (marquee held shows why)`);
  if (standing.rejected.length > 0)
    say(`rejected: ${nameSome(standing.rejected)} (marquee status shows why)`);
  for (const remark of standing.remarks) say(printable(remark));
  say();
  say(
    [
      plural(standing.films, 'film'),
      `epoch ${standing.epoch ?? 'none'}`,
      `${formatCount(standing.quarantined)} quarantined`,
      formatDuration(durationMs),
      `${formatBytes(process.resourceUsage().maxRSS * 1024)} peak memory`,
    ].join(', '),
  );
  if (!isNews || standing.films === 0 || invocation.options['dryRun'] === true) return;
  // Queries need DuckDB, which a run that found nothing new does not load.
  const { showTop } = await import('../cli/show-top.ts');
  await showTop(invocation.root, say);
}

function sayRefused(account: FileAccount, say: (line: string) => void): void {
  if (account.reason === null) return;
  say(`${account.status}: ${placed(`raw/${account.file.path}`, account.reason.message)}`);
  say(printable(`  next: ${account.reason.hint}`));
}

/** The first of some paths by name, the others by number. */
function nameSome(paths: readonly string[]): string {
  const named = paths.slice(0, 10).map(printable).join(', ');
  return paths.length <= 10 ? named : `${named} and ${formatCount(paths.length - 10)} more`;
}
