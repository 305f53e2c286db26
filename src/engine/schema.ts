import { literal, type Connection } from './connection.ts';
import type { SqlLibrary } from './sql-library.ts';

/** A source as the engine needs it: its raw columns, all text, in hash order. */
export interface SourceColumns {
  readonly source: string;
  readonly columns: readonly string[];
}

/** The settings that models read, as the one row of the relation `settings`. */
export interface ModelSettings {
  readonly cpiSeries: string;
  readonly cpiBasis: 'month' | 'year';
  readonly cpiBase: string;
  /** Whole US dollars. */
  readonly minBudget: number;
}

/** The relations that hold what was put in, as opposed to what models make of it. */
export async function createInputs(connection: Connection, sources: readonly SourceColumns[]): Promise<void> {
  await connection.run(`
    create table warehouse.main.raw_file (
      file_id int, source varchar, path varchar, shape varchar, file_rank int, path_order varchar, date_order varchar);
    create table warehouse.main.settings (cpi_series varchar, cpi_basis varchar, cpi_base varchar, min_budget bigint);
    create table warehouse.main.warehouse_info (
      warehouse_id varchar, plan_hash varchar, raw_hash varchar, version varchar);
    create table warehouse.main.publication (
      epoch bigint, uuid varchar, partitions varchar, aggregates varchar, receipt varchar);
    create table warehouse.main.content (relation varchar, part varchar, count_rows bigint, checksum varchar);
    create table warehouse.main.pipeline_epochs (
      epoch bigint, uuid varchar, committed_at timestamp, files bigint, rows_inserted bigint, rows_updated bigint,
      rows_deleted bigint, films_affected bigint, duration_ms bigint);`);
  for (const { source, columns } of sources) {
    await connection.run(
      `create table warehouse.main.raw_${source} (file_id int, record_key uhugeint, ${columns.map((c) => `${c} varchar`).join(', ')})`,
    );
  }
}

/**
 * The statements that make the tables of models, by all that decides their columns. To plan all models takes a tenth of a second,
 * and `verify` opens a second warehouse. Grows by an entry a set of texts, of which a process has one.
 */
const tablesOf = new Map<string, string>();

/** Every model as an empty table, in the order of the plan, so that the first change finds them. */
export async function createModels(
  connection: Connection,
  library: SqlLibrary,
  sources: readonly SourceColumns[],
): Promise<void> {
  const { stages } = library.plan;
  const models = [
    ...sources.map(({ source }) => `stg_${source}`),
    ...[...stages.join, ...stages.inflate].map(({ model }) => model),
  ].map((name) => ({ name, text: library.text(name) }));
  const key = JSON.stringify([library.dialect, sources, models]);
  const known = tablesOf.get(key);
  if (known !== undefined) return connection.run(known);
  for (const { name, text } of models) {
    await connection.run(`create table warehouse.main.${name} as from (${text}) m limit 0`);
  }
  const names = models.map(({ name }) => literal(name)).join(', ');
  const tables = await connection.rows(
    `select sql from duckdb_tables() where database_name = 'warehouse' and table_name in (${names})`,
  );
  tablesOf.set(key, tables.map(({ sql }) => String(sql)).join('\n'));
}

/** The row of `settings`, by column. */
export function settingsRow(settings: ModelSettings): Readonly<Record<string, string | number>> {
  return {
    cpi_series: settings.cpiSeries,
    cpi_basis: settings.cpiBasis,
    cpi_base: settings.cpiBase,
    min_budget: settings.minBudget,
  };
}

/** Makes `settings` say what the configuration says. */
export async function writeSettings(connection: Connection, settings: ModelSettings): Promise<void> {
  const row = settingsRow(settings);
  const values = Object.values(row).map((value) => (typeof value === 'string' ? literal(value) : value));
  await connection.run(`
    delete from warehouse.main.settings;
    insert into warehouse.main.settings (${Object.keys(row).join(', ')}) values (${values.join(', ')});`);
}
