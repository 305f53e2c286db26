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
  /** Files that have settled and wait for a batch, those of batches that failed and come again included. */
  waiting: z.number(),
  /** Since when the oldest drop is waiting or in hand; null where there is none: how far the warehouse lags behind. */
  oldestAtMs: z.number().nullable(),
  /** When something of the batch in hand last moved: it was taken, or a stage of it began, advanced or ended. */
  movedAtMs: z.number(),
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

/** A pulse in which nothing changed is told again after so long, so that others see that the watcher lives. */
export const restMs = 5000;

/** A batch in hand of which nothing moves for so long is stuck; the longest statement over ten million films takes a tenth of it. */
export const stuckMs = 30 * 60_000;

/** Whether a watcher is at work and does not get on; a batch of no file, which makes lost stores anew, is work as well. */
export function isStuck({ inHand, stage, movedAtMs, atMs }: Pulse): boolean {
  return (inHand > 0 || stage !== null) && atMs - movedAtMs > stuckMs;
}

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
  #queue = { inHand: 0, waiting: 0, putOff: 0 };
  /** Since when the oldest of each has been there. */
  #since: Since = { inHand: null, waiting: null, putOff: null };
  #settling: Pulse['settling'] = [];
  #failure: Pulse['failure'] = null;
  #movedAtMs: number;

  constructor(deps: PulseDeps) {
    this.#deps = deps;
    this.#startedAtMs = deps.wallClock();
    this.#movedAtMs = this.#startedAtMs;
  }

  begin(name: string, total?: number): { advance(n?: number): void; done(): void } {
    const stage = { name, count: 0, total: total ?? null };
    this.#stages.push(stage);
    this.#move();
    return {
      advance: (n = 1) => {
        stage.count += n;
        this.#move();
      },
      done: () => {
        this.#move();
        const at = this.#stages.indexOf(stage);
        if (at !== -1) this.#stages.splice(at, 1);
      },
    };
  }

  result({ accounts }: BatchResult): void {
    // Another batch may have failed before and still wait to be tried again.
    if (this.#queue.putOff === 0) this.#failure = null;
    this.#stages.length = 0;
    const taken = new Set(accounts.map(({ file }) => file.path));
    this.#settling = this.#settling.filter(({ path }) => !taken.has(path));
  }

  news(news: WatchNews): void {
    if (news.kind === 'queue') {
      // Drops that come meanwhile are no sign of life.
      if (news.inHand !== this.#queue.inHand) this.#move();
      this.#since = sinceWhen(this.#since, this.#queue, news, this.#deps.wallClock());
      this.#queue = { inHand: news.inHand, waiting: news.waiting, putOff: news.putOff };
      // A batch that failed may turn out to be of no interest any more, which gives no result.
      if (news.inHand + news.waiting + news.putOff === 0 && this.#isFailing) this.#failure = null;
    } else if (news.kind === 'waiting') {
      const { path, why } = news.remark;
      this.#settling = [...this.#settling.filter((file) => file.path !== path), { path, why }].slice(
        -maxWaiting,
      );
    } else if (news.kind === 'failure') {
      // What has nothing to do with a batch, such as a hook that fails, hides no batch that waits to be tried again.
      if (news.retryMs === null && this.#isFailing) return;
      const { code = 'failed', message } = describeFailure(news.error, false);
      const retryAtMs = news.retryMs === null ? null : this.#deps.wallClock() + news.retryMs;
      this.#failure = { code, message, retryAtMs };
      if (retryAtMs !== null) this.#stages.length = 0;
    }
  }

  #move(): void {
    this.#movedAtMs = this.#deps.wallClock();
  }

  /** Whether a batch that failed comes again. */
  get #isFailing(): boolean {
    return this.#failure !== null && this.#failure.retryAtMs !== null;
  }

  take(): Pulse {
    const { pid, wallClock, rss } = this.#deps;
    const stage = this.#stages.at(-1);
    return {
      pid,
      startedAtMs: this.#startedAtMs,
      atMs: wallClock(),
      stage: stage === undefined ? null : { ...stage },
      inHand: this.#queue.inHand,
      waiting: this.#queue.waiting + this.#queue.putOff,
      oldestAtMs: earliest(...Object.values(this.#since)),
      movedAtMs: this.#movedAtMs,
      settling: this.#settling,
      failure: this.#failure,
      rssBytes: rss(),
    };
  }
}

type Queue = Readonly<Record<'inHand' | 'waiting' | 'putOff', number>>;
type Since = Readonly<Record<keyof Queue, number | null>>;

/** A drop keeps its age as it goes from waiting into a batch, and from a batch that failed back to waiting. */
function sinceWhen(since: Since, before: Queue, now: Queue, atMs: number): Since {
  const isBack = now.putOff < before.putOff;
  return {
    inHand: now.inHand === 0 ? null : (since.inHand ?? since.waiting ?? atMs),
    waiting: now.waiting === 0 ? null : (earliest(since.waiting, isBack ? since.putOff : null) ?? atMs),
    putOff: now.putOff === 0 ? null : (earliest(since.putOff, since.inHand) ?? atMs),
  };
}

function earliest(...times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
