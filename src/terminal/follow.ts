import {
  concatMap,
  distinctUntilChanged,
  fromEvent,
  lastValueFrom,
  merge,
  takeUntil,
  tap,
  timer,
} from 'rxjs';

/** How often it is looked. */
const everyMs = 1000;

/** Cursor to the top, everything below erased. */
const clearScreen = '\u001b[H\u001b[J';

/** Writes to stdout what `look` sees, each time it is something else, until the process is asked to end. */
export async function follow(
  look: () => Promise<string>,
  { isClearing }: { readonly isClearing: boolean },
): Promise<void> {
  const seen = timer(0, everyMs).pipe(
    concatMap(look),
    distinctUntilChanged(),
    takeUntil(merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'))),
    tap((text) => process.stdout.write(isClearing ? `${clearScreen}${text}` : text)),
  );
  await lastValueFrom(seen, { defaultValue: null });
}
