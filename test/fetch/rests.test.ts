import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { gzipSync } from 'node:zlib';
import { Part } from '../../src/fetch/part.ts';
import {
  content,
  cutAt,
  fetchAgain,
  fetchBody,
  last,
  leftovers,
  raw,
  server,
  startOf,
} from './faulty-fetch.ts';
import { sendBody, zip } from './remote-server.ts';

const bytes = Buffer.from(content);
const body = { bytes, etag: '"1"' };
const half = bytes.length >> 1;

/** Sends a part, whatever was asked for. */
const range = (start: number, end: number, total: number | string): Record<string, string | number> => ({
  'content-range': `bytes ${start}-${end}/${total}`,
  'content-length': end - start + 1,
});

describe('a rest', () => {
  afterEach(() => expect(leftovers()).toEqual([]));

  test('that is shorter than asked for is gone on with', async () => {
    let tries = 0;
    await fetchBody(body, (request, response) => {
      tries += 1;
      if (tries === 1) return cutAt(response, body, 0, half);
      const from = startOf(request.headers.range);
      const end = Math.min(from + 99_999, bytes.length - 1);
      response
        .writeHead(206, { etag: '"1"', ...range(from, end, bytes.length) })
        .end(bytes.subarray(from, end + 1));
      return true;
    });
    expect(tries).toBeGreaterThan(3);
    expect(readFileSync(last, 'utf8')).toBe(content);
  });

  test('of another version is not joined to what was begun', async () => {
    const other = Buffer.from(content.toUpperCase());
    let tries = 0;
    await fetchBody(body, (request, response) => {
      tries += 1;
      if (tries === 1) return cutAt(response, body, 0, half);
      const from = startOf(request.headers.range);
      if (from === 0) sendBody(request, response, { bytes: other, etag: '"2"' });
      else
        response
          .writeHead(206, { etag: '"2"', ...range(from, other.length - 1, other.length) })
          .end(other.subarray(from));
      return true;
    });
    expect(readFileSync(last, 'utf8')).toBe(content.toUpperCase());
  });

  test.each(['416', 'a wrong range', 'ever less'])(
    'that comes as %s does not go on for ever',
    async (how) => {
      let requests = 0;
      const failed = fetchBody(how === 'ever less' ? { bytes } : body, (request, response, served) => {
        requests += 1;
        const isRest = request.headers.range !== undefined;
        if (how === 'ever less') return cutAt(response, served, 0, requests % 2 === 1 ? half : half >> 1);
        if (!isRest) return cutAt(response, served, 0, half);
        if (how === '416') response.writeHead(416).end();
        else response.writeHead(206, range(0, 4, bytes.length)).end('id,ti');
        return true;
      });
      await expect(failed).rejects.toMatchObject({ code: 'fetch-cut-short' });
      expect(requests).toBeLessThan(12);
      new Part(last).clear();
    },
  );

  test('that was not asked for is none', async () => {
    const failed = fetchBody(body, (_, response) => {
      response.writeHead(206, range(0, 4, bytes.length)).end('id,ti');
      return true;
    });
    await expect(failed).rejects.toMatchObject({ code: 'fetch-cut-short' });
  });

  test('that nothing has changed, said to whom did not ask, is a failure', async () => {
    const failed = fetchBody(body, (_, response) => {
      response.writeHead(304).end();
      return true;
    });
    await expect(failed).rejects.toMatchObject({ code: 'fetch-unexpected-answer' });
  });

  test('is not written through a link that stands in its place', async () => {
    const precious = path.join(raw, 'precious');
    writeFileSync(precious, 'precious'.repeat(9));
    mkdirSync(path.join(raw, 'cpi'), { recursive: true });
    for (const suffix of ['new', 'part', 'part.json'])
      symlinkSync('../precious', path.join(raw, 'cpi', `.linked.csv.${suffix}`));
    expect(new Part(path.join(raw, 'cpi', 'linked.csv')).size()).toBe(0);
    await fetchBody(body);
    await fetchAgain('linked.csv');
    expect(readFileSync(precious, 'utf8')).toBe('precious'.repeat(9));
    expect(lstatSync(last).isFile()).toBe(true);
    expect(readFileSync(last, 'utf8')).toBe(content);
  });
});

describe('what comes', () => {
  afterEach(() => expect(leftovers()).toEqual([]));

  test('may have a long name, but not that of a folder', async () => {
    await fetchBody(
      body,
      (request, response) => request.headers.range === undefined && cutAt(response, body, 0, half),
      {
        fileName: `${'n'.repeat(240)}.csv`,
      },
    );
    expect(readFileSync(path.join(raw, 'cpi', `${'n'.repeat(240)}.csv`), 'utf8')).toBe(content);
    mkdirSync(path.join(raw, 'cpi', 'folder.csv'));
    await expect(fetchAgain('folder.csv')).rejects.toMatchObject({ code: 'fetch-no-room' });
  });

  test('as a large archive that is damaged, or longer than declared, ends as a failure', async () => {
    // Incompressible, so that the archive is far from read when it fails.
    const noise = Array.from({ length: 60_000 }, (_, i) => createHash('sha256').update(`${i}`).digest('hex'));
    const archive = zip({ 'films.csv': `id\n${noise.join('\n')}\n` });
    const damaged = Buffer.from(archive).fill(0xff, 100, 300);
    const longer = Buffer.from(archive);
    longer.writeUInt32LE(1000, longer.indexOf(Buffer.from('504b0102', 'hex')) + 24);
    for (const broken of [damaged, longer])
      await expect(fetchBody({ bytes: broken, etag: '"1"' })).rejects.toMatchObject({
        code: 'fetch-damaged',
      });
  });

  test('may begin with PK', async () => {
    await fetchBody({ bytes: Buffer.from('PK,title\n1,a\n') });
    expect(readFileSync(last, 'utf8')).toBe('PK,title\n1,a\n');
  });

  test('packed though asked not to be is refused, or undone', async () => {
    const answer = (encoding: string, packed: Buffer) =>
      fetchBody(body, (_, response) => {
        response
          .writeHead(200, { 'content-encoding': encoding, 'content-length': packed.length })
          .end(packed);
        return true;
      });
    await expect(answer('br', Buffer.from('xyz'))).rejects.toMatchObject({ code: 'fetch-unexpected-answer' });
    await answer('gzip', gzipSync(content));
    expect(readFileSync(last, 'utf8')).toBe(content);
    const twice = answer('gzip', gzipSync(zip({ 'films.csv': 'id\n1\n' })));
    await expect(twice).rejects.toMatchObject({ code: 'fetch-no-csv' });
  });

  test('as JSON, or as a page without a head, is no CSV', async () => {
    for (const page of ['{"error": "no"}', '<!-- --><html>', '<script>go()</script>']) {
      const failed = fetchBody({ bytes: Buffer.from(page) });
      await expect(failed).rejects.toMatchObject({ code: 'fetch-no-csv' });
    }
  });

  test('is not held against the hash of what is stored packed, nor against one that is no MD5', async () => {
    for (const headers of [
      { 'x-goog-stored-content-encoding': 'gzip', 'x-goog-hash': 'md5=AAAAAAAAAAAAAAAAAAAAAA==' },
      { 'content-md5': '0123456789abcdef0123456789abcdef' },
    ]) {
      await fetchBody(body, (_, response) => {
        response.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes);
        return true;
      });
      expect(readFileSync(last, 'utf8')).toBe(content);
    }
    expect(server.seen).toHaveLength(1);
  });
});
