import { createLogUpdate } from 'log-update';
import { map, takeUntil, timer, type Observable } from 'rxjs';
import type { Pulse } from '../watch/pulse.ts';
import { describePulse } from './describe-pulse.ts';

/** How often the line is drawn anew. */
const everyMs = 250;

/** Log lines that go by above a status that stays below them. */
export interface StatusLine {
  /** Writes log lines above the status; for `createWatchLog`. */
  write(text: string): void;
  /** Takes the status away; what was logged stays. */
  close(): void;
}

/** Where the status is drawn, and what it says. */
export interface StatusLineOptions {
  readonly stream: NodeJS.WriteStream;
  readonly take: () => Pulse;
  /** The last epoch and what is held, as the state store says. */
  readonly standing: () => { readonly epoch: number | null; readonly held: number };
  readonly stop: Observable<unknown>;
}

/** Draws a calm status of one or two lines at the bottom of a terminal, four times a second, only where it changed. */
export function drawStatusLine({ stream, take, standing, stop }: StatusLineOptions): StatusLine {
  const update = createLogUpdate(stream, { showCursor: true });
  let last = '';
  const draw = (): void => {
    const width = Math.max(20, stream.columns || 80) - 1;
    last = describePulse(take(), standing())
      .map((line) => cut(line, width))
      .join('\n');
    update(last);
  };
  const drawing = timer(0, everyMs).pipe(map(draw), takeUntil(stop)).subscribe();
  return {
    write: (text) => {
      update.clear();
      stream.write(text);
      update(last);
    },
    close: () => {
      drawing.unsubscribe();
      update.clear();
      update.done();
    },
  };
}

function cut(line: string, width: number): string {
  const characters = [...line];
  return characters.length <= width ? line : `${characters.slice(0, width - 1).join('')}…`;
}
