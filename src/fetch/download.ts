import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Transform, type Readable } from 'node:stream';
import { MarqueeError } from '../error.ts';
import { discard, type Answer, type HttpClient } from './http.ts';
import { diskFull, isDiskFull, networkFailure } from './http-failure.ts';
import type { Part, PartNote } from './part.ts';
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
  const { url, authorization, staysHome } = located;
  const { name, forbidden } = remote;
  const headers =
    before !== null
      ? { range: `bytes=${from}-`, 'if-range': before.validator ?? '' }
      : located.isConditional
        ? conditions(known)
        : {};
  const answer = await http.get({ url, authorization, headers, name, forbidden, staysHome });
  if (answer.status === 304) {
    discard(answer.body);
    if ('if-none-match' in headers || 'if-modified-since' in headers) return null;
    throw new MarqueeError(
      'fetch-unexpected-answer',
      `${name}: got "not modified" without having asked for it`,
      { hint: 'a cache between here and there answers wrongly: try another network' },
    );
  }
  const range = answer.status === 206 ? rangeOf(answer) : null;
  const isRest = before !== null && range !== null && range.start === from;
  if (answer.status === 416 || (answer.status === 206 && !isRest)) {
    discard(answer.body);
    part.clear();
    throw cutShort(name, `${shownUrl(url)} did not continue where it broke off`);
  }
  refusePage(answer, name, url);
  refuseEncoding(answer, name, url);
  const length = answer.header('content-length');
  const total = isRest ? range.total : length === null ? null : Number(length);
  const etag = answer.header('etag');
  const lastModified = answer.header('last-modified');
  const md5 = md5Of(answer);
  if (isRest && isOfAnother(before, { etag, lastModified, md5 })) {
    discard(answer.body);
    part.clear();
    throw cutShort(name, `${shownUrl(url)} changed while it was fetched`);
  }
  const validator = etag?.startsWith('"') ? etag : lastModified;
  if (isRest) part.cutTo(from);
  else beginPart(part, { identity, validator, md5 }, name);
  arrived(isRest ? from : 0, total);
  await append(answer.body, part, isRest, { name, url, arrived, total });
  if (total !== null && part.size() !== total) {
    if (part.size() > total) part.clear();
    throw cutShort(name, `${shownUrl(url)}: got ${part.size()} bytes, expected ${total}`);
  }
  await compareHash(part, 'md5', (isRest ? before.md5 : null) ?? md5, name);
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
      createWriteStream(part.file, { flags: isRest ? 'a' : 'wx', highWaterMark: 1 << 20, mode: 0o666 }),
    );
  } catch (error) {
    if (isDiskFull(error)) throw diskFull(name);
    if ((error as NodeJS.ErrnoException).syscall === 'open') throw error;
    throw networkFailure(name, url, error);
  }
}

/** `Content-Range`: where the part begins, and how long the whole is; as long as the part reaches, where that isn't said. */
function rangeOf(answer: Answer): { readonly start: number; readonly total: number } | null {
  const [, start, end, total] =
    /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(answer.header('content-range')?.trim() ?? '') ?? [];
  if (start === undefined || end === undefined) return null;
  return { start: Number(start), total: total === '*' ? Number(end) + 1 : Number(total) };
}

/** Whether a rest is of other bytes than what was begun, though it was asked for only if it is not. */
function isOfAnother(
  before: PartNote,
  { etag, lastModified, md5 }: { etag: string | null; lastModified: string | null; md5: string | null },
): boolean {
  const validator = before.validator?.startsWith('"') === true ? etag : lastModified;
  return (
    (validator !== null && validator !== before.validator) ||
    (md5 !== null && before.md5 !== null && md5 !== before.md5)
  );
}

function beginPart(part: Part, note: PartNote, name: string): void {
  try {
    part.begin(note);
  } catch (error) {
    throw isDiskFull(error) ? diskFull(name) : error;
  }
}

/** `Content-MD5`, or that of `x-goog-hash`, which Google's storage sends: https://cloud.google.com/storage/docs/xml-api/reference-headers */
function md5Of(answer: Answer): string | null {
  // Storage that unpacks on its way gives the hash of what it stores packed: it says nothing of what comes.
  const stored = answer.header('x-goog-stored-content-encoding') ?? 'identity';
  if (stored !== 'identity' && answer.header('content-encoding') === null) return null;
  const [, google] = /(?:^|[\s,])md5=([A-Za-z0-9+/=]+)/.exec(answer.header('x-goog-hash') ?? '') ?? [];
  // Content-MD5 is of what is sent, which here may be a rest.
  const given = google ?? (answer.status === 206 ? null : answer.header('content-md5'));
  const bytes = Buffer.from(given ?? '', 'base64');
  return bytes.length === 16 ? bytes.toString('hex') : null;
}

/** A network that wants a sign-in answers anything with a page. */
function refusePage(answer: Answer, name: string, url: URL): void {
  if (!/^text\/html|^application\/xhtml/i.test(answer.header('content-type') ?? '')) return;
  discard(answer.body);
  throw pageInstead(name, url);
}

/** Asked for as it is, an answer may come packed all the same; gz is undone as any gz file is. */
function refuseEncoding(answer: Answer, name: string, url: URL): void {
  const encoding = answer.header('content-encoding')?.trim().toLowerCase() ?? '';
  if (/^(|identity|x-gzip|gzip)$/.test(encoding)) return;
  discard(answer.body);
  throw new MarqueeError(
    'fetch-unexpected-answer',
    `${name}: ${shownUrl(url)} answers compressed by ${encoding}, though asked not to`,
    { hint: 'nothing was taken; look at where it comes from' },
  );
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
