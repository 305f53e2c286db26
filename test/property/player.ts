import { csvOf, files, type FileName, type Kind, type Operation, type Row } from './domain.ts';
import type { World } from './world.ts';

/** Plays operations on a world, and knows what its files hold. */
export class Player {
  readonly world: World;
  /** What stands in raw/, by file. */
  readonly rows = new Map<FileName, readonly Row[]>();
  private readonly past = new Map<FileName, (readonly Row[])[]>();
  private clock = 1_700_000_000;
  isReconfigured = false;

  private readonly filler: number;

  /** @param filler rows that every file has around those that are played with: long files are read in other lanes */
  constructor(world: World, filler = 0) {
    this.world = world;
    this.filler = filler;
  }

  async play(operation: Operation): Promise<void> {
    switch (operation.op) {
      case 'write':
        return this.put(operation.file, operation.rows);
      case 'insert': {
        const rows = this.rowsOf(operation.file);
        const index = operation.at % (rows.length + 1);
        return this.put(operation.file, [...rows.slice(0, index), operation.row, ...rows.slice(index)]);
      }
      case 'change':
        return this.edit(operation.file, operation.at, () => [operation.row]);
      case 'set':
        return this.edit(operation.file, operation.at, (row) => [
          { ...row, [operation.column]: operation.row[operation.column] ?? '' },
        ]);
      case 'delete':
        return this.edit(operation.file, operation.at, () => []);
      case 'duplicate':
        return this.edit(operation.file, operation.at, (row) => [row, row]);
      case 'reverse':
        if (this.rows.has(operation.file))
          this.put(operation.file, [...this.rowsOf(operation.file)].reverse());
        return;
      case 'touch':
        this.clock += 1000;
        if (this.rows.has(operation.file)) this.world.touch(operation.file, this.clock);
        return;
      case 'remove':
        this.rows.delete(operation.file);
        this.world.remove(operation.file);
        return;
      case 'restore': {
        const past = this.past.get(operation.file) ?? [];
        const before = past[past.length - 2] ?? past[0];
        if (before !== undefined) this.put(operation.file, before);
        return;
      }
      case 'swap': {
        const [mine, other] = [this.rows.get(operation.file), this.rows.get(operation.other)];
        if (mine === undefined || other === undefined) return;
        this.put(operation.file, other);
        return this.put(operation.other, mine);
      }
      case 'restart':
        return this.world.restart();
      case 'configure':
        this.isReconfigured = true;
        return this.world.configure(operation.yaml);
    }
  }

  private rowsOf(file: FileName): readonly Row[] {
    return this.rows.get(file) ?? [];
  }

  private edit(file: FileName, at: number, change: (row: Row) => readonly Row[]): void {
    const rows = this.rowsOf(file);
    const index = rows.length === 0 ? 0 : at % rows.length;
    const row = rows[index];
    if (row !== undefined)
      this.put(file, [...rows.slice(0, index), ...change(row), ...rows.slice(index + 1)]);
  }

  private put(file: FileName, rows: readonly Row[]): void {
    this.rows.set(file, rows);
    this.past.set(file, [...(this.past.get(file) ?? []), rows]);
    this.world.write(file, csvOf(files[file], filled(files[file], rows, this.filler)));
  }
}

/**
 * Rows among others that are the same in every version of a file, and about films and months of their own. Half of
 * them come first, and between any two rows come some.
 */
function filled(kind: Kind, rows: readonly Row[], count: number): readonly Row[] {
  if (count === 0) return rows;
  const others = Array.from({ length: count }, (_, at) => fillerOf(kind, at));
  const between = Math.floor(count / 2 / (rows.length + 1));
  const front = count - between * rows.length;
  return [
    ...others.slice(0, front),
    ...rows.flatMap((row, at) => [row, ...others.slice(front + at * between, front + (at + 1) * between)]),
  ];
}

function fillerOf(kind: Kind, at: number): Row {
  if (kind === 'prices') {
    return {
      DATE: `${1950 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}-01`,
      CPIAUCSL: `${50 + at}`,
    };
  }
  const title = `Filler ${at} of ${kind}`;
  if (kind === 'credits') return { title, year: '1990', director: `Director ${at % 7}`, stars: 'Zed' };
  // Each in a year of its own from 1930 on, and every ninth with an amount that is none.
  const film = { title, release_year: String(1930 + at), revenue: at % 9 === 0 ? `${at}x` : `${1000 + at}` };
  return kind === 'films_by_id' ? { tmdb_id: String(1000 + at), ...film } : film;
}
