/** A failure as it is printed: `marquee: <message>`, then `  next: <hint>`; or, with `--json`, one line of JSON. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
  /** A bug has a stack to report; what a person can mend has none. */
  readonly stack: string | undefined;
}

/**
 * What to print and exit with for whatever was thrown. Errors with `code` and `exitCode` (MarqueeError, StateError)
 * speak for themselves; errors of the operating system name their file; anything else is a bug.
 */
export function describeFailure(error: unknown, debug: boolean): Failure {
  const thrown = error instanceof Error ? error : new Error(String(error));
  const fields = thrown as Error & { code?: unknown; hint?: unknown; exitCode?: unknown; syscall?: unknown };
  const code = typeof fields.code === 'string' ? fields.code : undefined;
  if (code !== undefined && typeof fields.exitCode === 'number') {
    return {
      code,
      message: thrown.message,
      hint: typeof fields.hint === 'string' ? fields.hint : undefined,
      exitCode: fields.exitCode,
      stack: debug ? stackOf(thrown) : undefined,
    };
  }
  if (code !== undefined && typeof fields.syscall === 'string') {
    return {
      code: `system-${code.toLowerCase()}`,
      message: thrown.message,
      hint: systemHints[code],
      exitCode: 1,
      stack: debug ? stackOf(thrown) : undefined,
    };
  }
  return {
    code: 'bug',
    message: `this is a bug in marquee: ${thrown.message}`,
    hint: 'please report it with the lines below; nothing was half-committed, so running again is safe',
    exitCode: 1,
    stack: stackOf(thrown),
  };
}

/** The failure as text for stderr. */
export function formatFailure(failure: Failure, json: boolean): string {
  const { stack, ...plain } = failure;
  if (json) return `${JSON.stringify({ error: plain })}\n`;
  const hint = failure.hint === undefined ? '' : `  next: ${failure.hint}\n`;
  return `marquee: ${failure.message}\n${hint}${stack === undefined ? '' : `${stack}\n`}`;
}

const systemHints: Readonly<Record<string, string>> = {
  EACCES: 'give the user that runs marquee access to it; `marquee doctor` shows which folders it needs',
  EPERM: 'give the user that runs marquee access to it; `marquee doctor` shows which folders it needs',
  EROFS: 'the file system is read-only; use another folder with --root',
  ENOSPC: 'make room on the disk, then run the command again; nothing was half-published',
  EDQUOT: 'the disk quota is used up; make room, then run the command again',
  EMFILE: 'too many files are open; raise the limit with `ulimit -n`',
  ENOENT: 'check that the path exists, and that nothing removed it meanwhile',
};

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack ?? error.cause.message}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
