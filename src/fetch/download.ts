import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Transform, type Readable } from 'node:stream';
import { MarqueeError } from '../error.ts';
import { discard, type Answer, type HttpClient } from './http.ts';
import { diskFull, networkFailure } from './http-failure.ts';
import type { Part } from './part.ts';
import type { Located, Remote, RemoteVersion } from './remote.ts';
import { shownUrl } from './url.ts';

/** What a download came to. */
export interface Downloaded {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** Told how far a download is, in bytes. */
export type Arrived = (bytes: number, total: number | null) => void;

/**
 * One try to get the whole of a remote into its part file: from where the last try ended, where the server still has
 * the same bytes (Range with If-Range, RFC 9110), else from the start. Then length and checksums are compared.
 *
 * @returns null where the remote has nothing newer than `known`
 * @throws MarqueeError; where it is retryable, the next try goes on from here
 */
export async function downloadInto(
  part: Part,
  located: Located,
  {
    remote,
    known,
    http,
    arrived,
  }: {
    readonly remote: Remote;
    readonly known: RemoteVersion | null;
    readonly http: HttpClient;
    readonly arrived: Arrived;
  },
): Promise<Downloaded | null> {
  const identity = `${remote.identity} ${located.version ?? ''}`;
  const before = part.note(identity);
  // The last byte is asked for again: of a part that is whole nothing is left to ask for, and it would come anew.
  const from = before === null ? 0 : part.size() - 1;
  const { url, authorization } = located;
  const { name, forbidden } = remote;
  const headers =
    before !== null
      ? { range: `bytes=${from}-`, 'if-range': before.validator ?? '' }
      : located.isConditional
        ? conditions(known)
        : {};
  const answer = await http.get({ url, authorization, headers, name, forbidden });
  if (answer.status === 304) {
    discard(answer.body);
    return null;
  }
  if (answer.status === 416 || (answer.status === 206 && rangeStart(answer) !== from)) {
    discard(answer.body);
    part.clear();
    throw cutShort(name, `${shownUrl(url)} did not continue where it broke off`);
  }
  refusePage(answer, name, url);
  const isRest = answer.status === 206;
  const length = answer.header('content-length');
  const total = length === null ? null : Number(length) + (isRest ? from : 0);
  const etag = answer.header('etag');
  const lastModified = answer.header('last-modified');
  const md5 = (isRest ? before?.md5 : null) ?? md5Of(answer);
  if (!isRest) part.begin({ identity, validator: etag?.startsWith('"') ? etag : lastModified, md5 });
  if (isRest) part.cutTo(from);
  arrived(isRest ? from : 0, total);
  await append(answer.body, part, isRest, { name, url, arrived, total });
  if (total !== null && part.size() !== total) {
    if (part.size() > total) part.clear();
    throw cutShort(name, `${shownUrl(url)}: got ${part.size()} bytes, expected ${total}`);
  }
  await compareHash(part, 'md5', md5, name);
  await compareHash(part, 'sha256', remote.sha256 ?? null, name);
  return { etag, lastModified };
}

function conditions(known: RemoteVersion | null): Record<string, string> {
  if (known?.etag != null) return { 'if-none-match': known.etag };
  return known?.lastModified == null ? {} : { 'if-modified-since': known.lastModified };
}

async function append(
  body: Readable,
  part: Part,
  isRest: boolean,
  { name, url, arrived, total }: { name: string; url: URL; arrived: Arrived; total: number | null },
): Promise<void> {
  let size = isRest ? part.size() : 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      arrived(size, total);
      done(null, chunk);
    },
  });
  try {
    await pipeline(
      body,
      count,
      createWriteStream(part.file, { flags: isRest ? 'a' : 'w', highWaterMark: 1 << 20, mode: 0o666 }),
    );
  } catch (error) {
    if (/^(ENOSPC|EDQUOT)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw diskFull(name);
    if ((error as NodeJS.ErrnoException).syscall === 'open') throw error;
    throw networkFailure(name, url, error);
  }
}

function rangeStart(answer: Answer): number | null {
  const [, start] = /^bytes (\d+)-/.exec(answer.header('content-range') ?? '') ?? [];
  return start === undefined ? null : Number(start);
}

/** `Content-MD5`, or that of `x-goog-hash`, which Google's storage sends: https://cloud.google.com/storage/docs/xml-api/reference-headers */
function md5Of(answer: Answer): string | null {
  const [, google] = /(?:^|[\s,])md5=([A-Za-z0-9+/=]+)/.exec(answer.header('x-goog-hash') ?? '') ?? [];
  const given = google ?? answer.header('content-md5');
  return given == null ? null : Buffer.from(given, 'base64').toString('hex');
}

/** A network that wants a sign-in answers anything with a page. */
function refusePage(answer: Answer, name: string, url: URL): void {
  if (!/^text\/html|^application\/xhtml/i.test(answer.header('content-type') ?? '')) return;
  discard(answer.body);
  throw pageInstead(name, url);
}

/** The failure for a web page in place of data. */
export function pageInstead(name: string, url: URL): MarqueeError {
  return new MarqueeError('fetch-no-csv', `${name}: got a web page from ${shownUrl(url)}, expected CSV`, {
    hint: 'the network may ask you to sign in first: open the address in a browser',
  });
}

async function compareHash(
  part: Part,
  algorithm: string,
  expected: string | null,
  name: string,
): Promise<void> {
  if (expected === null) return;
  const hash = createHash(algorithm);
  await pipeline(createReadStream(part.file, { highWaterMark: 1 << 20 }), hash);
  const got = hash.digest('hex');
  if (got === expected) return;
  part.clear();
  throw new MarqueeError('fetch-damaged', `${name}: got ${algorithm} ${got}, expected ${expected}`, {
    hint: 'it is fetched anew; if it stays so, the file was changed at its source',
    retryable: true,
  });
}

function cutShort(name: string, what: string): MarqueeError {
  return new MarqueeError('fetch-cut-short', `${name}: ${what}`, {
    hint: 'run it again: what has come is kept, and the rest is asked for',
    retryable: true,
  });
}
