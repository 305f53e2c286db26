import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import {
  attachServing,
  columnsOf,
  compareSides,
  contentOf,
  folderOfView,
  keyOf,
  parquet,
  type Ask,
  type Comparison,
} from '../engine/compare.ts';
import type { DuckDbEngine } from '../engine/duckdb-engine.ts';
import type { Sample } from '../engine/engine.ts';
import { partitionFolder } from '../engine/publication.ts';
import { isSampled } from '../engine/sample.ts';
import type { SqlLibrary } from '../engine/sql-library.ts';
import { servingFile } from '../write-snapshot.ts';
import type { Damage, FileDifference, RelationReport } from './report.ts';

/** What is compared with what. */
export interface Comparing {
  /** Holds everything recomputed, or the sample. */
  readonly engine: DuckDbEngine;
  readonly library: SqlLibrary;
  readonly root: string;
  /** The folder of the published snapshot. */
  readonly snapshot: string;
  readonly sample: Sample | null;
  /** Told after each relation. */
  readonly advance: () => void;
}

/** What comparing found. */
export interface Compared {
  readonly relations: readonly RelationReport[];
  readonly damage: Damage;
}

/** How many differing rows of a relation are kept over all its files. */
const shownRows = 10;

/**
 * Compares what is published with what was recomputed, relation by relation: the partitioned one file by file, the
 * aggregates as Parquet and in the serving file, the views and the pipeline's account of itself as a reader of the
 * serving file gets them. Of a sample, only the sampled films' rows.
 */
export async function comparePublished(comparing: Comparing): Promise<Compared> {
  const ask: Ask = (sql) => comparing.engine.rows(sql);
  const { library, sample, advance } = comparing;
  const { partitioned, aggregates, views } = library.plan.publish;
  for (const view of views) await ask(`create or replace temp view ${view} as ${library.text(view)}`);
  const relations: RelationReport[] = [];
  const { report, damaged } = await comparePartitions(ask, comparing);
  relations.push(report);
  advance();
  const damagedAggregates: string[] = [];
  for (const name of sample === null ? aggregates : []) {
    const found = await compareAggregate(ask, comparing, name);
    if (!found.isEqual) damagedAggregates.push(name);
    relations.push(found);
    advance();
  }
  const serving = path.join(comparing.snapshot, servingFile);
  const problem = await attachServing(ask, serving).then(
    () => null,
    (error: Error) => error.message.split('\n')[0] ?? '',
  );
  const ofServing =
    sample === null
      ? [partitioned.relation, ...aggregates, ...views, 'pipeline_info']
      : [partitioned.relation, ...views];
  for (const name of ofServing) {
    relations.push(await compareServed(ask, comparing, name, problem));
    advance();
  }
  return { relations, damage: { partitions: damaged, aggregates: damagedAggregates } };
}

async function comparePartitions(
  ask: Ask,
  comparing: Comparing,
): Promise<{ report: RelationReport; damaged: (number | null)[] }> {
  const { engine, library, root, snapshot, sample } = comparing;
  const { relation, by } = library.plan.publish.partitioned;
  const all = await columnsOf(ask, `warehouse.main.${relation}`);
  const columns = all.filter((column) => column !== by);
  const key = keyOf(library, relation, columns);
  const values = await engine.partitions();
  const standing = partitionFiles(path.join(snapshot, relation));
  const files: FileDifference[] = [];
  const rows: RelationReport['rows'][number][] = [];
  const damaged: (number | null)[] = [];
  const totals = { published: 0, expected: 0, checksumPublished: 0n, checksumExpected: 0n };
  const expectedFiles = new Map(
    values.map((value) => [path.join(partitionFolder(by, value), 'part-0.parquet'), value] as const),
  );
  // Of a sample, other partitions have rows too; they are looked at for sampled films that should not be there.
  const looked =
    sample === null ? [...expectedFiles.keys()] : [...new Set([...expectedFiles.keys(), ...standing])].sort();
  for (const name of looked) {
    const file = path.join(snapshot, relation, name);
    const shown = path.relative(root, file);
    const value = expectedFiles.get(name);
    const test = value === undefined ? 'false' : value === null ? `${by} is null` : `${by} = ${value}`;
    const source = parquet(file);
    const found = await compareSides(ask, {
      expected: `(select * exclude (${by}) from warehouse.main.${relation} where ${test})`,
      published:
        sample === null
          ? source
          : `(select r.* from ${source} r where ${isSampled(library.plan, 'r', sample)})`,
      columns,
      key,
    });
    totals.expected += found.rowsExpected;
    totals.published += found.rowsPublished ?? 0;
    totals.checksumExpected += BigInt(found.checksumExpected);
    totals.checksumPublished += BigInt(found.checksumPublished ?? 0);
    if (found.isEqual) continue;
    if (value !== undefined) damaged.push(value);
    if (!existsSync(file)) files.push({ kind: 'missing-file', path: shown, message: 'the file is missing' });
    else if (found.problem !== null) files.push({ kind: 'unreadable', path: shown, message: found.problem });
    rows.push(...found.rows.map((row) => ({ ...row, path: shown })));
  }
  for (const name of sample === null ? standing.filter((file) => !expectedFiles.has(file)) : []) {
    const shown = path.relative(root, path.join(snapshot, relation, name));
    files.push({ kind: 'extra-file', path: shown, message: 'no film belongs into this file' });
  }
  return {
    damaged,
    report: {
      relation,
      place: 'parquet',
      rowsPublished: totals.published,
      rowsExpected: totals.expected,
      checksumPublished: String(totals.checksumPublished),
      checksumExpected: String(totals.checksumExpected),
      isEqual: damaged.length + files.length + rows.length === 0,
      files,
      rows: rows.slice(0, shownRows),
    },
  };
}

/** All files below the folder of the partitioned relation, relative to it, sorted. */
function partitionFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

async function compareAggregate(ask: Ask, comparing: Comparing, name: string): Promise<RelationReport> {
  const { root, snapshot } = comparing;
  const folder = path.join(snapshot, 'aggregates', name);
  const file = path.join(folder, 'part-0.parquet');
  const found = await compareWhole(ask, comparing, name, parquet(file));
  const report = toReport(name, 'parquet', path.relative(root, file), existsSync(file), found);
  const extra = partitionFiles(folder)
    .filter((standing) => standing !== 'part-0.parquet')
    .map((standing): FileDifference => ({
      kind: 'extra-file',
      path: path.relative(root, path.join(folder, standing)),
      message: 'it is none of marquee’s',
    }));
  return extra.length === 0 ? report : { ...report, isEqual: false, files: [...report.files, ...extra] };
}

async function compareServed(
  ask: Ask,
  comparing: Comparing,
  name: string,
  problem: string | null,
): Promise<RelationReport> {
  const file = path.join(comparing.snapshot, servingFile);
  const shown = path.relative(comparing.root, file);
  if (problem !== null) {
    const columns = await columnsOf(ask, name);
    const { rows, checksum } = await contentOf(ask, name, columns);
    const lost = {
      rowsExpected: rows,
      checksumExpected: checksum,
      rowsPublished: null,
      checksumPublished: null,
    };
    return toReport(name, 'serving', shown, existsSync(file), { ...lost, isEqual: false, problem, rows: [] });
  }
  const found = await compareWhole(ask, comparing, name, `published.main.${name}`);
  const elsewhere = await readsElsewhere(ask, comparing, name);
  return toReport(
    name,
    'serving',
    shown,
    true,
    elsewhere === null ? found : { ...found, isEqual: false, problem: elsewhere },
  );
}

/** After a folder was copied, its serving file may go on reading the Parquet files of the old one. */
async function readsElsewhere(ask: Ask, { snapshot }: Comparing, name: string): Promise<string | null> {
  const folder = await folderOfView(ask, name);
  if (folder === null) return null;
  if (existsSync(folder) && realpathSync(folder) === realpathSync(snapshot)) return null;
  return `it reads ${folder}, not the snapshot that it is part of`;
}

async function compareWhole(
  ask: Ask,
  { library, sample }: Comparing,
  name: string,
  published: string,
): Promise<Comparison> {
  const columns = await columnsOf(ask, name);
  return compareSides(ask, {
    expected: name,
    published:
      sample === null
        ? published
        : `(select r.* from ${published} r where ${isSampled(library.plan, 'r', sample)})`,
    columns,
    key: keyOf(library, name, columns),
  });
}

function toReport(
  relation: string,
  place: RelationReport['place'],
  shown: string,
  isThere: boolean,
  found: Comparison,
): RelationReport {
  const { rowsPublished, rowsExpected, checksumPublished, checksumExpected, isEqual, problem } = found;
  const files: FileDifference[] = !isThere
    ? [{ kind: 'missing-file', path: shown, message: 'the file is missing' }]
    : problem === null
      ? []
      : [{ kind: 'unreadable', path: shown, message: problem }];
  return {
    relation,
    place,
    rowsPublished,
    rowsExpected,
    checksumPublished,
    checksumExpected,
    isEqual,
    files,
    rows: found.rows.map((row) => ({ ...row, path: shown })),
  };
}
