import type { Connection } from './connection.ts';

/** Column names by relation. They follow from the texts of `sql/` alone, and so hold for all epochs of an engine. */
export type KnownColumns = Map<string, readonly string[]>;

/** Column names of relations, each looked up once. What is known grows by an entry a relation. */
export class Columns {
  private readonly connection: Connection;
  private readonly known: KnownColumns;

  constructor(connection: Connection, known: KnownColumns = new Map() as KnownColumns) {
    this.connection = connection;
    this.known = known;
  }

  async of(relation: string): Promise<readonly string[]> {
    const known = this.known.get(relation);
    if (known !== undefined) return known;
    const columns = await this.connection.columns(relation);
    this.known.set(relation, columns);
    return columns;
  }

  /** The columns by which keys are joined with a relation: those of the keys that it has too. */
  async shared(keys: string, relation: string): Promise<string[]> {
    const known = new Set(await this.of(relation));
    const shared = (await this.of(keys)).filter((column) => known.has(column));
    if (shared.length === 0)
      throw new Error(`sql/plan.yaml: ${keys} and ${relation} have no column in common`);
    return shared;
  }
}
