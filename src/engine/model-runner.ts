import { MarqueeError } from '../error.ts';
import { AggregateRunner, type Account } from './aggregate-runner.ts';
import { AtHand } from './at-hand.ts';
import { BoundInputs } from './bound-inputs.ts';
import { bulkCompressed } from './bulk-writes.ts';
import { Columns, type KnownColumns } from './columns.ts';
import type { Connection } from './connection.ts';
import { checksum, type Touched } from './content.ts';
import type { Scope, StepAccount } from './engine.ts';
import { rowsAt } from './places.ts';
import type { ModelStep, SqlLibrary } from './sql-library.ts';

/** When one way is taken over another that gives the same; tests say otherwise than usual. */
export interface RunnerThresholds {
  /** See `BoundInputs`. */
  readonly viewedKeys?: number | undefined;
  /** See `AggregateRunner`. */
  readonly pickedShare?: number | undefined;
}

/** What a run of the plan goes by. */
export interface RunnerOptions {
  /** What the epoch wrote before. */
  readonly atHand?: AtHand;
  /** Whether a full run may fill the tables that are there, since they are of the same models. */
  readonly areTablesKept?: boolean;
  readonly thresholds?: RunnerThresholds;
  /** Takes down how aggregates are left. */
  readonly touched?: Touched;
  /** What is known of columns from earlier runs of the same plan. */
  readonly columns?: KnownColumns;
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
  private readonly aggregates: AggregateRunner;
  private readonly touched: Touched;
  /** How many rows the relations have that say what is affected: not always what is told of them, see `writeSet`. */
  private readonly sizes = new Map<string, number>();

  constructor(connection: Connection, library: SqlLibrary, scope: Scope, options: RunnerOptions = {}) {
    this.connection = connection;
    this.library = library;
    this.scope = scope;
    this.atHand = options.atHand ?? new AtHand();
    this.areTablesKept = options.areTablesKept ?? false;
    this.touched = options.touched ?? (new Map() as Touched);
    this.columns = new Columns(connection, options.columns);
    const { viewedKeys, pickedShare } = options.thresholds ?? {};
    this.inputs = new BoundInputs(connection, this.columns, this.atHand, viewedKeys);
    this.aggregates = new AggregateRunner(connection, library, this.columns, this.touched, pickedShare);
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
    if (step.tally !== undefined) return this.aggregates.runTally(step, step.tally);
    return step.group === undefined ? this.runScoped(step) : this.aggregates.runGroups(step, step.group);
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
    const recomputed = await bulkCompressed(this.connection, () =>
      this.connection.count(
        this.areTablesKept
          ? `delete from ${table}; insert into ${table} ${text}`
          : `create or replace table ${table} as ${text}`,
      ),
    );
    return { recomputed, impact: {} };
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
    const recomputed = await this.connection.count(
      `create or replace temp table ${model}_after as ${this.library.text(model)}`,
    );
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
    return { recomputed, impact: {} };
  }

  private async runScoped(step: ModelStep): Promise<Account> {
    const { model, write } = step;
    if (write === undefined)
      throw new Error(`sql/plan.yaml: ${model} has none of write, group, tally and full`);
    const { relation: films } = this.library.plan.publish.partitioned;
    const impact: Record<string, number> = {};
    for (const relation of step.impact) {
      const rows = await this.connection.count(
        `create or replace temp table ${relation} as ${this.library.text(relation)}`,
      );
      this.sizes.set(relation, rows);
      impact[relation] = rows;
      // Of the films it is noted even then that none changed: aggregates ask.
      if (relation === write && rows === 0 && model !== films) {
        await this.leaveAlone(model);
        return { recomputed: 0, impact };
      }
      if (relation === write) impact[relation] = await this.countOf(await this.writeSet(model, write));
      // At once, so that the next of these looks among few.
      for (const [input, keys] of Object.entries(step.scope)) {
        if (keys === relation) await this.bind(input, keys);
      }
    }
    for (const [input, keys] of Object.entries(step.scope)) await this.bind(input, keys);
    const on = await this.columns.shared(write, `warehouse.main.${model}`);
    await this.connection.run(`
      create or replace temp table ${model}_places as
      select r.rowid as place from warehouse.main.${model} r semi join ${write} using (${on.join(', ')});`);
    if (model === films) await this.noteFilmsBefore();
    else if (this.isAsked(model)) {
      const were = await rowsAt(this.connection, model, `${model}_places`, this.remembered(model, on));
      await this.connection.run(`create or replace temp table ${model}_before as ${were}`);
    }
    // The rows that are put in are never held anywhere else: they are those behind the last one that was there.
    const last = `select coalesce(max(rowid), -1) from warehouse.main.${model}`;
    const recomputed = await this.connection.count(`
      create or replace temp view ${model}_after as
      select * from warehouse.main.${model} where rowid > ${await this.connection.count(last)};
      delete from warehouse.main.${model} where rowid in (from ${model}_places);
      insert into warehouse.main.${model}
      select m.* from (${this.library.text(model)}) m semi join ${write} using (${on.join(', ')});`);
    await this.inputs.unbind();
    this.atHand.note(model, { rows: `${model}_after`, keys: write, on });
    if (model === films) await this.noteChangedFilms();
    return { recomputed, impact };
  }

  /** Nothing of a relation is written: no row of it came or went, for whoever asks. */
  private async leaveAlone(model: string): Promise<void> {
    const none = (name: string): string =>
      `create or replace temp view ${model}_${name} as select * from warehouse.main.${model} where false;`;
    await this.connection.run(`${none('after')} ${this.isAsked(model) ? none('before') : ''}`);
    await this.inputs.unbind();
  }

  private async bind(input: string, keys: string): Promise<void> {
    await this.inputs.bind(input, keys, this.sizes.get(keys) ?? (await this.countOf(keys)));
  }

  /** The keys that are written, each once: a relation may know several versions of one. */
  private async writeSet(model: string, write: string): Promise<string> {
    const on = await this.columns.shared(write, `warehouse.main.${model}`);
    return `(select distinct ${on.join(', ')} from ${write}) k`;
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
    const { relation, key } = this.library.plan.publish.partitioned;
    await this.connection.run(`
      create or replace temp table come_rows as
      select ${this.asked('r')} from ${relation}_after r anti join ${relation}_before b on b.${key} = r.${key} and b.print = hash(r);
      create or replace temp table gone_rows as
      select b.* from ${relation}_before b anti join ${relation}_after r on r.${key} = b.${key} and hash(r) = b.print;
      create or replace temp view changed_rows as from gone_rows union all from come_rows;`);
    if ((await this.countOf('changed_rows')) === 0) this.touched.set(relation, 'same');
  }

  /** What is remembered of a row that goes: all of it, unless `changed` in sql/plan.yaml says what. */
  private remembered(model: string, key: readonly string[]): string {
    const columns = this.library.plan.changed[model];
    return columns === undefined ? 'r.*' : [...key, ...columns].map((column) => `r.${column}`).join(', ');
  }

  /** What is remembered of a changed film: see `changed` in sql/plan.yaml. */
  private asked(alias: string): string {
    const { relation, key } = this.library.plan.publish.partitioned;
    const columns = [key, ...(this.library.plan.changed[relation] ?? [])].map(
      (column) => `${alias}.${column}`,
    );
    return `${columns.join(', ')}, hash(${alias}) as print`;
  }

  /** Whether some relation asks for the rows of a model as they were. */
  private isAsked(model: string): boolean {
    return this.library.isMentioned(`${model}_before`);
  }

  private countOf(relation: string): Promise<number> {
    return this.connection.count(`select count(*) from ${relation}`);
  }
}
