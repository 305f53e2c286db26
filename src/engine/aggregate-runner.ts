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
  /** How many groups changed films were or are in, by the relation that says so. */
  private readonly groups = new Map<string, number>();

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
    const all = await this.columns.of(`warehouse.main.${model}`);
    const keys = all.filter((column) => column !== counted);
    const text = this.library.text(model);
    const same = keys.map((key) => `d.${key} is not distinct from r.${key}`).join(' and ');
    const of = (films: string): string => this.over(`select * exclude (print) from ${films}`, text);
    const recomputed = await this.connection.count(`
      create or replace temp table ${model}_delta as
      select ${keys.join(', ')}, sum(n) as n
      from (
        select ${keys.join(', ')}, ${counted} as n from ${of('come_rows')} c
        union all
        select ${keys.join(', ')}, -${counted} from ${of('gone_rows')} g
      ) b
      group by ${keys.join(', ')} having sum(n) <> 0`);
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
    const count = await this.findGroups(group);
    impact[group] = count;
    this.touched.set(model, count === 0 ? 'same' : 'groups');
    if (count === 0) return { recomputed: 0, impact };
    const groups = `${group}_groups`;
    const films = await this.filmsOf(group, step.reads ?? 'true');
    const text = this.library.text(model);
    const on = (await this.columns.shared(groups, `warehouse.main.${model}`)).join(', ');
    const recomputed = await this.connection.count(`
      create or replace temp table ${model}_after as
      select m.*, hash(m) as print from ${films === null ? `(${text})` : this.over(films, text)} m semi join ${groups} using (${on})`);
    await this.connection.run(`
      create or replace temp table ${model}_places as
      select r.rowid as place, hash(r) as print from warehouse.main.${model} r semi join ${groups} using (${on});
      delete from warehouse.main.${model} where rowid in (
        select place from ${model}_places p anti join ${model}_after a using (print));
      insert into warehouse.main.${model}
      select a.* exclude (print) from ${model}_after a anti join ${model}_places p using (print);`);
    return { recomputed, impact };
  }

  /** Puts the groups that changed films were or are in into `<group>_groups`: once, though several models ask. */
  private async findGroups(group: string): Promise<number> {
    const known = this.groups.get(group);
    if (known !== undefined) return known;
    const { key } = this.library.plan.publish.partitioned;
    const changed = this.over('select * exclude (print) from changed_rows', this.library.text(group));
    const count = await this.connection.count(`
      create or replace temp table ${group}_groups as select distinct * exclude (${key}) from ${changed} g`);
    this.groups.set(group, count);
    return count;
  }

  /**
   * A query for all films of the groups that changed films were or are in. Null where these may be most films: to read all
   * of them takes less than to pick.
   *
   * @param reads which films are read at all
   */
  private async filmsOf(group: string, reads: string): Promise<string | null> {
    const { relation: films, key } = this.library.plan.publish.partitioned;
    const columns = await this.columns.of(`${group}_groups`);
    // A film's place stands for its key: to read, hash and compare a million texts, twice, takes longer than all the rest.
    const placed = `select * exclude (${key}), rowid as ${key} from warehouse.main.${films} where ${reads}`;
    const picked = await this.connection.count(`
      create or replace temp table ${group}_films as
      select ${key} as place from ${this.over(placed, this.library.text(group))} g
      semi join ${group}_groups using (${columns.join(', ')})`);
    this.filmCount ??= await this.connection.count(`select count(*) from warehouse.main.${films}`);
    if (picked / this.filmCount >= this.pickedShare) return null;
    return rowsAt(this.connection, films, `${group}_films`);
  }

  /** A model's text over other films than all: a name in it means the warehouse's relation unless a query around it has that name. */
  private over(films: string, text: string): string {
    const { relation } = this.library.plan.publish.partitioned;
    return `(with ${relation} as not materialized (${films}) select * from (${text}) t)`;
  }
}
