import { createHash } from 'node:crypto';
import type { Remote } from './remote.ts';

/** A file at any address, plain or as zip or gz; asked for with its ETag or its time, so that it comes only when new. */
export function urlRemote(
  common: Pick<Remote, 'name' | 'into' | 'fileName' | 'sha256'>,
  url: URL,
  member: string | undefined,
): Remote {
  // A key may stand in the query, so only its hash is kept.
  const query = createHash('sha256').update(url.search).digest('hex').slice(0, 16);
  return {
    ...common,
    what: shownUrl(url),
    identity: `url ${shownUrl(url)} ${query} ${member ?? ''} ${common.sha256 ?? ''}`,
    member,
    missing: undefined,
    forbidden: `check in a browser whether ${shownUrl(url)} may be downloaded`,
    locate: () => Promise.resolve({ url, authorization: null, version: null, isConditional: true }),
  };
}

/** An address as it may be printed and kept: without user, password and query, where keys and signatures stand. */
export function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
