import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { Sample } from '../../src/engine/engine.ts';
import { loadSqlLibrary, type SqlLibrary } from '../../src/engine/sql-library.ts';
import { publishedSnapshot } from '../../src/published-snapshot.ts';
import { backfillOnce, type BackfillResult } from '../../src/run-batches.ts';
import { readState } from '../../src/state-reader.ts';
import { verify } from '../../src/verify/verify.ts';
import { workspacePaths } from '../../src/workspace-paths.ts';

const silent = { begin: () => ({ advance: () => undefined, done: () => undefined }) };

/** A root with 60 films of four years, credits for some, and prices: enough for the guard to judge. */
export class Root {
  folder: string;

  constructor() {
    this.folder = mkdtempSync(path.join(tmpdir(), 'marquee-root-'));
    this.writeFilms(60);
    this.write(
      'genre_cast_director/credits.csv',
      `title,year,director,stars\n${lines(20, (id) => `Film ${id},${2000 + (id % 4)},Director ${id % 3},Star ${id}`)}`,
    );
    this.write('cpi/cpi.csv', 'DATE,CPIAUCSL\n2000-01-01,100\n2002-07-01,104.5\n2003-12-01,110\n');
  }

  get paths(): ReturnType<typeof workspacePaths> {
    return workspacePaths(this.folder);
  }

  write(file: string, text: string): void {
    const to = path.join(this.folder, 'raw', file);
    mkdirSync(path.dirname(to), { recursive: true });
    writeFileSync(to, text);
  }

  remove(file: string): void {
    rmSync(path.join(this.folder, 'raw', file), { recursive: true, force: true });
  }

  /** Films 1 to `count`; revenues grow with `version` in every tenth. */
  writeFilms(count: number, version = 0): void {
    const film = (id: number): string =>
      `${id},Film ${id},${2000 + (id % 4)}-0${1 + (id % 9)}-15,${1_000_000 * id},${2_500_000 * id + (id % 10 === 0 ? version : 0)},Drama|Comedy,Studio ${id % 5}`;
    this.write(
      'movie_metadata/films.csv',
      `tmdb_id,title,release_date,budget,revenue,genres,production_companies\n${lines(count, film)}`,
    );
  }

  /** A configuration that publishes again what is in force of a file that is gone. */
  configure(yaml: string): void {
    writeFileSync(path.join(this.folder, 'marquee.yaml'), yaml);
  }

  /** Removes stores behind marquee's back. */
  lose(...stores: ('state' | 'warehouse' | 'curated')[]): void {
    for (const store of stores)
      for (const suffix of ['', '-wal', '-shm', '.wal'])
        rmSync(`${this.paths[store]}${suffix}`, { recursive: true, force: true });
  }

  backfill({
    library,
    ...options
  }: {
    acceptAll?: boolean;
    library?: SqlLibrary;
    reached?: (step: string) => void;
  } = {}): Promise<BackfillResult> {
    const opening = { root: this.folder, command: 'test', ...(library === undefined ? {} : { library }) };
    return backfillOnce(opening, { report: silent, ...options });
  }

  /** Paths of the drops that are held. */
  held(): string[] {
    return readState(this.folder, (state) => state.held().map(({ file }) => file.path));
  }

  epoch(): number | undefined {
    return readState(this.folder, (state) => state.lastEpoch()?.epoch);
  }

  /** Opens the serving file of a snapshot as a reader does. */
  async reading<T>(
    work: (connection: DuckDBConnection) => Promise<T>,
    snapshot = publishedSnapshot(this.folder),
  ): Promise<T> {
    const instance = await DuckDBInstance.create(path.join(snapshot, 'marquee.duckdb'), {
      access_mode: 'READ_ONLY',
    });
    const connection = await instance.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  }

  /** Every row of every published relation, as text; what is history is left out. */
  published(): Promise<string[]> {
    return this.reading(async (connection) => {
      const all = async (sql: string): Promise<string[]> =>
        (await connection.runAndReadAll(sql)).getRows().map((row) => String(row[0]));
      const names = await all(
        `select table_name from information_schema.tables where table_name <> 'pipeline_epochs' order by 1`,
      );
      const rows: string[] = [];
      for (const name of names) {
        const some =
          name === 'pipeline_info'
            ? '(select * exclude (epoch, committed_at, config_hash) from pipeline_info)'
            : name;
        rows.push(...(await all(`select '${name} ' || cast(r as varchar) from ${some} r order by 1`)));
      }
      return rows;
    });
  }

  /** What `verify` has to complain of, as lines; none is right. */
  async verified(sample: Sample | null = null, library?: SqlLibrary): Promise<string[]> {
    const edited = library === undefined ? {} : { library };
    const { relations, files } = await verify({ root: this.folder, sample, report: silent, ...edited });
    return [
      ...files.map(({ path: place, message }) => `${place}: ${message}`),
      ...relations
        .filter(({ isEqual }) => !isEqual)
        .map(
          (relation) =>
            `${relation.relation} in ${relation.place}: ${JSON.stringify([relation.files, relation.rows])}`,
        ),
    ];
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function lines(count: number, line: (id: number) => string): string {
  return Array.from({ length: count }, (_, at) => `${line(at + 1)}\n`).join('');
}

/** `sql/` with an edit in the text of one relation. */
export function edited(relation: string, text: string, by: string): SqlLibrary {
  const library = loadSqlLibrary();
  if (!library.text(relation).includes(text)) throw new Error(`${relation} does not say ${text}`);
  return {
    ...library,
    hash: `edited ${relation}`,
    text: (name) => (name === relation ? library.text(name).replace(text, by) : library.text(name)),
  };
}
