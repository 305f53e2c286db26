import {
  catchError,
  concatMap,
  EMPTY,
  endWith,
  from,
  lastValueFrom,
  Subject,
  takeUntil,
  timer,
  type Observable,
} from 'rxjs';
import type { BatchResult, Receipt } from '../../operators/batch.ts';
import type { Config } from '../config.ts';
import { MarqueeError } from '../error.ts';
import { plural } from '../terminal/format.ts';
import { runHook, type HookTarget } from './run-hook.ts';

/** Epochs that may wait for their hooks; of more the newest are not told, so that memory stays flat. */
const maxWaiting = 100;

/**
 * Runs what the configuration names under `on_epoch` after each commit, one epoch after another in their order, beside
 * the pipeline, which never waits. A failure is told and changes nothing.
 *
 * State: the receipts of at most 100 epochs.
 */
export class EpochHooks {
  readonly #receipts = new Subject<Receipt>();
  readonly #fail: (error: unknown) => void;
  readonly #done: Promise<unknown>;
  readonly #stop = new Subject<void>();
  readonly #targets: readonly HookTarget[];
  #waiting = 0;

  /** @param root working folder of a command */
  constructor(root: string, config: Config['onEpoch'], fail: (error: unknown) => void) {
    this.#fail = fail;
    this.#targets = [
      ...(config.command === null ? [] : [{ kind: 'command', command: config.command, cwd: root } as const]),
      ...(config.url === null ? [] : [{ kind: 'webhook', url: config.url } as const]),
    ];
    const timeoutMs = config.timeoutS * 1000;
    const told = this.#receipts.pipe(
      concatMap((receipt) =>
        from(this.#targets).pipe(
          concatMap((target) => this.#tell(target, receipt, timeoutMs)),
          endWith(null),
        ),
      ),
      concatMap((end) => {
        if (end === null) this.#waiting -= 1;
        return EMPTY;
      }),
      takeUntil(this.#stop),
    );
    this.#done = lastValueFrom(told, { defaultValue: null });
  }

  /** An epoch may have been committed; tells of it, at some time. */
  result({ receipt }: Pick<BatchResult, 'receipt'>): void {
    if (receipt === null || this.#targets.length === 0) return;
    if (this.#waiting === maxWaiting) {
      this.#fail(
        new MarqueeError(
          'hook-backlog',
          `on_epoch is not told of epoch ${receipt.epoch}: ${maxWaiting} others wait`,
          {
            hint: 'make the hook quicker; marquee history has every receipt',
          },
        ),
      );
      return;
    }
    this.#waiting += 1;
    this.#receipts.next(receipt);
  }

  /** Ends what is at work, at once. */
  end(): void {
    this.#stop.next();
  }

  /**
   * Waits until all epochs were told of, for at most so many milliseconds; then what is at work is ended, and that some
   * epochs were not told of is a failure, `hook-unfinished`.
   */
  async close(withinMs = Infinity): Promise<void> {
    this.#receipts.complete();
    const limit = withinMs === Infinity ? EMPTY : timer(withinMs);
    const limited = limit.subscribe(() => {
      this.#fail(
        new MarqueeError(
          'hook-unfinished',
          `on_epoch was ended with the watcher: ${plural(this.#waiting, 'epoch')} not told of, or not to the end`,
          { hint: 'they are committed all the same; marquee history has every receipt' },
        ),
      );
      this.end();
    });
    await this.#done;
    limited.unsubscribe();
  }

  #tell(target: HookTarget, receipt: Receipt, timeoutMs: number): Observable<never> {
    return runHook(target, JSON.stringify(receipt), timeoutMs).pipe(
      catchError((error: unknown) => {
        this.#fail(error);
        return EMPTY;
      }),
    );
  }
}
