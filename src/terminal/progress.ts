import { SingleBar } from 'cli-progress';
import { formatBytes, formatCount, formatDuration, printable } from './format.ts';

/** One running stage of the pipeline. */
export interface StageProgress {
  /** Says that `n` more units are done. */
  advance(n?: number): void;
  /** Ends the stage; `note` says what came of it: `12,345 rows`. Ending it twice is fine. */
  done(note?: string): void;
}

/** How a run tells a person how far it is. Everything goes to stderr; stdout is for data. */
export interface Progress {
  /** Begins a stage; with a total there is a share to show, without one a count, of bytes a rate too. Stages may nest. */
  stage(name: string, total?: number, unit?: 'bytes'): StageProgress;
  /** A line for the person, now. */
  say(line: string): void;
  /** Takes the bars away, whatever has come of the stages; call it in a `finally`. */
  close(): void;
}

/** Where progress goes, and how: all of it has a real default. */
export interface ProgressOptions {
  readonly quiet?: boolean;
  readonly stream?: NodeJS.WriteStream;
  /** Milliseconds; monotonic. */
  readonly now?: () => number;
}

/**
 * Bars on a terminal, plain lines elsewhere (one a finished stage, and one every ten seconds of a long one), nothing
 * with `quiet`.
 */
export function createProgress(options: ProgressOptions = {}): Progress {
  const stream = options.stream ?? process.stderr;
  const now = options.now ?? (() => performance.now());
  if (options.quiet === true) return silent;
  const say = (line: string): void => void stream.write(`${line}\n`);
  const progress = stream.isTTY ? bars(stream, say, now) : plainLines(say, now);
  // Stages are named after files, and a file may have any name.
  return { ...progress, stage: (name, total, unit) => progress.stage(printable(name), total, unit) };
}

const silent: Progress = {
  stage: () => ({ advance: () => undefined, done: () => undefined }),
  say: () => undefined,
  close: () => undefined,
};

const plainIntervalMs = 10_000;

function plainLines(say: (line: string) => void, now: () => number): Progress {
  return {
    say,
    close: () => undefined,
    stage: (name, total) => {
      const started = now();
      let said = started;
      let value = 0;
      let open = true;
      return {
        advance: (n = 1) => {
          value += n;
          if (!open || now() - said < plainIntervalMs) return;
          said = now();
          say(`${name}: ${describeValue(value, total)} after ${formatDuration(now() - started)}`);
        },
        done: (note) => {
          if (open) say(finishedLine(name, note, now() - started));
          open = false;
        },
      };
    },
  };
}

interface OpenStage {
  readonly name: string;
  readonly total: number | undefined;
  readonly unit: 'bytes' | undefined;
  /** As `now` says. */
  readonly started: number;
  value: number;
}

/** One bar at a time, that of the innermost open stage. */
function bars(stream: NodeJS.WriteStream, say: (line: string) => void, now: () => number): Progress {
  const open: OpenStage[] = [];
  let bar: SingleBar | undefined;
  const hide = (): void => {
    bar?.stop();
    bar = undefined;
  };
  const show = (): void => {
    const stage = open.at(-1);
    if (stage === undefined) return;
    bar = new SingleBar({
      stream,
      clearOnComplete: true,
      format:
        stage.total === undefined
          ? '  {stage} {value} {rate}'
          : '  {stage} [{bar}] {percentage}% {rate} {eta_formatted}',
      barsize: 30,
      fps: 10,
      formatValue: (value, _options, type) => (type === 'value' ? formatCount(value) : String(value)),
    });
    bar.start(stage.total ?? Number.MAX_SAFE_INTEGER, stage.value, {
      stage: stage.name.padEnd(24),
      rate: rateOf(stage, now()),
    });
  };
  const around = (change: () => void): void => {
    hide();
    change();
    show();
  };
  return {
    say: (line) => around(() => say(line)),
    close: () => {
      open.length = 0;
      hide();
    },
    stage: (name, total, unit) => {
      const started = now();
      const stage: OpenStage = { name, total, unit, started, value: 0 };
      around(() => open.push(stage));
      return {
        advance: (n = 1) => {
          stage.value += n;
          if (open.at(-1) === stage) bar?.update(stage.value, { rate: rateOf(stage, now()) });
        },
        done: (note) => {
          const at = open.indexOf(stage);
          if (at < 0) return;
          around(() => {
            open.splice(at, 1);
            say(finishedLine(name, note, now() - started));
          });
        },
      };
    },
  };
}

function finishedLine(name: string, note: string | undefined, elapsedMs: number): string {
  return `${name}${note === undefined ? '' : `: ${note}`} (${formatDuration(elapsedMs)})`;
}

/** `12.3 MB/s` since the stage began; nothing for what is not counted in bytes. */
function rateOf({ unit, started, value }: OpenStage, now: number): string {
  if (unit === undefined || now <= started) return '';
  return `${formatBytes((value / (now - started)) * 1000)}/s`;
}

function describeValue(value: number, total: number | undefined): string {
  if (total === undefined || total <= 0) return formatCount(value);
  return `${Math.min(100, Math.floor((100 * value) / total))} %`;
}
