import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { totals, type BatchResult } from '../../operators/batch.ts';
import type { StateStore } from '../../state/store.ts';
import { describeFailure } from '../cli/report-failure.ts';
import { isStuck, type Pulse } from '../watch/pulse.ts';
import type { WatchListener } from '../watch/watch-listener.ts';
import type { WatchNews } from '../watch/watch-root.ts';

/** From 5 ms to 80 s, each twice the one before. */
const seconds = Array.from({ length: 15 }, (_, at) => 0.005 * 2 ** at);

/** What the metrics look at when they are asked for. */
export interface MetricsDeps {
  readonly pulse: () => Pulse;
  /** The watermark store while it is open. */
  readonly state: () => StateStore | null;
}

/**
 * A watcher's figures in Prometheus' terms, all named `marquee_...`; the process's own (memory, processor time, event
 * loop) beside them. State: one number for each label, of which there are as many as stages, outcomes and error codes.
 */
export class WatchMetrics implements WatchListener {
  readonly registry = new Registry();
  readonly #epochs = this.#counter('epochs_total', 'Epochs committed since the watcher began.', []);
  readonly #rows = this.#counter('rows_total', 'Records of drops by what became of them.', ['outcome']);
  readonly #drops = this.#counter('drops_total', 'Files looked at by what became of them.', ['status']);
  readonly #failures = this.#counter('failures_total', 'Failures that were told, by code.', ['code']);
  readonly #retries = this.#counter('retries_total', 'Batches that were put off to be tried again.', []);
  readonly #stages = new Histogram({
    name: 'marquee_stage_seconds',
    help: 'Time that a stage took in an epoch.',
    labelNames: ['stage'],
    buckets: seconds,
    registers: [this.registry],
  });
  readonly #epochSeconds = new Histogram({
    name: 'marquee_epoch_seconds',
    help: 'Time from the first look at a batch until its epoch was committed.',
    buckets: seconds,
    registers: [this.registry],
  });

  constructor(deps: MetricsDeps) {
    collectDefaultMetrics({ register: this.registry });
    const gauge = (name: string, help: string, read: () => number | null): void => {
      const made: Gauge = new Gauge({
        name: `marquee_${name}`,
        help,
        registers: [this.registry],
        collect: () => {
          const value = read();
          if (value !== null) made.set(value);
        },
      });
    };
    gauge('backlog_files', 'Files that have settled and wait, those of the batch in hand included.', () => {
      const { inHand, waiting } = deps.pulse();
      return inHand + waiting;
    });
    gauge('lag_seconds', 'How long the oldest of these has been waiting; 0 where there is none.', () => {
      const { oldestAtMs, atMs } = deps.pulse();
      return oldestAtMs === null ? 0 : Math.max(0, atMs - oldestAtMs) / 1000;
    });
    gauge('epoch', 'Number of the last committed epoch.', () => deps.state()?.lastEpoch()?.epoch ?? null);
    gauge('quarantine_entries', 'Cells and records in quarantine.', () => {
      const counts = deps.state()?.quarantineCounts();
      return counts === undefined ? null : counts.reduce((sum, { entries }) => sum + entries, 0);
    });
    gauge('held_drops', 'Drops that wait for marquee accept.', () => deps.state()?.held().length ?? null);
    gauge('failing', '1 while a batch that failed waits to be tried again.', () =>
      deps.pulse().failure?.retryAtMs == null ? 0 : 1,
    );
    gauge('stuck', '1 where nothing of the batch in hand has moved for half an hour.', () =>
      isStuck(deps.pulse()) ? 1 : 0,
    );
  }

  result({ receipt, accounts }: BatchResult): void {
    for (const { status } of accounts) this.#drops.inc({ status });
    if (receipt === null) return;
    this.#epochs.inc();
    const files = receipt.files;
    const sum = (key: 'unchanged' | 'shadowed' | 'quarantined'): number =>
      files.reduce((total, file) => total + file[key], 0);
    const outcomes = {
      ...totals(files),
      unchanged: sum('unchanged'),
      shadowed: sum('shadowed'),
      quarantined: sum('quarantined'),
    };
    for (const [outcome, count] of Object.entries(outcomes)) this.#rows.inc({ outcome }, count);
    for (const [stage, ms] of Object.entries(receipt.timings)) this.#stages.observe({ stage }, ms / 1000);
    const ms = Object.values(receipt.timings).reduce((total, part) => total + part, 0);
    this.#epochSeconds.observe(ms / 1000);
  }

  news(news: WatchNews): void {
    if (news.kind !== 'failure') return;
    this.#failures.inc({ code: describeFailure(news.error, false).code ?? 'failed' });
    if (news.retryMs !== null) this.#retries.inc();
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `marquee_${name}`, help, labelNames, registers: [this.registry] });
  }
}
