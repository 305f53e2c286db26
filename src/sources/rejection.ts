/** Why a whole file isn't taken; its previous version stays in force. A value, never thrown across a module. */
export interface Rejection {
  readonly kind: 'rejection';
  /** Stable, kebab-case; documented in docs/errors.md. */
  readonly code: RejectionCode;
  /** What is wrong, what was got and what was expected; without the file's name, which the caller knows. */
  readonly message: string;
  /** What the person who dropped the file does next. */
  readonly hint: string;
  /** 1-based line where it shows, null where it is about the file as a whole. */
  readonly line: number | null;
}

/** Every reason for which a file is rejected while it is opened or read. */
export type RejectionCode =
  | 'missing-column'
  | 'unknown-header'
  | 'ambiguous-header'
  | 'refused-form'
  | 'empty-file'
  | 'not-a-file'
  | 'broken-link'
  | 'unreadable'
  | 'binary-file'
  | 'header-too-long'
  | 'record-too-large'
  | 'truncated';

/** Makes a rejection. */
export function rejection(
  code: RejectionCode,
  message: string,
  hint: string,
  line: number | null = null,
): Rejection {
  return { kind: 'rejection', code, message, hint, line };
}
