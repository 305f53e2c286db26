/** What can go wrong with the state store; stable, documented in docs/errors.md. */
export type StateErrorCode =
  | 'state-busy'
  | 'state-corrupt'
  | 'state-disk-full'
  | 'state-foreign'
  | 'state-io'
  | 'state-missing'
  | 'state-newer'
  | 'state-older'
  | 'state-unwritable';

/**
 * An operational failure of the state store. The fields are those of `MarqueeError` (which state/ may not import),
 * so that whoever prints one prints the other.
 */
export class StateError extends Error {
  readonly code: StateErrorCode;
  /** The next step for the person who reads it, one sentence. */
  readonly hint: string;
  /** True where trying again later may succeed without anybody doing anything. */
  readonly retryable: boolean;
  readonly exitCode: number = 1;

  constructor(
    code: StateErrorCode,
    message: string,
    options: { hint: string; cause?: unknown; retryable?: boolean },
  ) {
    super(message, { cause: options.cause });
    this.name = 'StateError';
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
  }
}
