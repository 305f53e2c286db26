import { rmSync } from 'node:fs';
import type { Reporter } from '../../operators/stage-step.ts';
import { contentOf, columnsOf } from '../engine/compare.ts';
import type { DuckDbEngine } from '../engine/duckdb-engine.ts';
import { backfillOnce } from '../run-batches.ts';
import { describeEngine } from '../engine-options.ts';
import { acquireLock, type Lock } from '../lock.ts';
import { assertRoot } from '../assert-root.ts';
import { openWorkspace, type Workspace } from '../workspace.ts';
import { workspacePaths } from '../workspace-paths.ts';
import type { VerifyReport } from './report.ts';
import { withThrowAwayEngine } from './throw-away-engine.ts';
import { compareView, recomputeView, verify, verifyInputs, type VerifyOptions } from './verify.ts';
import { viewOf } from './view.ts';

/** Relations that say when and where, not what. */
const accounts = ['warehouse_info', 'publication', 'pipeline_epochs', 'pipeline_info'];

/**
 * Makes what is published right again, with the root's lock in hand, and verifies it.
 *
 * A warehouse that is proven equal to a recomputation publishes the damaged files once more. One that is not is
 * removed and built again from raw/ and the saved versions.
 *
 * @throws MarqueeError `root-locked` (exit code 75) while another marquee works on the root, and what `verify` throws
 */
export async function repair(options: VerifyOptions): Promise<VerifyReport> {
  assertRoot(options.root);
  const lock = acquireLock(options.root, 'verify --repair');
  try {
    const repaired = await repairHolding(lock, options);
    return { ...(await verify(options)), repaired };
  } finally {
    lock.release();
  }
}

/** @returns what was done, for a person */
async function repairHolding(lock: Lock, options: VerifyOptions): Promise<readonly string[]> {
  const { root, configFile, report } = options;
  const opening = { root, configFile, command: 'verify --repair', lock };
  const repaired: string[] = [];
  const workspace = await openWorkspace(opening);
  let isRebuildNeeded: boolean;
  try {
    // What is published anew is to follow from nothing that may be wrong itself.
    rmSync(workspacePaths(root).templates, { recursive: true, force: true });
    repaired.push(...workspace.remarks);
    isRebuildNeeded = workspace.isEverything || !(await republish(workspace, options, repaired));
    if (isRebuildNeeded && !workspace.isEverything)
      repaired.push('the warehouse is not what raw/ comes to: it was built again');
  } finally {
    await workspace.close();
  }
  if (isRebuildNeeded) {
    if (!workspace.isEverything) removeWarehouse(root);
    const { remarks } = await backfillOnce(opening, { report });
    repaired.push(...remarks.filter((remark) => !repaired.includes(remark)));
  }
  return repaired;
}

/** Publishes the damaged files again; false, and nothing done, where the warehouse itself is wrong. */
async function republish(workspace: Workspace, options: VerifyOptions, repaired: string[]): Promise<boolean> {
  const { state, snapshots } = workspace;
  const engine = await workspace.warehouse.engine();
  const snapshot = snapshots.current();
  const sealed = await engine.lastPublication();
  if (snapshot === null || sealed === null) return false;
  const inputs = verifyInputs(options);
  const view = viewOf(state, snapshot);
  const whole = { ...options, sample: null };
  return withThrowAwayEngine(workspace.root, describeEngine(inputs), async (right) => {
    const { remarks } = await recomputeView(view, inputs, right, whole);
    if (!(await isSameWarehouse(engine, right, options.report))) return false;
    const { ok, damage, relations, files } = await compareView(view, inputs, right, whole, remarks);
    if (ok) return true;
    await snapshots.publish(engine, { ...sealed, ...damage }, state);
    const places = relations.flatMap(({ files: broken, rows }) =>
      [...broken, ...rows].map(({ path }) => path),
    );
    for (const place of new Set([...places, ...files.map(({ path }) => path)]))
      repaired.push(`published again: ${place}`);
    return true;
  });
}

/** Whether a warehouse holds the same rows as a recomputed one, in every table. */
async function isSameWarehouse(mine: DuckDbEngine, right: DuckDbEngine, report: Reporter): Promise<boolean> {
  const tables = await right.rows(
    `select table_name as name from duckdb_tables() where database_name = 'warehouse' order by 1`,
  );
  const names = tables.map(({ name }) => String(name)).filter((name) => !accounts.includes(name));
  const comparing = report.begin('compare the warehouse', names.length);
  const content = async (engine: DuckDbEngine, name: string): Promise<string> => {
    const relation = `warehouse.main.${name}`;
    const ask = (sql: string): ReturnType<DuckDbEngine['rows']> => engine.rows(sql);
    return JSON.stringify(await contentOf(ask, relation, await columnsOf(ask, relation)));
  };
  for (const name of names) {
    const isSame = await content(mine, name).then(
      async (found) => found === (await content(right, name)),
      () => false,
    );
    if (!isSame) {
      comparing.done(`${name} differs`);
      return false;
    }
    comparing.advance();
  }
  comparing.done('no difference');
  return true;
}

function removeWarehouse(root: string): void {
  const { warehouse } = workspacePaths(root);
  for (const file of [warehouse, `${warehouse}.wal`]) rmSync(file, { force: true });
}
