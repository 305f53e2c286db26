import { existsSync } from 'node:fs';
import path from 'node:path';
import { defer, lastValueFrom, retry, timer } from 'rxjs';
import type { Reporter } from '../../operators/stage-step.ts';
import { loadConfig } from '../config.ts';
import type { DuckDbEngine } from '../engine/duckdb-engine.ts';
import type { EpochSession, Sample } from '../engine/engine.ts';
import { loadSqlLibrary, type SqlLibrary } from '../engine/sql-library.ts';
import { MarqueeError } from '../error.ts';
import { packageRoot } from '../package-root.ts';
import { recompute } from '../recompute.ts';
import { servingFile } from '../write-snapshot.ts';
import { loadSources } from '../sources/declaration.ts';
import { describeEngine, type EngineInputs } from '../engine-options.ts';
import { comparePublished } from './compare-published.ts';
import { filesInForce } from './files-in-force.ts';
import type { FileDifference, VerifyReport } from './report.ts';
import { withThrowAwayEngine } from './throw-away-engine.ts';
import { straySnapshotLinks, takeView, type View } from './view.ts';

/** What to verify, and how. */
export interface VerifyOptions {
  readonly root: string;
  readonly configFile?: string | undefined;
  /** Null: everything. */
  readonly sample: Sample | null;
  readonly report: Reporter;
  /** Another `sql/` than the shipped one; tests edit it. */
  readonly library?: SqlLibrary;
}

/** What is verified against: the root's own configuration and the declarations that ship. */
export function verifyInputs({
  root,
  configFile,
  library = loadSqlLibrary(),
}: Pick<VerifyOptions, 'root' | 'configFile' | 'library'>): EngineInputs {
  const sources = loadSources(path.join(packageRoot, 'sql', 'sources'));
  const config = loadConfig(
    root,
    configFile,
    sources.map(({ source }) => source),
  );
  return { root, config, sources, library };
}

/**
 * Recomputes everything from the versions in force, in a throw-away warehouse, and compares it with what is
 * published. Takes no lock, opens the state store for reading, never touches the warehouse: it works beside a
 * running marquee. What passes by itself (an epoch just being committed, a file just being written) is waited for.
 *
 * @throws MarqueeError `verify-outdated` where the configuration or `sql/` is another than the epoch's,
 *   `verify-untaken`, `verify-unsettled`, `no-warehouse`, `unreadable-version`; StateError
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const inputs = verifyInputs(options);
  const attempt = defer(async () => {
    const view = takeView(options.root);
    const report = await verifyView(view, inputs, options);
    if (!report.ok && !existsSync(view.snapshot)) {
      throw new MarqueeError('verify-unsettled', `${view.snapshot} went away while it was verified`, {
        hint: 'run it again, or raise retention.minutes',
        retryable: true,
      });
    }
    return report;
  });
  return lastValueFrom(
    attempt.pipe(
      retry({
        count: 4,
        delay: (error: unknown, tries) => {
          if (!(error instanceof MarqueeError) || !error.retryable) throw error;
          return timer(150 * 2 ** tries);
        },
      }),
    ),
  );
}

/** Verifies the snapshot of one view. */
export async function verifyView(
  view: View,
  inputs: EngineInputs,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const engineOptions = describeEngine(inputs);
  if (view.planHash !== engineOptions.planHash) {
    throw new MarqueeError(
      'verify-outdated',
      `epoch ${view.epoch} was computed under another configuration, sql/ or version of marquee`,
      { hint: 'run marquee backfill, which recomputes everything, then verify again' },
    );
  }
  return withThrowAwayEngine(inputs.root, engineOptions, async (engine) => {
    const { remarks } = await recomputeView(view, inputs, engine, options);
    return compareView(view, inputs, engine, options, remarks);
  });
}

/** Fills an empty warehouse with what the view's files in force come to; of a sample, with the sampled films. */
export async function recomputeView(
  view: View,
  inputs: EngineInputs,
  engine: DuckDbEngine,
  { sample, report }: VerifyOptions,
): Promise<{ remarks: readonly string[] }> {
  const reading = report.begin('read');
  let records = 0;
  const { files, remarks } = await filesInForce(inputs, view.files, engine, (n) => {
    records += n;
    reading.advance(n);
  });
  const session = await engine.openSession();
  try {
    await recompute(session, files, undefined, async (opened) => {
      reading.done(`${records} records of ${files.length} files`);
      await compute(opened, inputs, sample, report);
    });
    if (sample !== null) await session.keep();
    else await sealAs(view, session);
  } finally {
    await session.close();
  }
  return { remarks };
}

/** Compares a filled warehouse with the view's snapshot. */
export async function compareView(
  view: View,
  { root, library }: EngineInputs,
  engine: DuckDbEngine,
  { sample, report }: VerifyOptions,
  remarks: readonly string[],
): Promise<VerifyReport> {
  const { snapshot, epoch } = view;
  const { partitioned, aggregates, views } = library.plan.publish;
  const total = sample === null ? 2 + 2 * aggregates.length + views.length + 1 : 2 + views.length;
  const comparing = report.begin('compare', total);
  const { relations, damage } = await comparePublished({
    engine,
    library,
    root,
    snapshot,
    sample,
    advance: () => comparing.advance(),
  });
  const different = relations.filter(({ isEqual }) => !isEqual).length;
  comparing.done(different === 0 ? 'no difference' : `${different} of ${relations.length} relations differ`);
  const links = straySnapshotLinks(root, [partitioned.relation, 'aggregates', servingFile]);
  const files = links.map((name): FileDifference => ({
    kind: 'link',
    path: path.join('curated_data', name),
    message: `it is no link to .current/${name}`,
  }));
  const films = relations.find(({ relation }) => relation === partitioned.relation)?.rowsExpected ?? 0;
  return {
    ok: different === 0 && files.length === 0,
    epoch,
    snapshot,
    sample: sample === null ? null : { ...sample, films },
    relations,
    files,
    remarks,
    repaired: [],
    damage,
  };
}

async function compute(
  session: EpochSession,
  { library }: EngineInputs,
  sample: Sample | null,
  report: Reporter,
): Promise<void> {
  const { join, inflate } = library.plan.stages;
  const computing = report.begin('recompute', sample === null ? join.length + inflate.length : undefined);
  let rows = 0;
  const onStep = ({ recomputed }: { recomputed: number }): void => {
    rows += recomputed;
    computing.advance();
  };
  if (sample !== null) await session.runSample(sample, onStep);
  else {
    await session.run('join', onStep);
    await session.run('inflate', onStep);
    // Checksums, so that a warehouse can be compared by its own account too.
    await session.changedContent();
  }
  computing.done(`${rows} rows`);
}

/** Gives the recomputed warehouse the epoch's own number and time, which `pipeline_info` shows. */
async function sealAs({ epoch, uuid, committedAt }: View, session: EpochSession): Promise<void> {
  await session.seal(
    {
      epoch,
      uuid,
      committedAt,
      files: 0,
      inserted: 0,
      updated: 0,
      deleted: 0,
      filmsAffected: 0,
      durationMs: 0,
    },
    { epoch, uuid, partitions: [], aggregates: [], receipt: '{}' },
  );
}
