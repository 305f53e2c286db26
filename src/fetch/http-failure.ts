import { MarqueeError } from '../error.ts';
import { shownUrl } from './url.ts';

/** A failure that says how long to wait before the next try. */
export class BusyError extends MarqueeError {
  /** As the server asked for; null where it did not. */
  readonly waitMs: number | null;

  constructor(message: string, hint: string, waitMs: number | null) {
    super('fetch-busy', message, { hint, retryable: true });
    this.waitMs = waitMs;
  }
}

/** What an HTTP status means to a person. */
export function statusFailure(
  { name, forbidden }: { readonly name: string; readonly forbidden: string },
  url: URL,
  status: number,
  retryAfter: string | null,
): MarqueeError {
  const message = `${name}: ${shownUrl(url)} answered ${status}`;
  if (status === 401 || status === 403)
    return new MarqueeError('fetch-forbidden', message, { hint: forbidden });
  if (status === 400) return new MarqueeError('fetch-unexpected-answer', message, { hint: forbidden });
  if (status === 404 || status === 410)
    return new MarqueeError('fetch-not-found', message, {
      hint: 'check the name of the data set, file or series in marquee.yaml',
    });
  if (status === 407)
    return new MarqueeError('fetch-forbidden', message, { hint: 'the proxy wants another user or password' });
  if (status === 408 || status === 429 || status >= 500)
    return new BusyError(
      message,
      'it is busy or broken: try again later',
      retryAfterMs(retryAfter, Date.now()),
    );
  return new MarqueeError('fetch-unexpected-answer', message, { hint: 'open the address in a browser' });
}

/** `Retry-After` (RFC 9110, 10.2.3), seconds or a date, as milliseconds from `nowMs`. */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

const certificate = /CERT|SIGNATURE|SELF_SIGNED|ERR_TLS|ISSUER/;
const offline = /^(ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED|ENETDOWN)$/;

/**
 * What a failed connection means to a person. Of the cause nothing but its code is kept: causes carry headers and
 * addresses, and with `MARQUEE_DEBUG` they would be printed.
 */
export function networkFailure(name: string, url: URL, cause: unknown): MarqueeError {
  const code = codeOf(cause);
  const place = shownUrl(url);
  if (certificate.test(code)) {
    return new MarqueeError(
      'fetch-untrusted',
      `${name}: the certificate of ${url.host} is not trusted (${code})`,
      {
        hint: 'where your network has an authority of its own, name its certificate in NODE_EXTRA_CA_CERTS',
      },
    );
  }
  if (isDiskFull(cause)) return diskFull(name);
  const why = /TIMEOUT|ETIMEDOUT/.test(code) ? 'did not answer in time' : 'broke off';
  return offline.test(code)
    ? new MarqueeError('fetch-offline', `${name}: ${url.host} can't be reached (${code})`, {
        hint: 'check the network and https_proxy; everything but fetching works without it',
        retryable: true,
      })
    : new MarqueeError('fetch-cut-short', `${name}: ${place} ${why} (${code})`, {
        hint: 'run it again: what has come is kept, and the rest is asked for',
        retryable: true,
      });
}

/** Whether no space was left for what was to be written. */
export function isDiskFull(error: unknown): boolean {
  return /^(ENOSPC|EDQUOT)$/.test(codeOf(error));
}

/** The disk is full. What has come stays, so that the next try needs only the rest. */
export function diskFull(name: string): MarqueeError {
  return new MarqueeError('fetch-disk-full', `${name}: no space is left beside raw/`, {
    hint: 'make room, then fetch again: what has come is kept',
  });
}

/** Only codes of the form that codes have: anything else could be data. */
function codeOf(cause: unknown): string {
  for (let at = cause, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && /^[A-Z0-9_]{3,50}$/.test(code)) return code;
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
  }
  return 'unknown';
}
