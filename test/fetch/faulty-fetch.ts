import { readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { createHttpClient } from '../../src/fetch/http.ts';
import { fetchRemote, type FetchedFile } from '../../src/fetch/fetch-remote.ts';
import { Part } from '../../src/fetch/part.ts';
import type { Remote } from '../../src/fetch/remote.ts';
import { urlRemote } from '../../src/fetch/url.ts';
import { newFolder } from '../cli/new-folder.ts';
import { RemoteServer, type Body, type Fault } from './remote-server.ts';

/** A CSV of half a megabyte. */
export const content = `id,title\n${Array.from({ length: 20_000 }, (_, i) => `${i},Film number ${(i * 7919) % 20_011}\n`).join('')}`;
export const raw = newFolder('faults');
/** That of the last fetch. */
export let server: RemoteServer;
let round = 0;

/** A new target for each fetch; `last` is its file. */
export let last = '';

/** Fetches a body from a server of its own, whose answers a fault may spoil. */
export async function fetchBody(
  body: Body,
  fault: Fault | null = null,
  more: Partial<Remote> = {},
  patienceMs = 10_000,
): Promise<FetchedFile> {
  server = await new RemoteServer().listen();
  server.files.set('/files/films', body);
  server.fault = fault;
  return fetchAgain(`f${(round += 1)}.csv`, more, patienceMs);
}

/** Fetches into a file from the last server. */
export async function fetchAgain(
  fileName: string,
  more: Partial<Remote> = {},
  patienceMs = 10_000,
): Promise<FetchedFile> {
  last = path.join(raw, 'cpi', more.fileName ?? fileName);
  const common = { name: 'films', into: 'cpi', fileName, sha256: undefined };
  const remote = {
    ...urlRemote(common, new URL(`${server.url}/files/films?key=hidden`), undefined),
    ...more,
  };
  const http = createHttpClient({}, { answerMs: patienceMs, stallMs: patienceMs });
  onTestFinished(() => http.close());
  const retry = { tries: 3, firstMs: 1, longestMs: 2000, random: () => 0 };
  return fetchRemote(raw, remote, null, { http, retry, arrived: () => undefined });
}

/**
 * Sends the head of an answer with some bytes of its body, and breaks the connection when they have come: what is
 * under way when a connection breaks may be lost, and then how far a try got would be up to the machine. Of `missing`
 * bytes more the head speaks than there are.
 */
export function cutAt(response: ServerResponse, body: Body, from: number, to: number, missing = 0): true {
  const { bytes, etag } = body;
  const range = from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
  response.writeHead(from > 0 ? 206 : 200, {
    ...(etag === undefined ? {} : { etag }),
    'content-length': bytes.length + missing - from,
    ...range,
  });
  response.write(bytes.subarray(from, to));
  const part = new Part(last);
  const look = setInterval(() => {
    if (part.size() < to) return;
    clearInterval(look);
    response.destroy();
  }, 2);
  response.once('close', () => clearInterval(look));
  return true;
}

/** Where a range begins; 0 without one. */
export const startOf = (range: string | undefined): number => Number(/\d+/.exec(range ?? '')?.[0] ?? 0);

/** Hidden files beside the targets. */
export const leftovers = (): string[] =>
  readdirSync(path.join(raw, 'cpi')).filter((name) => name.startsWith('.'));
