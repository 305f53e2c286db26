import type { Columns } from './columns.ts';
import { literal, type Connection } from './connection.ts';
import type { Touched } from './content.ts';
import type { StepAccount } from './engine.ts';
import { rowsAt } from './places.ts';
import type { ModelStep, SqlLibrary } from './sql-library.ts';

/** Below this share of all films, those of some groups are picked before they are read. */
const usuallyPickedShare = 0.2;

/** What is said of a step, but for its name and time. */
export type Account = Pick<StepAccount, 'recomputed' | 'impact'>;

/**
 * Keeps aggregates as films change: by temporary relations that say which films went (`gone_rows`), came (`come_rows`), and
 * both (`changed_rows`).
 */
export class AggregateRunner {
  private readonly connection: Connection;
  private readonly library: SqlLibrary;
  private readonly columns: Columns;
  private readonly touched: Touched;
  private readonly pickedShare: number;
  /** How many films there are, once they were counted: aggregates come when all are in place. */
  private filmCount: number | null = null;

  /** @param touched takes down how aggregates are left */
  constructor(
    connection: Connection,
    library: SqlLibrary,
    columns: Columns,
    touched: Touched,
    pickedShare: number = usuallyPickedShare,
  ) {
    this.connection = connection;
    this.library = library;
    this.columns = columns;
    this.touched = touched;
    this.pickedShare = pickedShare;
  }

  /**
   * Adds to counts of films what the films that came count for, and takes off what those that went did.
   *
   * A count below zero is proof that it was wrong before: it throws, since a tally would carry a mistake on for ever.
   */
  async runTally({ model }: ModelStep, counted: string): Promise<Account> {
    const { relation: films } = this.library.plan.publish.partitioned;
    const all = await this.columns.of(`warehouse.main.${model}`);
    const keys = all.filter((column) => column !== counted);
    const text = this.library.text(model);
    const same = keys.map((key) => `d.${key} is not distinct from r.${key}`).join(' and ');
    const recomputed = await this.connection.count(`
      create or replace temp view ${films} as select * exclude (print) from come_rows;
      create or replace temp table ${model}_come as ${text};
      create or replace temp view ${films} as select * exclude (print) from gone_rows;
      create or replace temp table ${model}_gone as ${text};
      drop view temp.main.${films};
      create or replace temp table ${model}_delta as
      select ${keys.join(', ')}, sum(n) as n
      from (
        select ${keys.join(', ')}, ${counted} as n from ${model}_come
        union all
        select ${keys.join(', ')}, -${counted} from ${model}_gone
      ) b
      group by ${keys.join(', ')} having sum(n) <> 0;`);
    const wrong = `${model} counts fewer films than went; marquee verify --repair makes it anew`;
    if (recomputed === 0) return { recomputed, impact: {} };
    await this.connection.run(`
      create or replace temp table ${model}_places as
      select r.rowid as place, r.* from warehouse.main.${model} r semi join ${model}_delta d on ${same};
      delete from warehouse.main.${model} where rowid in (select place from ${model}_places);
      insert into warehouse.main.${model} (${keys.join(', ')}, ${counted})
      select ${keys.join(', ')}, cast(case when sum(n) > 0 then sum(n) else error(${literal(wrong)}) end as bigint)
      from (
        select ${keys.join(', ')}, ${counted} as n from ${model}_places
        union all
        select ${keys.join(', ')}, n from ${model}_delta
      ) a
      group by ${keys.join(', ')} having sum(n) <> 0;`);
    return { recomputed, impact: {} };
  }

  /** Recomputes the groups that changed films were or are in, and replaces those of their rows that are others. */
  async runGroups(step: ModelStep, group: string): Promise<Account> {
    const { model } = step;
    const impact: Record<string, number> = {};
    const groups = await this.bindGroup(group, step.reads ?? 'true', impact);
    this.touched.set(model, impact[group] === 0 ? 'same' : 'groups');
    if (impact[group] === 0) return { recomputed: 0, impact };
    const on = (await this.columns.shared(groups, `warehouse.main.${model}`)).join(', ');
    const recomputed = await this.connection.count(`
      create or replace temp table ${model}_after as
      select m.* from (${this.library.text(model)}) m semi join ${groups} using (${on})`);
    await this.connection.run(`
      drop view if exists temp.main.${this.library.plan.publish.partitioned.relation};
      create or replace temp table ${model}_places as
      select r.rowid as place, hash(r) as print from warehouse.main.${model} r semi join ${groups} using (${on});
      create or replace temp table ${model}_gone as
      select p.* from ${model}_places p anti join (select hash(a) as print from ${model}_after a) using (print);
      create or replace temp table ${model}_come as
      select a.* from ${model}_after a anti join ${model}_places p on p.print = hash(a);
      delete from warehouse.main.${model} where rowid in (select place from ${model}_gone);
      insert into warehouse.main.${model} from ${model}_come;`);
    return { recomputed, impact };
  }

  /**
   * Binds the partitioned relation to all films of the groups that changed films were or are in: as a view made for this
   * step, since a model reads few of their columns. Where that may be most films, nothing is bound: to read all of them
   * takes less than to pick.
   *
   * @param reads which films are read at all
   * @returns the name of the relation that holds these groups, the write set; where there is none, no films are bound
   */
  private async bindGroup(group: string, reads: string, impact: Record<string, number>): Promise<string> {
    const { relation: films, key } = this.library.plan.publish.partitioned;
    const text = this.library.text(group);
    impact[group] = await this.connection.count(`
      create or replace temp view ${films} as select * exclude (print) from changed_rows;
      create or replace temp table ${group}_groups as select distinct * exclude (${key}) from (${text}) g;`);
    await this.connection.run(`drop view temp.main.${films}`);
    if (impact[group] === 0) return `${group}_groups`;
    const columns = await this.columns.of(`${group}_groups`);
    // A film's place stands for its key: to read, hash and compare a million texts, twice, takes longer than all the rest.
    const picked = await this.connection.count(`
      create or replace temp view ${films} as
      select * exclude (${key}), rowid as ${key} from warehouse.main.${films} where ${reads};
      create or replace temp table ${group}_films as
      select ${key} as place from (${text}) g semi join ${group}_groups using (${columns.join(', ')});`);
    await this.connection.run(`drop view temp.main.${films}`);
    this.filmCount ??= await this.connection.count(`select count(*) from warehouse.main.${films}`);
    if (picked / this.filmCount < this.pickedShare) {
      await this.connection.run(`
        create or replace temp view ${films} as ${await rowsAt(this.connection, films, `${group}_films`)}`);
    }
    return `${group}_groups`;
  }
}
