import type { BatchResult } from '../../operators/batch.ts';
import type { WatchNews } from './watch-root.ts';

/** Whoever is told what a watcher does: its log, its metrics, its pulse, the hooks of people. None of them may throw. */
export interface WatchListener {
  /** Something for a person to know. */
  remark?(message: string, detail?: Readonly<Record<string, unknown>>): void;
  /** A batch went through. */
  result(result: BatchResult): void;
  news(news: WatchNews): void;
}

/** Several listeners as one, told in order. */
export function tellAll(listeners: readonly WatchListener[]): Required<WatchListener> {
  return {
    remark: (message, detail) => listeners.forEach((listener) => listener.remark?.(message, detail)),
    result: (result) => listeners.forEach((listener) => listener.result(result)),
    news: (news) => listeners.forEach((listener) => listener.news(news)),
  };
}
