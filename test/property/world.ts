import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lastValueFrom, of, toArray } from 'rxjs';
import type { BatchResult } from '../../operators/batch.ts';
import { DuckDbEngine } from '../../src/engine/duckdb-engine.ts';
import { loadSqlLibrary, type SqlLibrary } from '../../src/engine/sql-library.ts';
import { pipeline } from '../../src/pipeline.ts';
import { pipelineDeps } from '../../src/pipeline-deps.ts';
import { recompute } from '../../src/recompute.ts';
import { scanRaw } from '../../src/scan.ts';
import { describeEngine } from '../../src/engine-options.ts';
import { openWorkspace, type Workspace } from '../../src/workspace.ts';
import { workspacePaths } from '../../src/workspace-paths.ts';

/** One table of a drop: rows by header name. */
export type Rows = readonly Readonly<Record<string, string>>[];

/** Relations that must be equal to a rebuild after every epoch: all that the plan makes. */
const library = loadSqlLibrary();
export const relations: readonly string[] = [
  ...library.plan.stages.join.map((step) => step.model),
  ...library.plan.stages.inflate.map((step) => step.model),
  // What was counted and summed of each of these: of changes alone, it comes to the same.
  'content',
];

const silent = { begin: () => ({ advance: () => undefined, done: () => undefined }) };

/** A root on disk, the real stores, and the chain; publishing is left out unless asked for. */
export class World {
  readonly root: string;
  private readonly sabotage: SqlLibrary | null;
  private workspace: Workspace | null = null;
  private reference: DuckDbEngine | null = null;

  /** @param sabotage a broken sql/ for the chain; the reference is computed with the shipped one */
  constructor(sabotage: SqlLibrary | null = null) {
    this.sabotage = sabotage;
    this.root = mkdtempSync(path.join(tmpdir(), 'marquee-world-'));
    for (const source of ['movie_metadata', 'genre_cast_director', 'cpi']) {
      mkdirSync(path.join(this.root, 'raw', source), { recursive: true });
    }
  }

  /** Takes effect with the next start. */
  async configure(yaml: string): Promise<void> {
    await this.restart();
    await this.reference?.close();
    this.reference = null;
    writeFileSync(path.join(this.root, 'marquee.yaml'), yaml);
  }

  write(file: string, text: string): void {
    writeFileSync(path.join(this.root, 'raw', file), text);
  }

  rename(from: string, to: string): void {
    renameSync(path.join(this.root, 'raw', from), path.join(this.root, 'raw', to));
  }

  remove(file: string): void {
    rmSync(path.join(this.root, 'raw', file), { force: true });
  }

  touch(file: string, seconds: number): void {
    utimesSync(path.join(this.root, 'raw', file), seconds, seconds);
  }

  /** Takes what is in raw/ through the chain as one batch. */
  async run(options: { publish?: boolean; acceptAll?: boolean } = {}): Promise<BatchResult> {
    const workspace = await this.open();
    const deps = pipelineDeps(workspace, { report: silent, acceptAll: options.acceptAll ?? true });
    const chain = pipeline({
      ...deps,
      ...(options.publish === true
        ? {}
        : { publish: () => Promise.resolve(0), tidy: () => Promise.resolve() }),
    });
    const known = workspace.state.fileStates().map(({ file }) => file);
    const sources = workspace.sources.map(({ source }) => source);
    const sightings = scanRaw(workspacePaths(this.root).raw, sources, known);
    const [result] = await lastValueFrom(of(sightings).pipe(chain, toArray()));
    if (result === undefined) throw new Error('the chain gave no result');
    // A workspace decides once whether everything is to be recomputed; the next batch is an ordinary one.
    if (workspace.isEverything || workspace.isRebuild) await this.restart();
    return result;
  }

  /** As after the end of the process. */
  async restart(): Promise<void> {
    await this.workspace?.close();
    this.workspace = null;
  }

  /** Differences between the warehouse and a rebuild of what is in raw/, as lines; none is right. */
  async differences(): Promise<string[]> {
    const workspace = await this.open();
    const reference = await this.rebuilt(workspace);
    const lines: string[] = [];
    for (const relation of relations) {
      const mine = await dump(await workspace.warehouse.engine(), relation);
      const right = await dump(reference, relation);
      for (const row of without(mine, right)) lines.push(`${relation} has ${row}`);
      for (const row of without(right, mine)) lines.push(`${relation} lacks ${row}`);
    }
    return lines;
  }

  /** Differences between what is published and the warehouse, as lines. */
  async publishedDifferences(): Promise<string[]> {
    const { warehouse, snapshots } = await this.open();
    const engine = await warehouse.engine();
    const folder = snapshots.current();
    if (folder === null) return ['nothing is published'];
    const { partitioned, aggregates } = library.plan.publish;
    const sources = [
      [
        partitioned.relation,
        `read_parquet('${folder}/${partitioned.relation}/*/*.parquet', hive_partitioning = true)`,
      ],
      ...aggregates.map((name) => [name, `read_parquet('${folder}/aggregates/${name}/*.parquet')`]),
    ] as const;
    const lines: string[] = [];
    for (const [relation, files] of sources) {
      const columns = await engine.rows(`select column_name from (describe warehouse.main.${relation})`);
      const list = columns.map((column) => String(column['column_name'])).join(', ');
      const [row] = await engine.rows(`
        select (select count(*) from (select ${list} from ${files} except all select ${list} from warehouse.main.${relation})) as has,
          (select count(*) from (select ${list} from warehouse.main.${relation} except all select ${list} from ${files})) as lacks`);
      if (Number(row?.['has']) + Number(row?.['lacks']) > 0) {
        lines.push(
          `${relation} has ${String(row?.['has'])} rows too many and lacks ${String(row?.['lacks'])}`,
        );
      }
    }
    return lines;
  }

  async dispose(): Promise<void> {
    await this.restart();
    await this.reference?.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  async open(): Promise<Workspace> {
    this.workspace ??= await openWorkspace({
      root: this.root,
      command: 'test',
      ...(this.sabotage === null ? {} : { library: this.sabotage }),
    });
    return this.workspace;
  }

  private async rebuilt(workspace: Workspace): Promise<DuckDbEngine> {
    const { sources, config } = workspace;
    this.reference ??= await DuckDbEngine.open({
      ...describeEngine({ root: this.root, config, sources, library }),
      file: ':memory:',
      tempFolder: path.join(this.root, 'reference-tmp'),
    });
    const engine = this.reference;
    const inputs = ['raw_file', ...sources.flatMap(({ source }) => [`raw_${source}`, `stg_${source}`])];
    for (const relation of inputs) await engine.rows(`delete from warehouse.main.${relation}`);
    const deps = pipelineDeps(workspace, { report: silent });
    const files = workspace.state
      .fileStates()
      .filter(({ inForce }) => inForce !== null)
      .map(({ file }) => ({ ...file, open: () => deps.open(file.path, file.source) }));
    const session = await engine.openSession();
    await recompute(session, files);
    await session.changedContent();
    await session.keep();
    await session.close();
    return engine;
  }
}

/** The rows of `a` that `b` has not, each as often as it is missing. */
function without(a: readonly string[], b: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const row of b) left.set(row, (left.get(row) ?? 0) + 1);
  return a.filter((row) => {
    const count = left.get(row) ?? 0;
    left.set(row, count - 1);
    return count <= 0;
  });
}

async function dump(engine: DuckDbEngine, relation: string): Promise<string[]> {
  // File numbers depend on the order of arrival, and nothing else does.
  const rows = await engine.rows(`select cast(r as varchar) as row from warehouse.main.${relation} r`);
  return rows.map(({ row }) => String(row)).sort();
}
