import path from 'node:path';
import { openSqliteStore } from '../state/sqlite-store.ts';
import type { StateStore } from '../state/store.ts';

/** Where the state store of a root stands. */
export function stateFile(root: string): string {
  return path.join(root, '.marquee', 'state.sqlite');
}

/**
 * Runs `read` on the state store of a root, opened for reading beside whoever writes it; closes it afterwards.
 *
 * @throws StateError `state-missing` before the first backfill, or another one of `openSqliteStore`
 */
export function readState<T>(root: string, read: (state: StateStore) => T): T {
  const state = openSqliteStore(stateFile(root), { readOnly: true });
  try {
    return read(state);
  } finally {
    state.close();
  }
}

/** Why a version is held or rejected, as the pipeline stores it. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** Reads the reason stored with a held or rejected version; whatever it is, it comes out as a message. */
export function parseRefusal(reason: string | null): Refusal {
  const found: unknown = reason === null ? null : JSON.parse(reason);
  if (typeof found !== 'object' || found === null)
    return { code: 'unknown', message: String(found), hint: undefined };
  const { code, message, hint } = found as Record<string, unknown>;
  return {
    code: typeof code === 'string' ? code : 'unknown',
    message: typeof message === 'string' ? message : (reason ?? ''),
    hint: typeof hint === 'string' ? hint : undefined,
  };
}
