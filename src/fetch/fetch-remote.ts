import {
  closeSync,
  createReadStream,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { MarqueeError } from '../error.ts';
import { downloadInto, pageInstead, type Arrived } from './download.ts';
import type { HttpClient } from './http.ts';
import { networkFailure } from './http-failure.ts';
import { Part } from './part.ts';
import type { Ask, Located, Remote, RemoteVersion } from './remote.ts';
import { retrying, type RetryOptions } from './retrying.ts';
import { archiveKind, firstBytes, unpack } from './unpack.ts';

/** What fetching needs. */
export interface FetchTools {
  readonly http: HttpClient;
  readonly retry: RetryOptions;
  readonly arrived: Arrived;
}

/** What fetching one remote came to. */
export interface FetchedFile {
  /** `unchanged`: the remote has nothing new. `same`: it was downloaded, and holds what stands in raw/ already. */
  readonly status: 'fetched' | 'same' | 'unchanged';
  /** Bytes of the file in raw/. */
  readonly bytes: number;
  readonly version: RemoteVersion;
}

/**
 * Brings the file of one remote in `raw/` to what the remote has. It is downloaded beside its target, checked,
 * unpacked, and renamed, so that raw/ only ever holds whole files; where a try was cut short, the next goes on from there.
 *
 * @param known what was fetched last; it counts only while the file stands in raw/ as it was left there
 * @throws MarqueeError, nothing in raw/ being changed then
 */
export async function fetchRemote(
  raw: string,
  remote: Remote,
  known: RemoteVersion | null,
  tools: FetchTools,
): Promise<FetchedFile> {
  const target = path.join(raw, remote.into, remote.fileName);
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new MarqueeError(
      'fetch-no-room',
      `${remote.name}: raw/${remote.into}/${remote.fileName} is a folder, expected a file`,
      {
        hint: 'move it away, or give the file another name (key: as)',
      },
    );
  }
  const inPlace =
    known !== null && known.identity === remote.identity && isAsLeft(target, known) ? known : null;
  const located = await remote.locate(inPlace, askWith(remote, tools));
  if (located === null && inPlace !== null)
    return { status: 'unchanged', bytes: inPlace.size, version: inPlace };
  if (located === null) throw new Error(`${remote.name} has no version without a known one`);
  mkdirSync(path.dirname(target), { recursive: true });
  const part = new Part(target);
  const downloaded = await retrying(
    async () => {
      const found = await downloadInto(part, located, { remote, known: inPlace, ...tools });
      if (found !== null) await makeCsv(part, located, remote);
      return found;
    },
    tools.retry,
    () => part.size(),
  );
  if (downloaded === null) part.clear();
  if (downloaded === null && inPlace !== null)
    return { status: 'unchanged', bytes: inPlace.size, version: inPlace };
  if (downloaded === null) throw new Error(`${remote.name} is unchanged without a known version`);
  const isSame = await haveSameBytes(part.unpacked, target);
  if (!isSame) moveIntoPlace(part.unpacked, target);
  part.clear();
  const { size, mtimeMs } = statSync(target);
  const { etag, lastModified } = downloaded;
  const version = { identity: remote.identity, version: located.version, etag, lastModified, size, mtimeMs };
  return { status: isSame ? 'same' : 'fetched', bytes: size, version };
}

function isAsLeft(target: string, known: RemoteVersion): boolean {
  const stat = statSync(target, { throwIfNoEntry: false });
  return stat !== undefined && stat.size === known.size && stat.mtimeMs === known.mtimeMs;
}

/** An answer of an API is small; what is larger is none. */
const maxAnswerBytes = 10_000_000;

function askWith({ name, forbidden }: Remote, { http, retry }: FetchTools): Ask {
  return (url, authorization, staysHome) =>
    retrying(async () => {
      const { body } = await http.get({ url, authorization, headers: {}, name, forbidden, staysHome });
      const content = await smallText(body).catch((error: unknown) => {
        throw error instanceof RangeError
          ? new MarqueeError('fetch-unexpected-answer', `${name}: ${url.host} ${error.message}`, {
              hint: 'try again later; report it if it stays so',
            })
          : networkFailure(name, url, error);
      });
      try {
        return JSON.parse(content) as unknown;
      } catch {
        throw /^\s*</.test(content)
          ? pageInstead(name, url)
          : new MarqueeError(
              'fetch-unexpected-answer',
              `${name}: ${url.host} answered something that is no JSON`,
              {
                hint: 'try again later; report it if it stays so',
              },
            );
      }
    }, retry);
}

/** @throws RangeError for a body that is too large */
async function smallText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Buffer).length;
    if (size > maxAnswerBytes) throw new RangeError(`answered more than ${maxAnswerBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function makeCsv(part: Part, located: Located, remote: Remote): Promise<void> {
  rmSync(part.unpacked, { force: true });
  try {
    if (located.convert === undefined) await unpack(part.file, part.unpacked, remote.member, remote.name);
    else writeFileSync(part.unpacked, located.convert(readFileSync(part.file)), { flag: 'wx', flush: true });
    const head = firstBytes(part.unpacked, 512)
      .toString('latin1')
      .replace(/^\xef\xbb\xbf/, '')
      .trimStart();
    if (head.startsWith('<')) throw pageInstead(remote.name, located.url);
    const isPacked = archiveKind(firstBytes(part.unpacked, 4)) !== null;
    const other = isPacked ? 'something compressed twice' : head.startsWith('{') ? 'JSON' : null;
    if (other !== null) {
      throw new MarqueeError('fetch-no-csv', `${remote.name}: got ${other}, expected CSV`, {
        hint: 'what is in raw/ stays; look at where it comes from',
      });
    }
    if (head === '') {
      throw new MarqueeError('fetch-no-csv', `${remote.name}: got an empty file, expected CSV`, {
        hint: 'what is in raw/ stays; look at where it comes from',
      });
    }
  } catch (error) {
    // What can't be used is not to be gone on with; a full disk says nothing about what has come.
    if (error instanceof MarqueeError && error.code === 'fetch-disk-full')
      rmSync(part.unpacked, { force: true });
    else part.clear();
    throw error;
  }
}

/** So that what was edited or touched by hand doesn't come again as news. */
async function haveSameBytes(a: string, b: string): Promise<boolean> {
  if (statSync(b, { throwIfNoEntry: false })?.size !== statSync(a).size) return false;
  const others = createReadStream(b, { highWaterMark: 1 << 20 })[Symbol.asyncIterator]();
  for await (const chunk of createReadStream(a, { highWaterMark: 1 << 20 })) {
    const other = await others.next();
    if (other.done === true || !(chunk as Buffer).equals(other.value as Buffer)) {
      await others.return?.();
      return false;
    }
  }
  await others.return?.();
  return true;
}

function moveIntoPlace(from: string, to: string): void {
  renameSync(from, to);
  const folder = openSync(path.dirname(to), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
