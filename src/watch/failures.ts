import { MarqueeError } from '../error.ts';

/**
 * Whether a failure is the world's and not marquee's: one that says what to do (MarqueeError, StateError), or one of
 * the operating system. Anything else is a bug.
 */
export function isOperational(error: unknown): error is Error {
  if (error instanceof MarqueeError) return true;
  if (!(error instanceof Error)) return false;
  const { code, exitCode, syscall } = error as Error & {
    code?: unknown;
    exitCode?: unknown;
    syscall?: unknown;
  };
  return typeof code === 'string' && (typeof exitCode === 'number' || typeof syscall === 'string');
}

/** How long to wait after the n-th failure in a row (from 0): 0.3 s, doubled each time, at most a minute. */
export function backoffMs(failures: number): number {
  return Math.min(60_000, 300 * 2 ** Math.min(failures, 10));
}
