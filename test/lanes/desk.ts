import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Drop, FileAccount } from '../../operators/batch.ts';
import { diffBatch, type DiffDeps } from '../../operators/diff.ts';
import { stageBatch, type StageDeps } from '../../operators/stage.ts';
import { surveyFile } from '../../src/csv/survey.ts';
import { usualForm, type SurveyForm } from '../../src/csv/survey-form.ts';
import type { EpochSession } from '../../src/engine/engine.ts';
import type { DuckDbEngine } from '../../src/engine/duckdb-engine.ts';
import { openDrop } from '../../src/open-drop.ts';
import { FileSpool } from '../../src/key-spool.ts';
import { openParts } from '../../src/open-parts.ts';
import { packageRoot } from '../../src/package-root.ts';
import { statFile } from '../../src/scan.ts';
import { loadSources } from '../../src/sources/declaration.ts';
import { openMemoryStore } from '../../state/memory-store.ts';
import type { QuarantineEntry } from '../../state/records.ts';
import { openEngine } from '../engine/open-engine.ts';

/** Rows of which each is told; of more only a hash over all. */
const most = 1000;

const sources = loadSources(path.join(packageRoot, 'sql', 'sources'));
const silent = { begin: () => ({ advance: () => undefined, done: () => undefined }) };

/** From where on which lane is taken; `form` null: no file has blocks. */
export interface Lanes {
  readonly bulkBytes: number;
  readonly sieveRecords: number;
  readonly form: SurveyForm | null;
}

/** Everything comes record by record and is typed and checked: what the other lanes have to agree with. */
export const recordsOnly: Lanes = { bulkBytes: Infinity, sieveRecords: Infinity, form: null };

/** Blocks of some 100 bytes: a few dozen records exercise everything. */
export const tinyBlocks: SurveyForm = {
  ...usualForm,
  fileBytes: 0,
  regionBytes: 2048,
  minBytes: 64,
  cutBits: 5,
  maxBytes: 512,
  lineBytes: 4096,
  chunkBytes: 300,
  threads: 1,
};

/** Whatever can be is read in bulk, sieved, and by its new blocks. */
export const allLanes: Lanes = { bulkBytes: 0, sieveRecords: 0, form: tinyBlocks };

/** Status and counts of the receipt. */
type Counts = Pick<FileAccount, (typeof counted)[number]>;
const counted = [
  'status',
  'shape',
  'read',
  'inserted',
  'updated',
  'deleted',
  'unchanged',
  'shadowed',
  'quarantined',
  'healed',
] as const;

function countsOf(account: FileAccount): Counts {
  return Object.fromEntries(counted.map((name) => [name, account[name]])) as Counts;
}

/** What became of one file, as far as lanes have to agree on it. */
export interface Outcome {
  readonly counts: Counts;
  readonly reason: string | null;
  /** What is quarantined, in an order of its own. */
  readonly quarantined: readonly QuarantineEntry[];
  /** Record keys and row hashes in force. */
  readonly pairs: readonly string[];
  /** Raw and typed rows in the warehouse. */
  readonly rows: readonly string[];
}

/** An outcome, and how the file was read. */
export interface Reading {
  readonly outcome: Outcome;
  readonly lane: FileAccount['lane'];
  readonly declined: string | null;
}

/** A drop: bytes, or null where the file goes away. */
export type Bytes = Buffer | string | null;

/**
 * Stage and diff on a real engine, with drops, versions in force and quarantine, and none of the models after them: a
 * hundred times as fast as a whole root, so that random files can be tried.
 */
export class Desk {
  readonly #engine: DuckDbEngine;
  readonly #folder: string;
  readonly #state = openMemoryStore();
  readonly #lanes: Lanes;
  #clock = 0;
  /** Records that the engine read in the last batch. */
  rowsRead = 0;

  private constructor(engine: DuckDbEngine, folder: string, lanes: Lanes) {
    this.#engine = engine;
    this.#folder = folder;
    this.#lanes = lanes;
  }

  static async open(lanes: Lanes): Promise<Desk> {
    const folder = mkdtempSync(path.join(tmpdir(), 'marquee-desk-'));
    const engine = await openEngine(folder);
    return new Desk(engine, folder, lanes);
  }

  /** Takes some files, named `<source>/<name>.csv`, as one batch and commits it, or leaves it uncommitted: as if held. */
  async take(
    drops: Readonly<Record<string, Bytes>>,
    ending: 'commit' | 'hold' = 'commit',
  ): Promise<Record<string, Reading>> {
    const batch = await Promise.all(Object.entries(drops).map(([name, bytes]) => this.#dropOf(name, bytes)));
    const deps = this.#deps();
    const staged = await stageBatch({ drops: batch, unchanged: 0 }, deps);
    const { session } = staged;
    try {
      const work = await diffBatch(staged, deps);
      const readings: Record<string, Reading> = {};
      if (ending === 'hold') {
        for (const { versionId, drop } of work.files) {
          await session.withhold(drop.file.source, drop.file.fileId);
          if (versionId !== null) this.#state.demote(versionId, 'held', '{}');
        }
        return readings;
      }
      const removed = work.files.filter(({ account }) => account.status === 'removed');
      await session.begin(
        removed.map(({ drop }) => drop.file.fileId),
        'changes',
      );
      await session.keep();
      const epoch = this.#state.beginEpoch({
        uuid: `${++this.#clock}`,
        engineHash: '',
        intent: '',
        beganAtMs: 0,
      });
      this.#state.commitEpoch(epoch, '{}', 0);
      for (const { account } of work.files) readings[account.file.path] = await this.#readingOf(account);
      return readings;
    } finally {
      await session.close();
    }
  }

  async close(): Promise<void> {
    await this.#engine.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #dropOf(name: string, bytes: Bytes): Promise<Drop> {
    const source = path.dirname(name);
    const file = this.#state.ensureFile(source, name);
    if (bytes === null) return { kind: 'removed', file, fingerprint: `gone ${++this.#clock}` };
    const whole = this.#place(name);
    mkdirSync(path.dirname(whole), { recursive: true });
    writeFileSync(whole, bytes);
    const inForce = this.#state.fileState(file.fileId)?.inForce ?? null;
    const known = inForce === null ? null : this.#state.readBlocks(inForce.versionId);
    const blocks =
      this.#lanes.form === null ? null : (await surveyFile(whole, known, this.#lanes.form)).blocks;
    // The same bytes may come twice: what an epoch makes of them is asked, not whether it is left out.
    return { kind: 'changed', file, fingerprint: `${++this.#clock}`, stat: statFile(whole), blocks };
  }

  async #openSession(): Promise<EpochSession> {
    const session = await this.#engine.openSession();
    const stageBulk = session.stageBulk.bind(session);
    this.rowsRead = 0;
    session.stageBulk = async (...args) => {
      const outcome = await stageBulk(...args);
      if (outcome.kind === 'read') this.rowsRead += outcome.records;
      return outcome;
    };
    return session;
  }

  #place(name: string): string {
    return path.join(this.#folder, 'raw', name);
  }

  #deps(): StageDeps & DiffDeps {
    const declared = (name: string) => sources.find(({ source }) => source === name)!;
    const unused = (): never => {
      throw new Error('nothing is restored here');
    };
    return {
      state: this.#state,
      report: silent,
      now: () => 0,
      wallClock: () => 0,
      isRebuild: false,
      bulkBytes: this.#lanes.bulkBytes,
      sieveRecords: this.#lanes.sieveRecords,
      differingRecords: this.#lanes.sieveRecords,
      readBy: 'as ever',
      openSession: () => this.#openSession(),
      open: (name, source) => openDrop(this.#place(name), name, declared(source), 0),
      openParts: ({ file, blocks }, before) => {
        const known = blocks === null ? null : this.#state.readBlocks(before.versionId);
        if (blocks === null || known === null) return Promise.resolve(null);
        return openParts({
          file: this.#place(file.path),
          before: known,
          now: blocks,
          records: {
            readKeys: (first, count) => this.#state.readRecordKeys(before.versionId, first, count),
            readPairs: () => this.#state.readPairs(before.versionId),
          },
          open: (part) => openDrop(part, file.path, declared(file.source), 0),
          target: path.join(this.#folder, `parts-${file.fileId}.csv`),
        });
      },
      spool: (fileId) => new FileSpool(path.join(this.#folder, `keys-${fileId}.bin`)),
      openSaved: unused,
      keepInForce: () => Promise.resolve(),
      assertSame: ({ file, stat }) => {
        const { size } = statSync(this.#place(file.path));
        if (size !== stat.size) throw new Error(`${file.path} changed`);
        return Promise.resolve();
      },
    };
  }

  async #readingOf(account: FileAccount): Promise<Reading> {
    const { file, lane, declined, reason } = account;
    const { inForce, unaccepted } = this.#state.fileState(file.fileId) ?? { inForce: null, unaccepted: null };
    const version = inForce ?? unaccepted;
    return {
      lane,
      declined,
      outcome: {
        counts: countsOf(account),
        reason: reason === null ? null : `${reason.code}: ${reason.message}`,
        quarantined: version === null ? [] : ordered([...this.#state.quarantineEntries(version.versionId)]),
        pairs: inForce === null ? [] : this.#pairsOf(inForce.versionId),
        rows: [
          ...(await this.#rowsOf(`raw_${file.source}`, file.fileId)),
          ...(await this.#rowsOf(`stg_${file.source}`, file.fileId)),
        ],
      },
    };
  }

  #pairsOf(versionId: number): string[] {
    const pairs: string[] = [];
    for (const { keyHi, keyLo, rowHi, rowLo } of this.#state.readPairs(versionId)) {
      if (keyHi.length > most) {
        const digest = createHash('sha256');
        for (const column of [keyHi, keyLo, rowHi, rowLo]) digest.update(column);
        pairs.push(digest.digest('hex'));
      } else keyHi.forEach((hi, at) => pairs.push(`${hi} ${keyLo[at]} ${rowHi[at]} ${rowLo[at]}`));
    }
    return pairs;
  }

  async #rowsOf(relation: string, fileId: number): Promise<string[]> {
    const from = `from warehouse.main.${relation} r where file_id = ${fileId}`;
    const [sum] = await this.#engine.rows(
      `select count(*) as n, cast(sum(cast(hash(cast(r as varchar)) as hugeint)) as varchar) as digest ${from}`,
    );
    if (Number(sum?.['n']) > most) return [`${relation} ${String(sum?.['n'])} ${String(sum?.['digest'])}`];
    const rows = await this.#engine.rows(`select cast(r as varchar) as row ${from}`);
    return rows.map(({ row }) => `${relation} ${String(row)}`).sort();
  }
}

function ordered(entries: readonly QuarantineEntry[]): QuarantineEntry[] {
  const text = ({ line, column, code, key }: QuarantineEntry): string => `${column} ${code} ${key} ${line}`;
  return entries.toSorted((a, b) => a.line - b.line || (text(a) < text(b) ? -1 : 1));
}
