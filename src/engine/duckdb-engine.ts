import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { MarqueeError } from '../error.ts';
import type { KnownColumns } from './columns.ts';
import { Connection, literal, type Cell } from './connection.ts';
import { dialectSchema, keepDialect } from './dialect.ts';
import { DuckDbSession } from './duckdb-session.ts';
import type { Engine, EpochSession, Publication, RowBatch } from './engine.ts';
import type { RunnerThresholds } from './model-runner.ts';
import { haveSameModels } from './plan-hash.ts';
import { rareCheckpoints, readSavedRows, saveRows, writeAggregate, writePartition } from './publication.ts';
import {
  createInputs,
  createModels,
  writeSettings,
  type ModelSettings,
  type SourceColumns,
} from './schema.ts';
import { writeServing } from './serving-file.ts';
import type { SqlLibrary } from './sql-library.ts';
import { dropStaged } from './incoming.ts';
import type { StatementProfile } from './statement-profile.ts';
import { WritingAside } from './writing-aside.ts';

/** How to open a warehouse. */
export interface EngineOptions {
  /** Path of the warehouse file; it is made when absent. `:memory:` for a throw-away one. */
  readonly file: string;
  readonly library: SqlLibrary;
  readonly sources: readonly SourceColumns[];
  readonly settings: ModelSettings;
  /** The rank that the configuration gives a file, by its path below raw/; without it ranks stay as files came with them. */
  readonly rankOf?: (source: string, path: string) => number;
  /** Hash of everything that decides results besides the raw rows; see `planHash`. */
  readonly planHash: string;
  /** Hash of everything that decides the raw rows. */
  readonly rawHash: string;
  /** marquee's version, for `pipeline_info`. */
  readonly version: string;
  /** As DuckDB writes sizes: 700MB. */
  readonly memoryLimit: string;
  readonly threads: number;
  /** Where what does not fit into memory goes. */
  readonly tempFolder: string;
  /** Where the template of the serving file is kept, and nothing else. */
  readonly templateFolder: string;
  readonly thresholds?: RunnerThresholds;
  /** Takes down what the engine does. */
  readonly profile?: StatementProfile;
}

/**
 * Bytes of log that are left to grow. To fold it in, DuckDB compresses the last row group of each table that got rows anew,
 * a second for a thousand films; to read so much log again takes the next start some tenths of one.
 */
const mostLogged = 32 << 20;

/**
 * How the warehouse is stored. Only from here on does DuckDB pack texts with dictionaries of symbols: a fifth of the disk and
 * of the writing. A warehouse of before is read as it is, and what is written from now on comes in the new way. The
 * serving file, which others open, is left at the oldest.
 */
const storageVersion = 'v1.5.0';

/**
 * The DuckDB implementation of the engine: one instance in memory that attaches the warehouse file, one connection
 * for publishing, one for each epoch.
 */
export class DuckDbEngine implements Engine {
  readonly warehouseId: string;
  readonly planHash: string | null;
  readonly rawHash: string | null;
  private readonly instance: DuckDBInstance;
  private readonly connection: Connection;
  private readonly options: EngineOptions;
  /** Files are written beside what else goes on. */
  private readonly aside: WritingAside;
  /** Whether whole relations were written since the last checkpoint. */
  private isMadeAnew = false;
  private readonly columns: KnownColumns = new Map() as KnownColumns;
  /** The connection of the last session. */
  private inHand: Connection | null = null;

  private constructor(
    options: EngineOptions,
    instance: DuckDBInstance,
    connection: Connection,
    info: { warehouseId: string; planHash: string | null; rawHash: string | null },
  ) {
    this.options = options;
    this.instance = instance;
    this.connection = connection;
    this.aside = new WritingAside(
      async () => new Connection(await instance.connect(), options.profile),
      connection,
      options,
    );
    this.warehouseId = info.warehouseId;
    this.planHash = info.planHash;
    this.rawHash = info.rawHash;
  }

  /**
   * Opens or makes the warehouse.
   *
   * @throws MarqueeError `warehouse-unreadable` when the file is no DuckDB database or is damaged
   */
  static async open(options: EngineOptions): Promise<DuckDbEngine> {
    const { file, library, sources } = options;
    const isNew = file === ':memory:' || !existsSync(file);
    if (file !== ':memory:') mkdirSync(path.dirname(file), { recursive: true });
    mkdirSync(options.tempFolder, { recursive: true });
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: options.memoryLimit,
      threads: String(options.threads),
      temp_directory: options.tempFolder,
      preserve_insertion_order: 'false',
    });
    const connection = new Connection(await instance.connect(), options.profile);
    try {
      // When the log is folded into the file is for `checkpoint` to say: not in the midst of an epoch, and not at the end
      // of every process.
      await connection.run(`
        ${rareCheckpoints}; pragma disable_checkpoint_on_shutdown;
        attach ${literal(file)} as warehouse (storage_version '${storageVersion}')`);
      await keepDialect(connection, library);
      await useWarehouse(connection);
      if (isNew) await createWarehouse(connection, options, library, sources);
      else for (const { source } of sources) await dropStaged(connection, source);
      const [info] = await connection.rows('from warehouse.main.warehouse_info');
      const text = (name: string): string | null => (info?.[name] == null ? null : String(info[name]));
      return new DuckDbEngine(options, instance, connection, {
        warehouseId: text('warehouse_id') ?? '',
        planHash: text('plan_hash'),
        rawHash: text('raw_hash'),
      });
    } catch (cause) {
      connection.close();
      instance.closeSync();
      // A file that is damaged reads as a failure of input, as does one that is none.
      if (cause instanceof MarqueeError && cause.code !== 'engine-io') throw cause;
      throw new MarqueeError('warehouse-unreadable', `cannot open ${file}: ${(cause as Error).message}`, {
        cause,
        hint: `it is a cache of raw/: move it away and run marquee backfill to build it again`,
      });
    }
  }

  async lastPublication(): Promise<Publication | null> {
    const [row] = await this.connection.rows('from warehouse.main.publication');
    if (row === undefined) return null;
    return {
      epoch: Number(row['epoch']),
      uuid: String(row['uuid']),
      partitions: JSON.parse(String(row['partitions'])) as (number | null)[],
      aggregates: JSON.parse(String(row['aggregates'])) as string[],
      receipt: String(row['receipt']),
    };
  }

  /**
   * What is published is not what was sealed: the next epoch publishes all of it. Until then no models count as those that the
   * results were computed with, so that it computes everything.
   */
  async forgetPublished(): Promise<void> {
    await this.connection.run(`
      begin;
      delete from warehouse.main.content;
      update warehouse.main.warehouse_info set plan_hash = 'unpublished';
      commit;`);
  }

  async openSession(): Promise<EpochSession> {
    const { library, sources, settings, rankOf, planHash, rawHash } = this.options;
    const connection = new Connection(await this.instance.connect(), this.options.profile);
    await useWarehouse(connection);
    this.inHand = connection;
    return DuckDbSession.open({
      ...(rankOf === undefined ? {} : { rankOf }),
      connection,
      library,
      sources: new Map(sources.map((source) => [source.source, source])),
      settings,
      planHash,
      rawHash,
      hasEpochs: this.planHash !== null,
      hasSameModels: haveSameModels(this.planHash, planHash),
      thresholds: this.options.thresholds ?? {},
      columns: this.columns,
      sealed: (scope) => (this.isMadeAnew ||= scope === 'everything'),
    });
  }

  async partitions(): Promise<(number | null)[]> {
    const { relation, by } = this.options.library.plan.publish.partitioned;
    const rows = await this.connection.rows(
      `select ${by} as part, count(*) as films from warehouse.main.${relation} group by ${by} order by films desc, part`,
    );
    this.aside.expect(Math.max(0, ...rows.map((row) => Number(row['films']))));
    return rows.map((row) => (row['part'] === null ? null : Number(row['part'])));
  }

  writePartition(value: number | null, file: string): Promise<void> {
    return this.aside.run((connection) => writePartition(connection, this.options.library, value, file));
  }

  writeAggregate(name: string, file: string): Promise<void> {
    return this.aside.run((connection) => writeAggregate(connection, name, file));
  }

  async writeServing(file: string, snapshot: string, written: Promise<void>): Promise<void> {
    const { library, planHash, templateFolder } = this.options;
    const { relation } = library.plan.publish.partitioned;
    const isEmpty =
      (await this.connection.rows(`select 1 from warehouse.main.${relation} limit 1`)).length === 0;
    await this.aside.run((connection) =>
      writeServing(
        connection,
        library,
        { file, snapshot, isEmpty, written },
        { folder: templateFolder, planHash },
      ),
    );
  }

  saveRows(source: string, fileId: number, file: string): Promise<void> {
    return saveRows(this.connection, source, fileId, file);
  }

  readSavedRows(source: string, file: string): AsyncIterable<RowBatch> {
    const columns = this.options.sources.find((declared) => declared.source === source)?.columns ?? [];
    return readSavedRows(this.connection, columns, file);
  }

  /** What the plan has to say of the data as it stands, for people; see `remarks` in sql/plan.yaml. */
  async remarks(): Promise<string[]> {
    const { library } = this.options;
    const rows = await Promise.all(
      library.plan.remarks.map((check) =>
        this.connection.rows(`select message from (${library.text(check)}) c`),
      ),
    );
    return rows.flat().map((row) => String(row['message']));
  }

  /** All rows of a query of our own over the warehouse, as objects; for comparing, not for bulk. */
  rows(sql: string): Promise<Record<string, Cell>[]> {
    return this.connection.rows(sql);
  }

  /** Breaks off what runs, which then fails; for a process that ends, whose exit waits for the engine's threads. */
  interrupt(): void {
    for (const connection of [this.inHand, this.connection]) connection?.native.interrupt();
  }

  async checkpoint(): Promise<void> {
    const { size } = statSync(`${this.options.file}.wal`, { throwIfNoEntry: false }) ?? { size: 0 };
    if (size < mostLogged && !this.isMadeAnew) return;
    await this.connection.run('checkpoint warehouse');
    this.isMadeAnew = false;
  }

  close(): Promise<void> {
    this.connection.close();
    this.instance.closeSync();
    return Promise.resolve();
  }
}

async function useWarehouse(connection: Connection): Promise<void> {
  await connection.run(
    `set search_path = 'warehouse.main,${dialectSchema},memory.main'; set timezone = 'UTC'`,
  );
}

async function createWarehouse(
  connection: Connection,
  options: EngineOptions,
  library: SqlLibrary,
  sources: readonly SourceColumns[],
): Promise<void> {
  await connection.run('begin');
  await createInputs(connection, sources);
  await writeSettings(connection, options.settings);
  await connection.run(
    `insert into warehouse.main.warehouse_info values (${literal(randomUUID())}, null, null, ${literal(options.version)})`,
  );
  await createModels(connection, library, sources);
  await connection.run('commit');
}
