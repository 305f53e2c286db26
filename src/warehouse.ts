import { existsSync, realpathSync, statSync } from 'node:fs';
import type { StateStore } from '../state/store.ts';
import type { DuckDbEngine, EngineOptions } from './engine/duckdb-engine.ts';
import { MarqueeError } from './error.ts';
import { openEngine } from './open-stores.ts';

/** What the state store remembers of a warehouse that was closed in order. */
interface AtRest {
  /** What its files looked like. */
  readonly files: string;
  readonly planHash: string;
  readonly rawHash: string;
  /** Of the last epoch that was sealed in it. */
  readonly uuid: string;
  readonly remarks: readonly string[];
}

/**
 * A root's warehouse: open, or at rest as the last process left it, to be opened when somebody needs it. Most runs find
 * that nothing changed, and to load and open DuckDB takes as long as to find that.
 *
 * What stands in the state store of a warehouse at rest is forgotten before it is opened, and noted anew when it is closed in
 * order; one whose process was killed, or into whose files somebody wrote, is never taken for what it was.
 */
export class Warehouse {
  readonly #state: StateStore;
  readonly #options: EngineOptions;
  #rest: AtRest | null;
  #engine: DuckDbEngine | null;
  #waking: Promise<DuckDbEngine> | null = null;

  private constructor(
    state: StateStore,
    options: EngineOptions,
    rest: AtRest | null,
    engine: DuckDbEngine | null,
  ) {
    this.#state = state;
    this.#options = options;
    this.#rest = rest;
    this.#engine = engine;
  }

  /** A warehouse that was opened, and is consistent with the state store. */
  static opened(state: StateStore, options: EngineOptions, engine: DuckDbEngine): Warehouse {
    return new Warehouse(state, options, null, engine);
  }

  /** The warehouse as it was left; null where it has to be opened to know what is in it, or its plan is another. */
  static atRest(state: StateStore, options: EngineOptions): Warehouse | null {
    const noted = state.meta(restKey) ?? '';
    if (noted === '' || state.openEpoch() !== null) return null;
    const rest = JSON.parse(noted) as AtRest;
    const isSame =
      rest.files === look(options.file) &&
      rest.uuid === state.lastEpoch()?.uuid &&
      rest.planHash === options.planHash &&
      rest.rawHash === options.rawHash;
    return isSame ? new Warehouse(state, options, rest, null) : null;
  }

  /**
   * The engine, opened where it is not yet.
   *
   * @throws MarqueeError `warehouse-unreadable`, retryable: whoever opens the root again makes it anew
   */
  async engine(): Promise<DuckDbEngine> {
    this.#waking ??= this.#engine === null ? this.#wake() : Promise.resolve(this.#engine);
    this.#engine = await this.#waking;
    this.#rest = null;
    return this.#engine;
  }

  async #wake(): Promise<DuckDbEngine> {
    forgetRest(this.#state);
    const { engine, isNew } = await openEngine(this.#options, []);
    if (!isNew && (await engine.lastPublication())?.uuid === this.#rest?.uuid) return engine;
    await engine.close();
    throw new MarqueeError(
      'warehouse-unreadable',
      `${this.#options.file} could not be opened as it was left`,
      {
        hint: 'nothing to do: it is a cache of raw/, and built again',
        retryable: true,
      },
    );
  }

  /** What the plan has to say of the data as it stands, for people. */
  async remarks(): Promise<readonly string[]> {
    return this.#rest?.remarks ?? (await this.engine()).remarks();
  }

  /** Breaks off what runs; for a process that ends. */
  interrupt(): void {
    this.#engine?.interrupt();
  }

  async close(): Promise<void> {
    const engine = this.#engine;
    if (engine === null) return;
    // One that ran out of memory, or whose disk is full, can't even say: then the next process has to look.
    const rest = await restOf(engine).catch(() => null);
    await engine.close();
    if (rest === null) return;
    try {
      this.#state.setMeta(restKey, JSON.stringify({ files: look(this.#options.file), ...rest }));
    } catch {
      // As above.
    }
  }
}

const restKey = 'warehouse-at-rest';

/** What was noted does not hold any more: the warehouse is about to be opened. */
export function forgetRest(state: StateStore): void {
  if ((state.meta(restKey) ?? '') !== '') state.setMeta(restKey, '');
}

async function restOf(engine: DuckDbEngine): Promise<Omit<AtRest, 'files'> | null> {
  const sealed = await engine.lastPublication();
  const [info] = await engine.rows('select plan_hash, raw_hash from warehouse.main.warehouse_info');
  if (sealed === null || info === undefined) return null;
  return {
    planHash: String(info['plan_hash']),
    rawHash: String(info['raw_hash']),
    uuid: sealed.uuid,
    remarks: await engine.remarks(),
  };
}

/** Size and time of the warehouse and of its log, which stands beside the file itself: whatever DuckDB writes shows in one of them. */
function look(file: string): string {
  const itself = existsSync(file) ? realpathSync(file) : file;
  return [itself, `${itself}.wal`]
    .map((name) => statSync(name, { bigint: true, throwIfNoEntry: false }))
    .map((stat) => (stat === undefined ? 'none' : `${stat.size}:${stat.mtimeNs}`))
    .join(' ');
}
