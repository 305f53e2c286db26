import { z } from 'zod';
import type { StateStore } from '../state/store.ts';

/** What a request to accept held drops carries: their whole fingerprints. */
const acceptPayload = z.object({ fingerprints: z.array(z.string()).readonly() });

/** Leaves a request to accept held drops for whoever works on the root. */
export function requestAcceptance(state: StateStore, fingerprints: readonly string[], nowMs: number): void {
  state.addRequest('accept', JSON.stringify({ fingerprints } satisfies z.infer<typeof acceptPayload>), nowMs);
}

/**
 * Does what other processes asked for while this one held the root. A request is done and forgotten in one
 * transaction, so that a crash neither loses it nor does half of it. Kinds that are not known here stay.
 *
 * @returns how many were served
 */
export function serveRequests(state: StateStore): number {
  const open = state.requests().filter(({ kind }) => kind === 'accept');
  for (const { requestId, payload, requestedAtMs } of open) {
    state.transaction(() => {
      const { fingerprints } = acceptPayload.parse(JSON.parse(payload));
      for (const fingerprint of fingerprints) state.accept(fingerprint, requestedAtMs);
      state.completeRequest(requestId);
    });
  }
  return open.length;
}

const fetchPayload = z.object({ names: z.array(z.string()).readonly() });

/** Leaves a request to fetch remotes (all without names) for whoever watches the root. */
export function requestFetch(state: StateStore, names: readonly string[], nowMs: number): void {
  state.addRequest('fetch', JSON.stringify({ names } satisfies z.infer<typeof fetchPayload>), nowMs);
}

/** The open requests to fetch; each is to be completed once it was served. */
export function fetchRequests(
  state: StateStore,
): readonly { readonly requestId: number; readonly names: readonly string[] }[] {
  return state
    .requests()
    .filter(({ kind }) => kind === 'fetch')
    .map(({ requestId, payload }) => ({ requestId, names: fetchPayload.parse(JSON.parse(payload)).names }));
}
