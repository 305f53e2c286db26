import type { AtHand } from './at-hand.ts';
import type { Columns } from './columns.ts';
import type { Connection } from './connection.ts';
import { rowsAt } from './places.ts';

/** From so many keys on, an input is bound as a view. */
const usuallyViewedKeys = 50_000;

/**
 * The inputs of a model while it runs in an incremental scope: temporary relations of the names of the warehouse's, which
 * come first when DuckDB resolves a name. State: the names.
 */
export class BoundInputs {
  private readonly connection: Connection;
  private readonly columns: Columns;
  private readonly atHand: AtHand;
  private readonly viewedKeys: number;
  private readonly bound = new Map<string, 'view' | 'table'>();

  constructor(
    connection: Connection,
    columns: Columns,
    atHand: AtHand,
    viewedKeys: number = usuallyViewedKeys,
  ) {
    this.connection = connection;
    this.columns = columns;
    this.atHand = atHand;
    this.viewedKeys = viewedKeys;
  }

  /**
   * Binds an input to its rows of some keys. Those that this epoch put in are at hand; others are sought by their keys
   * first, in narrow columns, and then fetched by their place, since to read wide rows only to drop them takes longest.
   *
   * Where they are many, or none, they are bound as a view. What a transaction wrote, temporary tables among it, DuckDB reads with
   * one thread, and it joins these in the wrong order, since it takes them to be empty.
   *
   * @param count how many keys there are
   */
  async bind(relation: string, keys: string, count: number): Promise<void> {
    if (this.bound.has(relation)) return;
    const on = await this.columns.shared(keys, `warehouse.main.${relation}`);
    const using = `using (${on.join(', ')})`;
    if (count === 0 || count >= this.viewedKeys) {
      this.bound.set(relation, 'view');
      const which = count === 0 ? 'where false' : `semi join ${keys} ${using}`;
      await this.connection.run(
        `create or replace temp view ${relation} as select r.* from warehouse.main.${relation} r ${which}`,
      );
      return;
    }
    const sought = async (wanted: string): Promise<string> => {
      await this.connection.run(`
        create or replace temp table sought_places as
        select x.rowid as place from warehouse.main.${relation} x semi join ${wanted} ${using}`);
      return rowsAt(this.connection, relation, 'sought_places');
    };
    const hand = this.atHand.of(relation);
    const rows =
      hand === null || !hand.on.every((column) => on.includes(column))
        ? await sought(keys)
        : `select r.* from ${hand.rows} r semi join ${keys} ${using}
           union all
           ${await sought(`(select k.* from ${keys} k anti join ${hand.keys} using (${hand.on.join(', ')}))`)}`;
    this.bound.set(relation, 'table');
    await this.connection.run(`create or replace temp table ${relation} as ${rows}`);
  }

  /** Gives all of these names back to the warehouse. */
  async unbind(): Promise<void> {
    for (const [relation, kind] of this.bound)
      await this.connection.run(`drop ${kind} temp.main.${relation}`);
    this.bound.clear();
  }
}
