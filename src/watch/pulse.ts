import { z } from 'zod';
import type { BatchResult } from '../../operators/batch.ts';
import type { Reporter } from '../../operators/stage-step.ts';
import { describeFailure } from '../cli/report-failure.ts';
import type { WatchListener } from './watch-listener.ts';
import type { WatchNews } from './watch-root.ts';

/** Drops that a pulse remembers. */
const maxWaiting = 10;

const pulse = z.object({
  pid: z.number(),
  /** Milliseconds since 1970, as all times here. */
  startedAtMs: z.number(),
  /** When this was said. */
  atMs: z.number(),
  /** What is at work now, and how far it is; null between batches. */
  stage: z.object({ name: z.string(), count: z.number(), total: z.number().nullable() }).nullable(),
  /** Files of the batch in hand. */
  inHand: z.number(),
  /** Files that have settled and wait for the next batch. */
  waiting: z.number(),
  /** Since when the oldest drop is waiting or in hand; null where there is none: how far the warehouse lags behind. */
  oldestAtMs: z.number().nullable(),
  /** Files that are still being written, with why they wait; the latest of them. */
  settling: z.array(z.object({ path: z.string(), why: z.string() })),
  /** The failure that waits to be tried again; null where the last batch went well. */
  failure: z.object({ code: z.string(), message: z.string(), retryAtMs: z.number().nullable() }).nullable(),
  /** Resident memory, bytes. */
  rssBytes: z.number(),
});

/** How a watcher is, as it tells other processes. */
export type Pulse = z.infer<typeof pulse>;

/** Where the pulse stands in the state store. */
export const pulseKey = 'watcher-pulse';

/** What another process reads of a watcher; null where nothing, or nothing of this version's, was said. */
export function parsePulse(text: string | null): Pulse | null {
  if (text === null || text === '') return null;
  try {
    return pulse.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** What `PulseTaker` needs of the world. */
export interface PulseDeps {
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Resident memory, bytes. */
  readonly rss: () => number;
}

/**
 * Listens to a watcher and knows how it is at any time. As a `Reporter` it is told of stages, as a `WatchListener` of
 * batches. State: a few numbers, the names of ten files.
 */
export class PulseTaker implements WatchListener, Reporter {
  readonly #deps: PulseDeps;
  readonly #startedAtMs: number;
  readonly #stages: { readonly name: string; count: number; readonly total: number | null }[] = [];
  #queue: Pick<Pulse, 'inHand' | 'waiting' | 'oldestAtMs'> = { inHand: 0, waiting: 0, oldestAtMs: null };
  #settling: Pulse['settling'] = [];
  #failure: Pulse['failure'] = null;

  constructor(deps: PulseDeps) {
    this.#deps = deps;
    this.#startedAtMs = deps.wallClock();
  }

  begin(name: string, total?: number): { advance(n?: number): void; done(): void } {
    const stage = { name, count: 0, total: total ?? null };
    this.#stages.push(stage);
    return {
      advance: (n = 1) => void (stage.count += n),
      done: () => {
        const at = this.#stages.indexOf(stage);
        if (at !== -1) this.#stages.splice(at, 1);
      },
    };
  }

  result({ accounts }: BatchResult): void {
    this.#failure = null;
    this.#stages.length = 0;
    const taken = new Set(accounts.map(({ file }) => file.path));
    this.#settling = this.#settling.filter(({ path }) => !taken.has(path));
  }

  news(news: WatchNews): void {
    if (news.kind === 'queue') {
      const { inHand, waiting } = news;
      const oldestAtMs = inHand + waiting === 0 ? null : (this.#queue.oldestAtMs ?? this.#deps.wallClock());
      this.#queue = { inHand, waiting, oldestAtMs };
    } else if (news.kind === 'waiting') {
      const { path, why } = news.remark;
      this.#settling = [...this.#settling.filter((file) => file.path !== path), { path, why }].slice(
        -maxWaiting,
      );
    } else if (news.kind === 'failure') {
      const { code = 'failed', message } = describeFailure(news.error, false);
      const retryAtMs = news.retryMs === null ? null : this.#deps.wallClock() + news.retryMs;
      this.#failure = { code, message, retryAtMs };
      this.#stages.length = 0;
    }
  }

  take(): Pulse {
    const { pid, wallClock, rss } = this.#deps;
    const stage = this.#stages.at(-1);
    return {
      pid,
      startedAtMs: this.#startedAtMs,
      atMs: wallClock(),
      stage: stage === undefined ? null : { ...stage },
      ...this.#queue,
      settling: this.#settling,
      failure: this.#failure,
      rssBytes: rss(),
    };
  }
}
