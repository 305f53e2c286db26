import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { newFolder } from '../cli/new-folder.ts';

/** One request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly headers: IncomingMessage['headers'];
}

/** Something to download, with the headers that go with it. */
export interface Body {
  bytes: Buffer;
  etag?: string;
  lastModified?: string;
  type?: string;
  md5?: boolean;
}

/** What goes wrong: called for each request of a body, it may answer in its own way and return true. */
export type Fault = (request: IncomingMessage, response: ServerResponse, body: Body) => boolean;

/**
 * A server that answers as Kaggle's API does (data set's version, download by a redirect to signed storage elsewhere),
 * FRED's graph and API, and any file at `/files/...`. Written from kagglesdk's
 * `datasets/types/dataset_api_service.py`, the README of Kaggle/kaggle-api and https://fred.stlouisfed.org/docs/api/.
 */
export class RemoteServer {
  readonly seen: Seen[] = [];
  readonly files = new Map<string, Body>();
  /** By owner/name. */
  readonly datasets = new Map<string, { version: number; files: Record<string, Body> }>();
  /** By id of the series. */
  readonly series = new Map<string, { lastUpdated: string; csv: Body; values: [string, string][] }>();
  /** What Kaggle takes as Authorization. */
  authorization: string | null = null;
  fredKey: string | null = null;
  fault: Fault | null = null;
  /** Where FRED's API has moved to, if anywhere. */
  moved: string | null = null;
  /** Where signed storage is: another host, to a client. */
  storage = '';
  url = '';

  private readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = '', url = '', headers } = request;
    this.seen.push({ method, url, authorization: headers.authorization, headers });
    const at = new URL(url, 'http://local');
    const [, api, v1, datasets, what] = at.pathname.split('/');
    const refuse = (status: number): void => void response.writeHead(status).end('{"code":0,"message":"no"}');
    if (at.pathname.startsWith('/files/') || at.pathname.startsWith('/storage/')) {
      const body = this.files.get(at.pathname);
      return body === undefined ? refuse(404) : this.send(request, response, body);
    }
    if (`${api}/${v1}/${datasets}` === 'api/v1/datasets') {
      if (this.authorization !== null && headers.authorization !== this.authorization) return refuse(401);
      const parts = at.pathname.split('/').slice(5).map(decodeURIComponent);
      const dataset = this.datasets.get(`${parts[0]}/${parts[1]}`);
      if (dataset === undefined) return refuse(404);
      if (what === 'view')
        return void response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ ref: `${parts[0]}/${parts[1]}`, currentVersionNumber: dataset.version }));
      const file = dataset.files[parts.slice(2).join('/')];
      if (file === undefined) return refuse(404);
      const place = `/storage/${dataset.version}/${parts.slice(2).join('/')}`;
      this.files.set(place, file);
      return void response
        .writeHead(302, { location: `${this.storage}${place}?X-Goog-Signature=signed` })
        .end();
    }
    const id = at.searchParams.get('id') ?? at.searchParams.get('series_id') ?? '';
    const series = this.series.get(id);
    if (series === undefined) return refuse(404);
    if (at.pathname === '/graph/fredgraph.csv') return this.send(request, response, series.csv);
    if (this.moved !== null) return void response.writeHead(301, { location: `${this.moved}${url}` }).end();
    if (at.searchParams.get('api_key') !== this.fredKey) return refuse(400);
    const answer =
      at.pathname === '/fred/series'
        ? { seriess: [{ id, last_updated: series.lastUpdated }] }
        : { observations: series.values.map(([date, value]) => ({ date, value })) };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  };

  private send(request: IncomingMessage, response: ServerResponse, body: Body): void {
    if (this.fault?.(request, response, body) === true) return;
    sendBody(request, response, body);
  }

  /** Listens on two ports (a port of its own is an origin of its own, as another host is), until the test is over. */
  async listen(tls?: { key: Buffer; cert: Buffer }): Promise<this> {
    const scheme = tls === undefined ? 'http' : 'https';
    const start = async (): Promise<string> => {
      const server = tls === undefined ? createServer(this.handle) : createTlsServer(tls, this.handle);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => {
        server.closeAllConnections();
        server.close();
      });
      return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    this.url = await start();
    this.storage = await start();
    return this;
  }

  /** The environment of a marquee that takes this server for Kaggle and FRED, without anyone's own credentials. */
  env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const none = { KAGGLE_API_TOKEN: '', KAGGLE_USERNAME: '', KAGGLE_KEY: '', FRED_API_KEY: '' };
    const hosts = {
      MARQUEE_KAGGLE_URL: this.url,
      MARQUEE_FRED_URL: this.url,
      MARQUEE_FRED_API_URL: this.url,
    };
    const proxy = { http_proxy: '', https_proxy: '', HTTP_PROXY: '', HTTPS_PROXY: '' };
    return {
      ...none,
      ...hosts,
      ...proxy,
      KAGGLE_CONFIG_DIR: '/nowhere',
      MARQUEE_FETCH_PAUSE_MS: '5',
      ...more,
    };
  }
}

/** Answers as storage does: ETag, Last-Modified, conditional requests, ranges. */
export function sendBody(request: IncomingMessage, response: ServerResponse, body: Body): void {
  const { bytes, etag, lastModified, type = 'text/csv' } = body;
  const { headers } = request;
  const isKnown =
    (etag !== undefined && headers['if-none-match'] === etag) ||
    (lastModified !== undefined && headers['if-modified-since'] === lastModified);
  const common = {
    'content-type': type,
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { 'last-modified': lastModified }),
    ...(body.md5 === true
      ? { 'x-goog-hash': `crc32c=AAAAAA==,md5=${createHash('md5').update(bytes).digest('base64')}` }
      : {}),
  };
  if (isKnown) return void response.writeHead(304, common).end();
  const [, start] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
  const isSame = [etag, lastModified].includes(headers['if-range'] as string);
  if (start !== undefined && isSame) {
    const from = Number(start);
    if (from >= bytes.length)
      return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return void response
      .writeHead(206, {
        ...common,
        'content-length': bytes.length - from,
        'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
      })
      .end(bytes.subarray(from));
  }
  response.writeHead(200, { ...common, 'content-length': bytes.length }).end(bytes);
}

/** A zip archive made by Info-ZIP, of some files by name. */
export function zip(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const folder = newFolder('zip');
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  execFileSync('zip', ['-q', 'a.zip', ...Object.keys(files)], { cwd: folder });
  return readFileSync(path.join(folder, 'a.zip'));
}

/** A key and a certificate for 127.0.0.1 that nobody trusts, made now; `file` is the certificate's. */
export function certificate(): { key: Buffer; cert: Buffer; file: string } {
  const folder = newFolder('tls');
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ${key} -out ${cert} -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1`.split(
      ' ',
    ),
    { stdio: 'ignore' },
  );
  return { key: readFileSync(key), cert: readFileSync(cert), file: cert };
}
