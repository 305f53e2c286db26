import type { ChangedKeys, PairChunk } from '../../state/pairs.ts';
import { AtHand } from './at-hand.ts';
import { usualCompression } from './bulk-writes.ts';
import { literal, type Connection } from './connection.ts';
import type { KnownColumns } from './columns.ts';
import { compareContent, type ChangedContent, type Touched } from './content.ts';
import { Delta } from './delta.ts';
import type {
  BulkFile,
  BulkOutcome,
  CellLoss,
  EpochRow,
  EpochSession,
  DifferingPairs,
  KnownVersion,
  Publication,
  RowBatch,
  Sample,
  Scope,
  StageOutcome,
  StagedFile,
  StepAccount,
} from './engine.ts';
import { ModelRunner, type RunnerThresholds } from './model-runner.ts';
import { runSample } from './sample.ts';
import { writeSettings, type ModelSettings, type SourceColumns } from './schema.ts';
import type { SqlLibrary } from './sql-library.ts';
import { Staging } from './staging.ts';

/**
 * Models name the larger side of a join first; and DuckDB, which takes what the open transaction wrote to be empty, else
 * comes to hash a million rows in order to look up a few.
 */
const joinsAsWritten = `set disabled_optimizers = 'build_side_probe_side'`;
const joinsAsEstimated = `set disabled_optimizers = ''`;

/** What a session needs to know of its engine. */
export interface SessionContext {
  readonly connection: Connection;
  readonly library: SqlLibrary;
  readonly sources: ReadonlyMap<string, SourceColumns>;
  readonly settings: ModelSettings;
  /** See `EngineOptions`. */
  readonly rankOf?: (source: string, path: string) => number;
  readonly planHash: string;
  readonly rawHash: string;
  /** Whether the warehouse holds rows that an earlier plan typed. */
  readonly hasEpochs: boolean;
  /** Whether that plan had the models of this one, and only other settings: what was typed stays, and its tables fit. */
  readonly hasSameModels: boolean;
  readonly thresholds: RunnerThresholds;
  /** Columns of the plan's relations, as far as earlier sessions asked for them. */
  readonly columns: KnownColumns;
  /** Told when an epoch is committed. */
  readonly sealed: (scope: Scope) => void;
}

/** An epoch's work on DuckDB; see `EpochSession`. */
export class DuckDbSession implements EpochSession {
  private readonly context: SessionContext;
  private readonly connection: Connection;
  private readonly staging: Staging;
  private readonly delta: Delta;
  private readonly atHand = new AtHand();
  private readonly touched: Touched = new Map();
  private scope: Scope = 'changes';
  private isOpen = false;
  /**
   * Whether this is a warehouse's first epoch. There is nothing yet that has to stay as it is until the epoch is sealed, and
   * a warehouse without an epoch is thrown away when it is opened: so each relation is committed as it is made. DuckDB
   * reads what an open transaction wrote with one thread only.
   */
  private isFirst = false;

  private constructor(context: SessionContext) {
    this.context = context;
    this.connection = context.connection;
    this.staging = new Staging(context.connection, context.library, context.sources);
    this.delta = new Delta(context.connection, context.sources, context.library.plan, this.atHand);
  }

  static async open(context: SessionContext): Promise<DuckDbSession> {
    const session = new DuckDbSession(context);
    await session.delta.create();
    return session;
  }

  stage(file: StagedFile, rows: AsyncIterable<RowBatch>): Promise<void> {
    return this.connection.attempt(() => this.staging.stage(file, rows));
  }

  stageBulk(file: StagedFile, bulk: BulkFile, isPadded: boolean): Promise<BulkOutcome> {
    return this.staging.stageBulk(file, bulk, isPadded);
  }

  discard(source: string, fileId: number): Promise<void> {
    return this.staging.discard(source, fileId);
  }

  recordKeys(source: string, fileId: number): AsyncIterable<BigUint64Array> {
    return this.staging.recordKeys(source, fileId);
  }

  judgesFiles(source: string): boolean {
    return this.context.library.has(`reject_${source}`);
  }

  compareWith(source: string, fileId: number, known: KnownVersion): Promise<void> {
    return this.connection.attempt(() => this.staging.compareWith(source, fileId, known));
  }

  settle(source: string): Promise<readonly StageOutcome[]> {
    return this.connection.attempt(() => this.staging.settle(source));
  }

  pairs(source: string, fileId: number): AsyncIterable<PairChunk> {
    return this.staging.pairs(source, fileId);
  }

  differing(source: string, fileId: number, most: number): Promise<DifferingPairs | null> {
    return this.connection.attempt(() => this.staging.differing(source, fileId, most));
  }

  insertAll(source: string, fileId: number): void {
    this.delta.insertAll(source, fileId);
  }

  deleteAll(source: string, fileId: number): Promise<number> {
    return this.delta.deleteAll(source, fileId);
  }

  change(source: string, fileId: number, changes: ChangedKeys): Promise<void> {
    return this.delta.change(source, fileId, changes);
  }

  losses(source: string, fileId: number): Promise<readonly CellLoss[]> {
    return this.delta.losses(source, fileId);
  }

  examples(
    source: string,
    fileId: number,
    limit: number,
  ): Promise<readonly Readonly<Record<string, string>>[]> {
    return this.delta.examples(source, fileId, limit);
  }

  unstage(source: string, fileId: number): Promise<void> {
    return this.staging.unstage(source, fileId);
  }

  async withhold(source: string, fileId: number): Promise<void> {
    await this.delta.withhold(source, fileId);
    await this.staging.unstage(source, fileId);
  }

  async begin(removed: readonly number[], scope: Scope): Promise<void> {
    const { connection, sources } = this.context;
    this.scope = scope;
    this.isFirst = scope === 'everything' && !this.context.hasEpochs;
    // Not within the transaction: DuckDB takes what that writes to be empty, and reads it with one thread.
    for (const source of sources.keys()) {
      if (!this.staging.isAdopted(source)) await this.delta.flushed(source);
    }
    await this.open();
    if (scope === 'changes') await connection.run(joinsAsWritten);
    if (scope === 'everything') await writeSettings(connection, this.context.settings);
    for (const source of sources.keys()) {
      const isStaged = this.staging.isSettled(source);
      if (isStaged) {
        await connection.run(`
          delete from warehouse.main.raw_file r using temp.main.staged_file_${source} f where f.file_id = r.file_id;
          insert into warehouse.main.raw_file
            select * exclude (key_columns, is_unique) from temp.main.staged_file_${source};`);
      }
      // Without a file that came or went, what models read of files (raw_file) is as it was, too.
      if (!isStaged && removed.length === 0) this.touched.set(`stg_${source}`, 'same');
      const isRemembered = scope === 'changes';
      await (this.staging.isAdopted(source)
        ? this.delta.adopt(source, isRemembered)
        : this.delta.apply(source, isStaged, isRemembered));
    }
    if (removed.length > 0) {
      await connection.run(`delete from warehouse.main.raw_file where file_id in (${removed.join(', ')})`);
    }
    if (scope === 'everything') await this.rankAnew();
    if (this.isFirst) await this.keep();
  }

  private async open(): Promise<void> {
    await this.connection.run('begin transaction');
    this.isOpen = true;
  }

  /** Another configuration ranks files that nobody reads again. */
  private async rankAnew(): Promise<void> {
    const { connection, rankOf } = this.context;
    if (rankOf === undefined) return;
    const files = await connection.rows(
      'select file_id, source, path, file_rank from warehouse.main.raw_file',
    );
    for (const file of files) {
      const rank = rankOf(String(file['source']), String(file['path']));
      if (rank === file['file_rank']) continue;
      await connection.run(
        `update warehouse.main.raw_file set file_rank = cast(${rank} as int) where file_id = ${Number(file['file_id'])}`,
      );
    }
  }

  async run(stage: 'join' | 'inflate', onStep: (account: StepAccount) => void): Promise<void> {
    const { library, hasSameModels, thresholds } = this.context;
    const runner = new ModelRunner(this.connection, library, this.scope, {
      atHand: this.atHand,
      areTablesKept: hasSameModels,
      thresholds,
      touched: this.touched,
      columns: this.context.columns,
    });
    for (const step of library.plan.stages[stage]) onStep(await runner.run(step));
  }

  runSample(sample: Sample, onStep: (account: StepAccount) => void): Promise<void> {
    return runSample(this.connection, this.context.library, sample, onStep);
  }

  async films(): Promise<{ total: number; affected: number }> {
    const { relation } = this.context.library.plan.publish.partitioned;
    const total = await this.connection.count(`select count(*) from warehouse.main.${relation}`);
    if (this.scope === 'everything') return { total, affected: total };
    return {
      total,
      affected: await this.connection.count('select count(distinct movie_key) from changed_rows'),
    };
  }

  async changedContent(): Promise<ChangedContent> {
    if (!this.isOpen) await this.open();
    return compareContent(this.connection, this.context.library.plan, this.scope, this.touched);
  }

  async seal(row: EpochRow, publication: Publication): Promise<void> {
    const { planHash, rawHash, library } = this.context;
    const { epoch, uuid } = row;
    if (!this.isOpen) await this.open();
    await this.connection.run(`
      insert into warehouse.main.pipeline_epochs values (
        ${epoch}, ${literal(uuid)}, ${literal(row.committedAt.toISOString())}, ${row.files}, ${row.inserted},
        ${row.updated}, ${row.deleted}, ${row.filmsAffected}, ${row.durationMs});
      update warehouse.main.warehouse_info set plan_hash = ${literal(planHash)}, raw_hash = ${literal(rawHash)};
      delete from warehouse.main.publication;
      insert into warehouse.main.publication values (
        ${epoch}, ${literal(uuid)}, ${literal(JSON.stringify(publication.partitions))},
        ${literal(JSON.stringify(publication.aggregates))}, ${literal(publication.receipt)});
      create or replace table warehouse.main.pipeline_info as ${library.text('pipeline_info')};
      commit; ${joinsAsEstimated};`);
    this.isOpen = false;
    this.context.sealed(this.scope);
  }

  async keep(): Promise<void> {
    if (this.isOpen) await this.connection.run('commit');
    this.isOpen = false;
  }

  async rollback(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    try {
      await this.connection.run('rollback');
    } finally {
      // These hold for all connections, whatever became of this one.
      await usualCompression(this.connection).catch(() => undefined);
      await this.connection.run(joinsAsEstimated).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    try {
      await this.rollback();
      await this.staging.clear();
    } catch {
      // An engine that ran out of memory can't even roll back. What is not committed ends with the connection.
    } finally {
      this.connection.close();
    }
  }
}
