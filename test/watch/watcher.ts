import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BatchResult, FileAccount } from '../../operators/batch.ts';
import { readState } from '../../src/state-reader.ts';
import { mainFile, marquee } from '../cli/run-cli.ts';

/** A line of the log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string; readonly code?: string };

/** A root and a real `marquee watch` on it, the built one, in a process of its own. */
export class Watcher {
  readonly root: string;
  readonly results: BatchResult[] = [];
  readonly log: LogLine[] = [];
  private child: ChildProcess | null = null;
  /** Its exit code, once it has ended. */
  ended: Promise<number | null> = Promise.resolve(null);

  /** @param yaml marquee.yaml; without rescans, so that it is the events that carry */
  constructor(yaml = 'watch: { settle_ms: 300, rescan_s: 0 }\n') {
    this.root = mkdtempSync(path.join(tmpdir(), 'marquee-watch-'));
    for (const source of ['movie_metadata', 'genre_cast_director', 'cpi']) {
      mkdirSync(path.join(this.root, 'raw', source), { recursive: true });
    }
    writeFileSync(path.join(this.root, 'marquee.yaml'), yaml);
    writeFileSync(this.raw('cpi/cpi.csv'), 'DATE,CPIAUCSL\n2000-01-01,100\n2003-12-01,110\n');
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  raw(file: string): string {
    return path.join(this.root, 'raw', file);
  }

  /**
   * Starts the process; resolves when it watches.
   *
   * @param options `node`: arguments for Node.js; `args`: more for the command; `uid`: the user it runs as
   */
  async start(
    options: { node?: readonly string[]; uid?: number; args?: readonly string[] } = {},
  ): Promise<void> {
    const lines = this.log.length;
    const child = spawn(
      process.execPath,
      [
        ...(options.node ?? []),
        mainFile,
        'watch',
        '--root',
        this.root,
        '--json',
        '--log-format',
        'json',
        ...(options.args ?? []),
      ],
      options.uid === undefined ? {} : { uid: options.uid, gid: options.uid },
    );
    this.child = child;
    this.ended = new Promise((resolve) => child.on('close', resolve));
    perLine(child.stdout, (line) => this.results.push(JSON.parse(line) as BatchResult));
    perLine(child.stderr, (line) => this.log.push(parseLog(line)));
    await this.until('it watches', () =>
      this.log.slice(lines).some(({ msg }) => msg.startsWith('watching ')),
    );
  }

  /** Sends a signal; resolves with the exit code. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child?.kill(signal);
    return this.ended;
  }

  /** Looks until something is so. */
  async until(what: string, isSo: () => boolean, seconds = 25): Promise<void> {
    for (const end = Date.now() + seconds * 1000; !isSo();) {
      if (Date.now() > end) {
        const log = this.log.map((line) => JSON.stringify(line).slice(0, 300)).join('\n');
        throw new Error(`waited ${seconds} s for: ${what}\n${log}`);
      }
      await pause(40);
    }
  }

  /** Whether the log says something, in whatever field. */
  said(pattern: RegExp): boolean {
    return this.log.some((line) => pattern.test(JSON.stringify(line)));
  }

  /** Writes a file beside raw/ and renames it into place. */
  drop(file: string, text: string): void {
    const temp = path.join(this.root, 'drop');
    writeFileSync(temp, text);
    renameSync(temp, this.raw(file));
  }

  /** Records in force by path. */
  inForce(): Readonly<Record<string, number>> {
    const files = readState(this.root, (state) => state.fileStates());
    return Object.fromEntries(
      files.flatMap(({ file, inForce }) => (inForce === null ? [] : [[file.path, inForce.records]])),
    );
  }

  /** Waits until a file has so many records in force; null: until it has none. */
  async untilInForce(file: string, records: number | null): Promise<void> {
    await this.until(
      `${String(records)} records of ${file} in force`,
      () => (this.inForce()[file] ?? null) === records,
    );
  }

  /** What became of a file, batch by batch, as far as epochs came of it. */
  accounts(file: string): FileAccount[] {
    return this.results.flatMap(({ accounts }) => accounts.filter((account) => account.file.path === file));
  }

  /** Differences to a rebuild from raw/, as `marquee verify` finds them; the watcher must have ended. */
  async verify(): Promise<{ code: number | null; said: string }> {
    const { code, stdout, stderr } = await marquee(['verify', '--root', this.root]);
    return { code, said: stdout + stderr };
  }

  async dispose(): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** A CSV of films with ids from `from` on; `version` changes the revenues. */
export function films(from: number, count: number, version = 0): string {
  return `tmdb_id,title,release_date,budget,revenue\n${filmLines(from, count, version)}`;
}

/** Its lines without the header. */
export function filmLines(from: number, count: number, version = 0): string {
  return Array.from({ length: count }, (_, n) => {
    const id = from + n;
    return `${id},"Film, ${id}",${2000 + (id % 4)}-03-15,${1_000_000 + id},${2_000_000 + id + version}\n`;
  }).join('');
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function perLine(stream: NodeJS.ReadableStream | null, tell: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(tell);
  });
}

/** What is no JSON is a message of the command line. */
function parseLog(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}
