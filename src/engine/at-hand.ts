/** Rows that an epoch put into a relation, in a temporary table. */
export interface RowsAtHand {
  /** The relation that holds them. */
  readonly rows: string;
  /** The relation that holds the keys of all rows that were replaced, by these or by none. */
  readonly keys: string;
  /** The columns of the keys. */
  readonly on: readonly string[];
}

/**
 * What an epoch wrote so far, by relation: whoever reads these rows next need not seek them among a million others.
 * Grows by an entry a relation.
 */
export class AtHand {
  readonly #rows = new Map<string, RowsAtHand>();

  note(relation: string, rows: RowsAtHand): void {
    this.#rows.set(relation, rows);
  }

  of(relation: string): RowsAtHand | null {
    return this.#rows.get(relation) ?? null;
  }
}
