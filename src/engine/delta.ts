import type { ChangedKeys } from '../../state/pairs.ts';
import type { AtHand } from './at-hand.ts';
import { clusterOrder } from './bulk-writes.ts';
import type { Connection } from './connection.ts';
import type { CellLoss } from './engine.ts';
import { findLosses } from './losses.ts';
import { rowsAt } from './places.ts';
import type { SourceColumns } from './schema.ts';
import type { Plan } from './sql-library.ts';
import { WaitingChanges } from './waiting-changes.ts';

/** Of so many changed records the rows are picked out; of more all rows of their files are read, which is faster then. */
const fewChanged = 20_000;

/**
 * The changed records of a batch, per source: `delta_<source>` (file_id, record_key, op), and what applying them
 * does to the raw and staged relations. `changed_<source>` then holds, of the staged records of every changed key as they
 * were and as they are, what impact queries ask for; `stg_<source>_after` the staged records that were put in.
 * What changed waits to be put into `delta_<source>` until that is asked for.
 */
export class Delta {
  private readonly connection: Connection;
  private readonly sources: ReadonlyMap<string, SourceColumns>;
  private readonly plan: Pick<Plan, 'guarded' | 'changed' | 'clustered'>;
  private readonly atHand: AtHand;
  /** Sources whose `changed_places_<source>` fit their delta. */
  private readonly placed = new Set<string>();
  /** By source and file, what its delta would take away. */
  private readonly lost = new Map<string, ReadonlyMap<number, readonly CellLoss[]>>();
  private readonly waiting = new Map<string, WaitingChanges>();
  /** Sources of which anything changed. */
  private readonly changed = new Set<string>();

  constructor(
    connection: Connection,
    sources: ReadonlyMap<string, SourceColumns>,
    plan: Pick<Plan, 'guarded' | 'changed' | 'clustered'>,
    atHand: AtHand,
  ) {
    this.connection = connection;
    this.sources = sources;
    this.plan = plan;
    this.atHand = atHand;
  }

  /** Makes the empty relations of all sources; models and impact queries expect each of them. */
  async create(): Promise<void> {
    const tables = [...this.sources.keys()].map(
      (source) =>
        `create or replace temp table delta_${source} (file_id int, record_key uhugeint, op varchar);`,
    );
    await this.connection.run(tables.join('\n'));
  }

  insertAll(source: string, fileId: number): void {
    this.changed.add(source);
    this.waitingOf(source).insertAll(fileId);
  }

  async deleteAll(source: string, fileId: number): Promise<number> {
    this.changed.add(source);
    const rows = `from warehouse.main.raw_${source} where file_id = ${fileId}`;
    await this.connection.run(
      `insert into ${await this.flushed(source)} select file_id, record_key, 'delete' ${rows}`,
    );
    this.outdate(source);
    return this.connection.count(`select count(*) ${rows}`);
  }

  async change(source: string, fileId: number, changes: ChangedKeys): Promise<void> {
    this.changed.add(source);
    const waiting = this.waitingOf(source);
    waiting.change(fileId, changes);
    if (waiting.isFull) await this.flushed(source);
  }

  async withhold(source: string, fileId: number): Promise<void> {
    await this.connection.run(`delete from ${await this.flushed(source)} where file_id = ${fileId}`);
    this.outdate(source);
  }

  /** What was found out of the changes of a source holds no more. */
  private outdate(source: string): void {
    this.placed.delete(source);
    this.lost.delete(source);
  }

  private waitingOf(source: string): WaitingChanges {
    const known = this.waiting.get(source);
    if (known !== undefined) return known;
    const none = new WaitingChanges();
    this.waiting.set(source, none);
    return none;
  }

  /** The relation of a source's changes, nothing of which waits any more. */
  async flushed(source: string): Promise<string> {
    const delta = `delta_${source}`;
    const waiting = this.waiting.get(source);
    if (waiting === undefined) return delta;
    this.waiting.delete(source);
    this.outdate(source);
    await waiting.putInto(this.connection, delta, `temp.main.pairs_${source}`);
    return delta;
  }

  /** For people: some of the records that a file would delete. */
  async examples(source: string, fileId: number, limit: number): Promise<Record<string, string>[]> {
    const columns = (this.sources.get(source)?.columns ?? []).map((column) => `r.${column}`);
    const rows = await this.connection.rows(`
      select ${columns.join(', ')}
      from warehouse.main.raw_${source} r
      semi join (select * from ${await this.flushed(source)} where file_id = ${fileId} and op = 'delete') d using (file_id, record_key)
      order by r.record_key limit ${limit}`);
    const filled = (row: Record<string, unknown>): [string, string][] =>
      Object.entries(row).flatMap(([column, value]) => (typeof value === 'string' ? [[column, value]] : []));
    return rows.map((row) => Object.fromEntries(filled(row)));
  }

  /** For the guard, what a file would lose; see `findLosses`. */
  async losses(source: string, fileId: number): Promise<readonly CellLoss[]> {
    // What waits may make untrue what is known.
    const delta = await this.flushed(source);
    const known = this.lost.get(source) ?? (await this.lossesOf(source, delta));
    this.lost.set(source, known);
    return known.get(fileId) ?? [];
  }

  private async lossesOf(source: string, delta: string): Promise<ReadonlyMap<number, readonly CellLoss[]>> {
    const guarded = this.plan.guarded[source] ?? [];
    if (guarded.length === 0 || !(await this.replaces(source))) return new Map<number, CellLoss[]>();
    const isFew = (await this.connection.count(`select count(*) from ${delta}`)) <= fewChanged;
    const places = isFew ? await this.changedPlaces(source) : null;
    return findLosses(this.connection, guarded, { source, delta, places });
  }

  /** Places of the staged records in force of all changed keys, of whatever file: sought once, since that takes a look at all keys. */
  private async changedPlaces(source: string): Promise<string> {
    const places = `changed_places_${source}`;
    const delta = await this.flushed(source);
    if (!this.placed.has(source)) {
      await this.connection.run(`
        create or replace temp table ${places} as
        select s.rowid as place from warehouse.main.stg_${source} s
        semi join (select distinct record_key from ${delta}) k using (record_key)`);
      this.placed.add(source);
    }
    return places;
  }

  /** Makes staged tables in the warehouse, all of whose rows are new, the relations of their source. */
  async adopt(source: string, isRemembered: boolean): Promise<void> {
    const accepted = `anti join temp.main.staged_file_${source} f using (file_id)`;
    await this.connection.run(`
      delete from warehouse.main.staged_${source} where file_id in (
        select distinct file_id from warehouse.main.staged_${source} ${accepted});
      delete from warehouse.main.typed_${source} where file_id in (
        select distinct file_id from warehouse.main.typed_${source} ${accepted});
      drop table warehouse.main.raw_${source};
      drop table warehouse.main.stg_${source};
      alter table warehouse.main.staged_${source} drop column row_hash;
      alter table warehouse.main.staged_${source} drop column line;
      alter table warehouse.main.staged_${source} rename to raw_${source};
      alter table warehouse.main.typed_${source} rename to stg_${source};`);
    if (isRemembered) {
      await this.connection.run(
        `create or replace temp table changed_${source} as select ${this.remembered(source)} from warehouse.main.stg_${source}`,
      );
    }
  }

  /**
   * Applies a source's changes inside the open transaction.
   *
   * @param isStaged whether there are new rows at all
   * @param isRemembered whether anybody will ask what changed; a full run does not
   */
  async apply(source: string, isStaged: boolean, isRemembered: boolean): Promise<void> {
    const columns = this.sources.get(source)?.columns ?? [];
    const delta = await this.flushed(source);
    const columnsKept = this.remembered(source);
    if (!isStaged && !this.changed.has(source)) {
      if (!isRemembered) return;
      await this.connection.run(`
        create or replace temp table changed_${source} as
        select ${columnsKept} from warehouse.main.stg_${source} where false`);
      return;
    }
    if (isRemembered) {
      const places = await this.changedPlaces(source);
      const were = await rowsAt(this.connection, `stg_${source}`, places, columnsKept);
      await this.connection.run(`create or replace temp table changed_${source} as ${were}`);
    }
    if (await this.replaces(source)) {
      for (const relation of [`raw_${source}`, `stg_${source}`]) {
        await this.connection.run(`
          delete from warehouse.main.${relation} r using ${delta} d
          where d.file_id = r.file_id and d.record_key = r.record_key and d.op <> 'insert'`);
      }
    }
    if (!isStaged) return;
    const arrived = `semi join (select file_id, record_key from ${delta} where op <> 'delete') d using (file_id, record_key)`;
    await this.connection.run(`
      insert into warehouse.main.raw_${source}
        select file_id, record_key, ${columns.join(', ')} from temp.main.staged_${source} ${arrived};
      drop table temp.main.staged_${source};`);
    const order = clusterOrder(this.plan, `stg_${source}`);
    if (!isRemembered) {
      await this.connection.run(`
        insert into warehouse.main.stg_${source} select t.* from temp.main.typed_${source} t ${arrived}${order};
        drop table temp.main.typed_${source};`);
      return;
    }
    await this.connection.run(`
      create or replace temp view stg_${source}_after as select t.* from temp.main.typed_${source} t ${arrived};
      insert into warehouse.main.stg_${source} from temp.main.stg_${source}_after${order};
      insert into changed_${source} select ${columnsKept} from temp.main.stg_${source}_after;`);
    this.atHand.note(`stg_${source}`, {
      rows: `stg_${source}_after`,
      keys: delta,
      on: ['file_id', 'record_key'],
    });
  }

  /** What impact queries ask of a changed record. */
  private remembered(source: string): string {
    return ['file_id', 'record_key', ...(this.plan.changed[source] ?? [])].join(', ');
  }

  /** Whether records in force are among the changed ones: to look for a few in millions takes longer than to ask. */
  private async replaces(source: string): Promise<boolean> {
    const count = await this.connection.count(
      `select count(*) from ${await this.flushed(source)} where op <> 'insert'`,
    );
    return count > 0;
  }
}
