import type { FileVersion } from '../state/records.ts';
import type { StateStore } from '../state/store.ts';
import { parseRefusal } from './state-reader.ts';

/** A drop that the guard holds, as people and scripts see it. */
export interface HeldDrop {
  /** Such as `raw/movie_metadata/tmdb.csv`. */
  readonly path: string;
  readonly source: string;
  readonly fingerprint: string;
  /** What was dropped: other bytes, or nothing any more. */
  readonly kind: 'changed' | 'removed';
  readonly reason: string;
  readonly heldSince: string | null;
  /** A person let it through; the next backfill takes it. */
  readonly isAccepted: boolean;
  readonly recordsInForce: number;
  /** Records by what would become of them; null where that is not known. */
  readonly wouldChange: {
    readonly inserted: number;
    readonly updated: number;
    readonly deleted: number;
  } | null;
  /** Some of the records that would go: text by column. */
  readonly examples: readonly Readonly<Record<string, string>>[];
}

/** All drops that are held, by source and path. */
export function heldDrops(state: StateStore): HeldDrop[] {
  return state.held().map(({ file, version }) => {
    const detail = parseDetail(version);
    return {
      path: `raw/${file.path}`,
      source: file.source,
      fingerprint: version.fingerprint,
      kind: version.removed ? 'removed' : 'changed',
      reason: parseRefusal(version.reason).message,
      heldSince: sinceOf(detail.heldAtMs ?? version.stat?.observedAtMs),
      isAccepted: state.isAccepted(version.fingerprint),
      recordsInForce: state.fileState(file.fileId)?.inForce?.records ?? 0,
      wouldChange: detail.account ?? null,
      examples: detail.examples ?? [],
    };
  });
}

/** The guard's note with a held version; see operators/guard.ts. */
interface Detail {
  readonly heldAtMs?: number;
  readonly account?: { inserted: number; updated: number; deleted: number };
  readonly examples?: readonly Readonly<Record<string, string>>[];
}

function parseDetail({ reason }: FileVersion): Detail {
  const { heldAtMs, account, examples } = (reason === null ? {} : JSON.parse(reason)) as Detail;
  return {
    ...(heldAtMs === undefined ? {} : { heldAtMs }),
    ...(account === undefined
      ? {}
      : { account: { inserted: account.inserted, updated: account.updated, deleted: account.deleted } }),
    ...(examples === undefined ? {} : { examples }),
  };
}

function sinceOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
