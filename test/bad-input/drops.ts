import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FileAccount } from '../../operators/batch.ts';
import { openQuerySandbox } from '../../src/engine/query-sandbox.ts';
import type { StatementProfile } from '../../src/engine/statement-profile.ts';
import type { RunOptions } from '../../src/pipeline-deps.ts';
import { publishedSnapshot } from '../../src/published-snapshot.ts';
import { backfillOnce } from '../../src/run-batches.ts';
import { readState } from '../../src/state-reader.ts';
import { marquee, type CliResult } from '../cli/run-cli.ts';

/** Two films, the credits of one, and a price index from 2000 to 2001: what has to come out whatever is beside it. */
export const good = {
  'movie_metadata/good.csv':
    'tmdb_id,title,release_date,runtime,budget,revenue,genres,imdb_id\n' +
    '1,Alpha,2000-01-15,90,1000000,7000003,Action,tt0000001\n' +
    '2,Beta,2001-02-15,91,2000000,5000003,Drama,tt0000002\n',
  'genre_cast_director/good.csv':
    'imdb_id,title,year,runtime,director,stars,votes,genre\ntt0000001,Alpha,2000,90,Ann,Eve,10,Action\n',
  'cpi/good.csv': 'DATE,CPIAUCSL\n2000-01-01,100\n2000-02-01,101\n2001-01-01,104.5\n2001-02-01,105\n',
} as const;

/** What one backfill came to. */
export interface Outcome {
  /** Of each file of the batch by its path below raw/. */
  readonly accounts: ReadonlyMap<string, FileAccount>;
  readonly remarks: readonly string[];
}

/** A root whose drops a hostile user makes. */
export class Drops {
  readonly root: string = mkdtempSync(path.join(tmpdir(), 'marquee-bad-'));

  constructor(files: Readonly<Record<string, string>> = good) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  /** The path of something in raw/, for what `write` can't make. */
  at(name: string): string {
    return path.join(this.root, 'raw', name);
  }

  write(name: string, content: string | Buffer): void {
    mkdirSync(path.dirname(this.at(name)), { recursive: true });
    writeFileSync(this.at(name), content);
  }

  remove(name: string): void {
    rmSync(this.at(name), { recursive: true, force: true });
  }

  configure(yaml: string): void {
    writeFileSync(path.join(this.root, 'marquee.yaml'), yaml);
  }

  /** One backfill in this process. */
  async backfill(options: Partial<RunOptions> = {}, profile?: StatementProfile): Promise<Outcome> {
    const { results, remarks } = await backfillOnce(
      { root: this.root, command: 'test', ...(profile === undefined ? {} : { profile }) },
      { report: silent, ...options },
    );
    const accounts = results.flatMap((result) =>
      result.accounts.map((account) => [account.file.path, account] as const),
    );
    return { accounts: new Map(accounts), remarks };
  }

  /** The built command line on this root. */
  marquee(...args: string[]): Promise<CliResult> {
    return marquee(['--root', this.root, ...args]);
  }

  /** What is published, one line a row, cells joined with a bar. */
  async select(sql: string): Promise<string[]> {
    const sandbox = await openQuerySandbox(publishedSnapshot(this.root), {
      memoryLimit: '300MB',
      threads: 1,
    });
    try {
      const { chunks } = await sandbox.select(sql);
      const lines: string[] = [];
      for await (const chunk of chunks) {
        for (const row of chunk.getRows())
          lines.push(row.map((cell) => (cell === null ? '' : String(cell))).join('|'));
      }
      return lines;
    } finally {
      sandbox.close();
    }
  }

  /** The published films as `movie_key|revenue`. */
  films(): Promise<string[]> {
    return this.select('select movie_key, revenue from movies_enriched order by movie_key');
  }

  epoch(): number | undefined {
    return readState(this.root, (state) => state.lastEpoch()?.epoch);
  }

  /** Versions that were seen and are not in force, as `path: status`. */
  untaken(): string[] {
    return readState(this.root, (state) =>
      state
        .fileStates()
        .flatMap(({ file, unaccepted }) =>
          unaccepted === null ? [] : [`${file.path}: ${unaccepted.status}`],
        ),
    );
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** What a message must never show: a stack, or the word of a bug. */
export const stackOrBug = /^ {4}at |this is a bug|Error:|\[object |undefined/m;

const silent = { begin: () => ({ advance: () => undefined, done: () => undefined }) };
