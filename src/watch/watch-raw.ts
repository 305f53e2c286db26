import { watch as watchFiles } from 'chokidar';
import { statSync } from 'node:fs';
import path from 'node:path';
import {
  catchError,
  defer,
  distinctUntilChanged,
  EMPTY,
  from,
  map,
  merge,
  NEVER,
  Observable,
  switchMap,
  timer,
} from 'rxjs';
import type { FileEvent } from '../../operators/settle.ts';
import { isIgnored, scanRaw } from '../scan.ts';

/** How to watch. */
export interface WatchRawOptions {
  readonly raw: string;
  readonly sources: readonly string[];
  /** Look at the files in turn instead of asking the system, for network drives. */
  readonly poll: boolean;
  /** Seconds between two looks at everything; 0 for never. */
  readonly rescanS: number;
  /** Paths that have a version: those that are not there any more are events too. */
  known(): readonly { source: string; path: string }[];
  /** A look at everything begins. */
  looking(): void;
  /** Something hinders the watching; it goes on as well as it can. */
  trouble(error: unknown): void;
}

/** How often the folders themselves are looked at. */
const foldersMs = 1000;

/**
 * Every file of `raw/` to which something may have happened. Never completes, never fails.
 *
 * chokidar tells of changes; it says nothing any more once a watched folder was removed, even if it comes back. So the
 * folders' identity is checked every second, and the watch is made anew where it changed. When a watch is ready, and
 * every `rescanS`, everything there is and was comes out: no event is lost for longer than that.
 *
 * State: a watch for each file and folder in raw/, held by the system.
 */
export function watchRaw(options: WatchRawOptions): Observable<FileEvent> {
  return timer(0, foldersMs).pipe(
    map(() => identities(options)),
    distinctUntilChanged(),
    switchMap(() => merge(watchOnce(options, options.poll), rescans(options))),
  );
}

/** What a rescan tells: all files that are there or should be. */
function everything(options: WatchRawOptions): Observable<FileEvent> {
  return defer(() => {
    options.looking();
    const sightings = scanRaw(options.raw, options.sources, options.known());
    return from(sightings.map(({ source, path: file }) => ({ source, path: file })));
  }).pipe(
    catchError((error: unknown) => {
      options.trouble(error);
      return EMPTY;
    }),
  );
}

function rescans(options: WatchRawOptions): Observable<FileEvent> {
  const ms = options.rescanS * 1000;
  return ms === 0 ? everything(options) : timer(0, ms).pipe(switchMap(() => everything(options)));
}

function watchOnce(options: WatchRawOptions, isPolling: boolean): Observable<FileEvent> {
  return chokidarEvents(options, isPolling).pipe(
    switchReady(options),
    catchError((error: unknown) => {
      options.trouble(error);
      // Look at the files in turn.
      return isPolling ? NEVER : watchOnce(options, true);
    }),
  );
}

const watchesUsedUp = new Set(['ENOSPC', 'EMFILE', 'ENFILE']);

type ChokidarEvent = FileEvent | 'ready';

/** A change between a scan and the readiness of the watch would be missed: look at everything once more then. */
function switchReady(options: WatchRawOptions): (events: Observable<ChokidarEvent>) => Observable<FileEvent> {
  return (events) =>
    new Observable((subscriber) => {
      subscriber.add(
        events.subscribe({
          next: (event) => {
            if (event === 'ready')
              subscriber.add(everything(options).subscribe((found) => subscriber.next(found)));
            else subscriber.next(event);
          },
          error: (error: unknown) => subscriber.error(error),
        }),
      );
    });
}

function chokidarEvents({ raw, sources }: WatchRawOptions, isPolling: boolean): Observable<ChokidarEvent> {
  return new Observable((subscriber) => {
    if (statSync(raw, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
    const watcher = watchFiles(raw, {
      ignoreInitial: true,
      depth: 1,
      usePolling: isPolling,
      ignored: (file) => placeOf(raw, sources, file) === 'elsewhere',
    });
    const tell = (file: string): void => {
      const place = placeOf(raw, sources, file);
      if (typeof place !== 'string') subscriber.next(place);
    };
    for (const event of ['add', 'change', 'unlink'] as const) watcher.on(event, tell);
    watcher.on('ready', () => subscriber.next('ready'));
    watcher.on('error', (error) => {
      // The system has no more watches to give. What else can't be watched can't be read either: its reader says why.
      if (watchesUsedUp.has((error as NodeJS.ErrnoException).code ?? '')) subscriber.error(error);
    });
    return () => void watcher.close();
  });
}

/** What a path means: a file of a source, a folder on the way there, or nothing to us. */
function placeOf(raw: string, sources: readonly string[], file: string): FileEvent | 'folder' | 'elsewhere' {
  const parts = path.relative(raw, file).split(path.sep);
  const [first = '', second] = parts;
  if (first === '') return 'folder';
  if (parts.length === 1) {
    if (sources.includes(first)) return 'folder';
    const source = sources.find((name) => first === `${name}.csv`);
    return source === undefined ? 'elsewhere' : { source, path: first };
  }
  if (parts.length > 2 || second === undefined || !sources.includes(first) || isIgnored(second))
    return 'elsewhere';
  return { source: first, path: `${first}/${second}` };
}

/** Which folders these are, whatever they are called: device and inode of raw/ and of each source's folder. */
function identities({ raw, sources }: WatchRawOptions): string {
  return [raw, ...sources.map((source) => path.join(raw, source))]
    .map((folder) => {
      try {
        const { dev, ino } = statSync(folder, { bigint: true });
        return `${dev}:${ino}`;
      } catch {
        return '-';
      }
    })
    .join(' ');
}
