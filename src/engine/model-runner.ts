import { MarqueeError } from '../error.ts';
import { AtHand } from './at-hand.ts';
import { BoundInputs } from './bound-inputs.ts';
import { bulkCompressed } from './bulk-writes.ts';
import { Columns } from './columns.ts';
import type { Connection } from './connection.ts';
import { checksum, type Touched } from './content.ts';
import type { Scope, StepAccount } from './engine.ts';
import { rowsAt } from './places.ts';
import type { ModelStep, SqlLibrary } from './sql-library.ts';

/** What a run of the plan goes by. */
export interface RunnerOptions {
  /** What the epoch wrote before. */
  readonly atHand?: AtHand;
  /** Whether a full run may fill the tables that are there, since they are of the same models. */
  readonly areTablesKept?: boolean;
  /** See `BoundInputs`; tests say fewer. */
  readonly viewedKeys?: number | undefined;
  /** Takes down how aggregates are left. */
  readonly touched?: Touched;
}

/**
 * Runs the plan: one query a model, two scopes.
 *
 * A name in a model's text means the warehouse's whole relation, unless a temporary relation of that name stands
 * before it: temporary relations come first when DuckDB resolves a name. An incremental run binds the inputs that
 * way to the affected keys, runs the same text, and replaces exactly the rows of the write set.
 */
export class ModelRunner {
  private readonly connection: Connection;
  private readonly library: SqlLibrary;
  private readonly scope: Scope;
  private readonly atHand: AtHand;
  private readonly areTablesKept: boolean;
  private readonly columns: Columns;
  private readonly inputs: BoundInputs;
  private readonly touched: Touched;

  constructor(connection: Connection, library: SqlLibrary, scope: Scope, options: RunnerOptions = {}) {
    this.connection = connection;
    this.library = library;
    this.scope = scope;
    this.atHand = options.atHand ?? new AtHand();
    this.areTablesKept = options.areTablesKept ?? false;
    this.touched = options.touched ?? (new Map() as Touched);
    this.columns = new Columns(connection);
    this.inputs = new BoundInputs(connection, this.columns, this.atHand, options.viewedKeys);
  }

  /** @throws MarqueeError of a check that the step names, exit code 2 */
  async run(step: ModelStep): Promise<StepAccount> {
    const started = performance.now();
    const account = await this.runAs(step);
    if (step.fails !== undefined && this.touched.get(step.model) !== 'same') await this.failOn(step.fails);
    return { model: step.model, ...account, durationMs: performance.now() - started };
  }

  private runAs(step: ModelStep): Promise<Account> {
    if (this.scope === 'everything') return this.runWhole(step);
    if (step.full !== undefined) return this.runSmall(step, step.full);
    if (step.tally !== undefined) return this.runTally(step, step.tally);
    return step.group === undefined ? this.runScoped(step) : this.runGroups(step, step.group);
  }

  /** Ends the run where the configuration does not fit the data: only now is the model there that shows it. */
  private async failOn(check: string): Promise<void> {
    const [row] = await this.connection.rows(
      `select code, message, hint from (${this.library.text(check)}) c`,
    );
    if (row === undefined) return;
    throw new MarqueeError(String(row['code']), String(row['message']), {
      hint: String(row['hint']),
      exitCode: 2,
    });
  }

  /**
   * Recomputes a relation from whole inputs. A table that is there is filled anew, where it may be: DuckDB goes by the rows
   * that were committed, gone or not, when it decides how many threads read it and which side of a join is the larger.
   */
  private async runWhole({ model }: ModelStep): Promise<Account> {
    const table = `warehouse.main.${model}`;
    const text = this.library.text(model);
    await bulkCompressed(this.connection, () =>
      this.connection.run(
        this.areTablesKept
          ? `delete from ${table}; insert into ${table} ${text}`
          : `create or replace table ${table} as ${text}`,
      ),
    );
    return { recomputed: await this.countOf(table), impact: {} };
  }

  /** Recomputes a small relation whole, keeping what it was at hand for impact queries. */
  private async runSmall({ model }: ModelStep, inputs: readonly string[]): Promise<Account> {
    if (inputs.every((input) => this.touched.get(input) === 'same')) {
      this.touched.set(model, 'same');
      if (this.isAsked(model)) {
        await this.connection.run(
          `create or replace temp view ${model}_before as from warehouse.main.${model}`,
        );
      }
      return { recomputed: 0, impact: {} };
    }
    if (this.isAsked(model)) {
      await this.connection.run(
        `create or replace temp table ${model}_before as from warehouse.main.${model}`,
      );
    }
    await this.connection.run(`create or replace temp table ${model}_after as ${this.library.text(model)}`);
    const same = await this.connection.count(`
      select count(*) from (
        select count(*), ${checksum('b')} from warehouse.main.${model} b
        intersect
        select count(*), ${checksum('a')} from ${model}_after a)`);
    if (same > 0) this.touched.set(model, 'same');
    else {
      await this.connection.run(`
        delete from warehouse.main.${model};
        insert into warehouse.main.${model} from ${model}_after;`);
    }
    return { recomputed: await this.countOf(`${model}_after`), impact: {} };
  }

  private async runScoped(step: ModelStep): Promise<Account> {
    const { model, write } = step;
    if (write === undefined) throw new Error(`sql/plan.yaml: ${model} has neither write nor group nor full`);
    const impact: Record<string, number> = {};
    for (const relation of step.impact) {
      await this.connection.run(`create or replace temp table ${relation} as ${this.library.text(relation)}`);
      impact[relation] = await this.countOf(relation);
      // At once, so that the next of these looks among few.
      for (const [input, keys] of Object.entries(step.scope)) {
        if (keys === relation) await this.inputs.bind(input, keys);
      }
    }
    const on = await this.columns.shared(write, `warehouse.main.${model}`);
    const { relation: films } = this.library.plan.publish.partitioned;
    await this.connection.run(`
      create or replace temp table ${model}_places as
      select r.rowid as place from warehouse.main.${model} r semi join ${write} using (${on.join(', ')});`);
    if (model === films) await this.noteFilmsBefore();
    else if (this.isAsked(model)) {
      await this.connection.run(
        `create or replace temp table ${model}_before as ${await rowsAt(this.connection, model, `${model}_places`)}`,
      );
    }
    // The rows that are put in are never held anywhere else: they are those behind the last one that was there.
    const last = `select coalesce(max(rowid), -1) from warehouse.main.${model}`;
    await this.connection.run(`
      create or replace temp view ${model}_after as
      select * from warehouse.main.${model} where rowid > ${await this.connection.count(last)};
      delete from warehouse.main.${model} where rowid in (from ${model}_places);
      insert into warehouse.main.${model}
      select m.* from (${this.library.text(model)}) m semi join ${write} using (${on.join(', ')});`);
    await this.inputs.unbind();
    this.atHand.note(model, { rows: `${model}_after`, keys: write, on });
    if (model === films) await this.noteChangedFilms();
    return { recomputed: await this.countOf(`${model}_after`), impact };
  }

  /** Of the films that will be written, as they were: what groups ask of them, and a print of all the rest. */
  private async noteFilmsBefore(): Promise<void> {
    const { relation } = this.library.plan.publish.partitioned;
    await this.connection.run(`
      create or replace temp table ${relation}_before as
      ${await rowsAt(this.connection, relation, `${relation}_places`, this.asked('r'))}`);
  }

  /** Of the films that were written, those whose rows are others than before: what groups and partitions follow from. */
  private async noteChangedFilms(): Promise<void> {
    const { relation, order: key } = this.library.plan.publish.partitioned;
    await this.connection.run(`
      create or replace temp table come_rows as
      select ${this.asked('r')} from ${relation}_after r anti join ${relation}_before b on b.${key} = r.${key} and b.print = hash(r);
      create or replace temp table gone_rows as
      select b.* from ${relation}_before b anti join ${relation}_after r on r.${key} = b.${key} and hash(r) = b.print;
      create or replace temp view changed_rows as from gone_rows union all from come_rows;`);
  }

  /** What is remembered of a changed film: see `changed` in sql/plan.yaml. */
  private asked(alias: string): string {
    const { relation, order: key } = this.library.plan.publish.partitioned;
    const columns = [key, ...(this.library.plan.changed[relation] ?? [])].map(
      (column) => `${alias}.${column}`,
    );
    return `${columns.join(', ')}, hash(${alias}) as print`;
  }

  /** Adds to counts of films what the films that came count for, and takes off what those that went did. */
  private async runTally({ model }: ModelStep, counted: string): Promise<Account> {
    const { relation: films } = this.library.plan.publish.partitioned;
    const all = await this.columns.of(`warehouse.main.${model}`);
    const keys = all.filter((column) => column !== counted);
    const text = this.library.text(model);
    const same = keys.map((key) => `d.${key} is not distinct from r.${key}`).join(' and ');
    await this.connection.run(`
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
    const recomputed = await this.countOf(`${model}_delta`);
    if (recomputed === 0) return { recomputed, impact: {} };
    await this.connection.run(`
      create or replace temp table ${model}_places as
      select r.rowid as place, r.* from warehouse.main.${model} r semi join ${model}_delta d on ${same};
      delete from warehouse.main.${model} where rowid in (select place from ${model}_places);
      insert into warehouse.main.${model} (${keys.join(', ')}, ${counted})
      select ${keys.join(', ')}, cast(sum(n) as bigint)
      from (
        select ${keys.join(', ')}, ${counted} as n from ${model}_places
        union all
        select ${keys.join(', ')}, n from ${model}_delta
      ) a
      group by ${keys.join(', ')} having sum(n) > 0;`);
    return { recomputed, impact: {} };
  }

  /** Recomputes the groups that changed films were or are in, and replaces those of their rows that are others. */
  private async runGroups(step: ModelStep, group: string): Promise<Account> {
    const { model } = step;
    const impact: Record<string, number> = {};
    const groups = await this.bindGroup(group, step.reads, impact);
    this.touched.set(model, impact[group] === 0 ? 'same' : 'groups');
    if (impact[group] === 0) return { recomputed: 0, impact };
    const on = (await this.columns.shared(groups, `warehouse.main.${model}`)).join(', ');
    await this.connection.run(`
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
    return { recomputed: await this.countOf(`${model}_after`), impact };
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
    const { relation: films, order: key } = this.library.plan.publish.partitioned;
    const text = this.library.text(group);
    await this.connection.run(`
      create or replace temp view ${films} as select * exclude (print) from changed_rows;
      create or replace temp table ${group}_groups as select distinct * exclude (${key}) from (${text}) g;
      drop view temp.main.${films};`);
    impact[group] = await this.countOf(`${group}_groups`);
    if (impact[group] === 0) return `${group}_groups`;
    const columns = await this.columns.of(`${group}_groups`);
    // A film's place stands for its key: to read, hash and compare a million texts, twice, takes longer than all the rest.
    await this.connection.run(`
      create or replace temp view ${films} as
      select * exclude (${key}), rowid as ${key} from warehouse.main.${films} where ${reads};
      create or replace temp table ${group}_films as
      select ${key} as place from (${text}) g semi join ${group}_groups using (${columns.join(', ')});
      drop view temp.main.${films};`);
    const share = (await this.countOf(`${group}_films`)) / (await this.countOf(`warehouse.main.${films}`));
    if (share < pickedShare) {
      await this.connection.run(`
        create or replace temp view ${films} as ${await rowsAt(this.connection, films, `${group}_films`)}`);
    }
    return `${group}_groups`;
  }

  /** Whether some relation asks for the rows of a model as they were. */
  private isAsked(model: string): boolean {
    return this.library.isMentioned(`${model}_before`);
  }

  private countOf(relation: string): Promise<number> {
    return this.connection.count(`select count(*) from ${relation}`);
  }
}

/** Below this share of all films, those of some groups are picked before they are read. */
const pickedShare = 0.2;

type Account = Pick<StepAccount, 'recomputed' | 'impact'>;
