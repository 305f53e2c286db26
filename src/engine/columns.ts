import type { Connection } from './connection.ts';

/** Column names of relations, each looked up once: whoever asks makes no relation anew with other columns. */
export class Columns {
  private readonly connection: Connection;
  private readonly known = new Map<string, readonly string[]>();

  constructor(connection: Connection) {
    this.connection = connection;
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
