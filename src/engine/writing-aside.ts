import { literal, type Connection } from './connection.ts';
import { shareOf } from './share-of.ts';

/** A partition of so many rows is large ... */
const largePartition = 200_000;

/**
 * ... and while such ones are written, DuckDB has this share of its memory: a writer of Parquet files takes as much again
 * that it doesn't count. Else all of it is left to what the next epoch will read.
 */
const writingShare = 0.6;

/** What DuckDB has while no file is written. */
export interface Allotment {
  readonly threads: number;
  /** As DuckDB writes sizes: 700MB. */
  readonly memoryLimit: string;
}

/**
 * Writes files, each on a connection of its own, so that several can be written at once; each by one thread, since threads
 * that share a small file wait for each other most of the time.
 *
 * State: how many are being written, and what DuckDB is allotted meanwhile.
 */
export class WritingAside {
  readonly #open: () => Promise<Connection>;
  readonly #connection: Connection;
  readonly #usual: Allotment;
  #count = 0;
  #isLarge = false;
  #allotted: Promise<void> | null = null;

  /** @param connection one of the same instance, to set what holds for all of them */
  constructor(open: () => Promise<Connection>, connection: Connection, usual: Allotment) {
    this.#open = open;
    this.#connection = connection;
    this.#usual = usual;
  }

  /** Says how many rows the largest file will have. */
  expect(rows: number): void {
    this.#isLarge = rows >= largePartition;
  }

  /** Nobody begins before threads are allotted: to take a thread away from one who works takes as long as the work. */
  async run<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.#open();
    this.#count++;
    try {
      this.#allotted ??= this.#allot(1, this.#isLarge ? writingShare : 1);
      await this.#allotted;
      return await work(connection);
    } finally {
      connection.close();
      this.#count--;
      if (this.#count === 0) {
        this.#allotted = null;
        await this.#allot(this.#usual.threads, 1);
      }
    }
  }

  /** Gives DuckDB so many threads, and a share of its memory. */
  async #allot(threads: number, share: number): Promise<void> {
    const limit = shareOf(this.#usual.memoryLimit, share);
    await this.#connection.run(`set threads = ${threads}; set memory_limit = ${literal(limit)}`);
  }
}
