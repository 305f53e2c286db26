/**
 * An operational failure or a misuse, as a person should see it: what went wrong, and what to do next.
 *
 * Bad *data* is never a MarqueeError; it is a value (quarantine, rejection, hold). A bug is a plain Error.
 */
export class MarqueeError extends Error {
  /** Stable, kebab-case; documented in docs/errors.md. */
  readonly code: string;
  /** The next step for the person who reads it, one sentence. */
  readonly hint: string | undefined;
  /** True where trying again later may succeed without anybody doing anything. */
  readonly retryable: boolean;
  /** What the process exits with: 1 failed, 2 usage or configuration, 75 another marquee holds this root. */
  readonly exitCode: number;

  constructor(
    code: string,
    message: string,
    options: { hint?: string; cause?: unknown; retryable?: boolean; exitCode?: number } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'MarqueeError';
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** Closes a switch over a union: the compiler refuses a forgotten case, the program stops on an impossible one. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
