import { z } from 'zod';
import type { StateStore } from '../../state/store.ts';
import type { RemoteVersion } from './remote.ts';

const versionSchema = z.object({
  identity: z.string(),
  version: z.string().nullable(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  size: z.number(),
  mtimeMs: z.number(),
});

type Metas = Pick<StateStore, 'meta' | 'setMeta'>;

/** What was last fetched under a name; null where nothing was, or it is unreadable. One short text a name is kept. */
export function readRemoteVersion(state: Metas, name: string): RemoteVersion | null {
  const text = state.meta(`remote:${name}`);
  if (text === null) return null;
  const parsed = versionSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}

/** Remembers what was fetched, once it stands in raw/. */
export function writeRemoteVersion(state: Metas, name: string, version: RemoteVersion): void {
  state.setMeta(`remote:${name}`, JSON.stringify(version));
}

/** When a watcher last fetched by itself, in ms since 1970; null for never. */
export function lastScheduledFetch(state: Metas): number | null {
  const text = state.meta('fetch:scheduled');
  return text === null ? null : Number(text);
}

/** Remembers when a watcher fetched by itself. */
export function noteScheduledFetch(state: Metas, nowMs: number): void {
  state.setMeta('fetch:scheduled', String(nowMs));
}
