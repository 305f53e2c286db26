import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { EnvHttpProxyAgent, request, type Dispatcher } from 'undici';
import { MarqueeError } from '../error.ts';
import { networkFailure, statusFailure } from './http-failure.ts';
import type { Secret } from './secret.ts';
import { shownUrl } from './url.ts';

/** An answer, its body not read yet: read it, or destroy it. */
export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly body: Readable;
}

/** What is asked for. */
export interface Question {
  readonly url: URL;
  readonly authorization: Secret | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Name of the remote, for messages. */
  readonly name: string;
  /** What to do about 400, 401 and 403. */
  readonly forbidden: string;
  /** See `Located`. */
  readonly staysHome?: boolean | undefined;
}

/** Times of a client. */
export interface HttpTimes {
  /** To connect, and to the first byte of an answer. */
  readonly answerMs: number;
  /** Longest pause in a body. */
  readonly stallMs: number;
}

/** Asks over HTTP. */
export interface HttpClient {
  /**
   * One GET, following redirects: 200, 206, 304 and 416 are answers, all else is a failure.
   *
   * @throws MarqueeError, retryable where trying again may help
   */
  get(question: Question): Promise<Answer>;
  close(): Promise<void>;
}

const maxRedirects = 10;

/**
 * Makes a client. Proxies are taken from `https_proxy`, `http_proxy` and `no_proxy`; certificates are always checked,
 * against Node's own and those in `NODE_EXTRA_CA_CERTS` and `SSL_CERT_FILE`. A credential goes to the host it was
 * meant for and to no other that a redirect leads to, and from https nothing leads to http.
 */
export function createHttpClient(env: NodeJS.ProcessEnv, times: HttpTimes): HttpClient {
  const tls = { rejectUnauthorized: true, ...authorities(env) };
  let dispatcher: EnvHttpProxyAgent;
  try {
    dispatcher = new EnvHttpProxyAgent({
      connect: { ...tls, timeout: times.answerMs },
      requestTls: tls,
      proxyTls: tls,
      headersTimeout: times.answerMs,
      bodyTimeout: times.stallMs,
    });
  } catch {
    // What went wrong is not told: a proxy's address may hold a password.
    throw new MarqueeError('usage', 'http_proxy or https_proxy holds no address', {
      hint: 'write it as http://host:port',
      exitCode: 2,
    });
  }
  return {
    get: (question) => follow(question, dispatcher),
    // What is still under way is of no use to anyone.
    close: () => dispatcher.destroy(),
  };
}

async function follow(question: Question, dispatcher: Dispatcher): Promise<Answer> {
  const { name, authorization } = question;
  let { url } = question;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const isHome = url.origin === question.url.origin;
    const headers = {
      'user-agent': 'marquee',
      // A range of a compressed body would be of no use.
      'accept-encoding': 'identity',
      ...question.headers,
      ...(authorization !== null && isHome ? { authorization: authorization.reveal() } : {}),
    };
    const answer = await request(url, { dispatcher, method: 'GET', headers }).catch((error: unknown) => {
      throw networkFailure(name, url, error);
    });
    const header = (key: string): string | null => {
      const value = answer.headers[key];
      return value === undefined ? null : String(value);
    };
    const { statusCode: status, body } = answer;
    const location = header('location');
    if (![301, 302, 303, 307, 308].includes(status) || location === null) {
      if ([200, 206, 304, 416].includes(status)) return { status, header, body };
      discard(body);
      throw statusFailure(question, url, status, header('retry-after'));
    }
    discard(body);
    const next = URL.canParse(location, url.href) ? new URL(location, url) : null;
    if (
      next === null ||
      !/^https?:$/.test(next.protocol) ||
      (url.protocol === 'https:' && next.protocol !== 'https:') ||
      (question.staysHome === true && next.origin !== question.url.origin)
    ) {
      throw new MarqueeError(
        'fetch-bad-redirect',
        `${name}: ${shownUrl(url)} leads to an address that is not safe`,
        {
          hint: 'the network may ask you to sign in first: open the address in a browser',
        },
      );
    }
    url = next;
  }
  throw new MarqueeError('fetch-bad-redirect', `${name}: ${shownUrl(question.url)} leads in circles`, {
    hint: 'open the address in a browser, and correct it in marquee.yaml',
  });
}

/** Ends a body that nobody reads; what it still says, and how it fails, is of no interest. */
export function discard(body: Readable): void {
  body.on('error', () => undefined);
  body.destroy();
}

/** `ca` takes the place of all that Node knows, so it has to be named whole. */
function authorities(env: NodeJS.ProcessEnv): { ca?: string[] } {
  const file = env['SSL_CERT_FILE'];
  if (!file) return {};
  try {
    const extra = [file, env['NODE_EXTRA_CA_CERTS'] ?? ''].filter(Boolean);
    return { ca: [...rootCertificates, ...extra.map((name) => readFileSync(name, 'utf8'))] };
  } catch (error) {
    throw new MarqueeError('usage', `SSL_CERT_FILE can't be read: ${(error as Error).message}`, {
      hint: 'correct or unset it',
      exitCode: 2,
    });
  }
}
