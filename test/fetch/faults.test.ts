import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { retryAfterMs } from '../../src/fetch/http-failure.ts';
import { newFolder } from '../cli/new-folder.ts';
import { content, cutAt, fetchAgain, fetchBody, last, leftovers, server, startOf } from './faulty-fetch.ts';
import { RemoteServer, sendBody, zip, type Fault } from './remote-server.ts';

describe('a download', () => {
  afterEach(() => expect(leftovers()).toEqual([]));

  for (const [form, bytes] of [
    ['plain', Buffer.from(content)],
    ['zip', zip({ 'films.csv': content })],
    ['gz', gzipSync(content)],
  ] as const) {
    test(`that is cut at every tenth of its body goes on from there (${form})`, async () => {
      const tenth = Math.ceil(bytes.length / 10);
      let cuts = 0;
      const starts: number[] = [];
      await fetchBody({ bytes, etag: '"1"', md5: true }, (request, response, body) => {
        const from = startOf(request.headers.range);
        starts.push(from);
        if (cuts === 9) return false;
        cuts += 1;
        return cutAt(response, body, from, tenth * cuts);
      });
      expect(cuts).toBe(9);
      // More failures than tries are allowed: each got further. The last byte is asked for again.
      expect(starts).toEqual(Array.from({ length: 10 }, (_, cut) => Math.max(0, cut * tenth - 1)));
      expect(readFileSync(last, 'utf8')).toBe(content);
    });
  }

  test('begins anew where the remote changed meanwhile', async () => {
    const body = { bytes: Buffer.from('id,title\n1,Old and long enough\n'), etag: '"1"' };
    let tries = 0;
    await fetchBody(body, (request, response) => {
      tries += 1;
      if (tries > 1) return false;
      cutAt(response, { ...body }, 0, 20);
      body.bytes = Buffer.from('id,title\n1,New\n');
      body.etag = '"2"';
      return request.headers.range === undefined;
    });
    expect(readFileSync(last, 'utf8')).toBe('id,title\n1,New\n');
  });

  test('whose declared length is wrong is cut short, and what is in raw/ stays', async () => {
    const bytes = Buffer.from(content);
    await fetchBody({ bytes, etag: '"1"' });
    server.fault = (_, response) => cutAt(response, { bytes, etag: '"2"' }, 0, bytes.length, 10);
    await expect(fetchAgain(path.basename(last))).rejects.toMatchObject({ code: 'fetch-cut-short' });
    expect(readFileSync(last, 'utf8')).toBe(content);
    // The next time goes on from what came of it; by then the server says how long it is.
    server.files.set('/files/films', { bytes: Buffer.from(`${content}9,the rest\n`), etag: '"2"' });
    server.fault = null;
    await fetchAgain(path.basename(last));
    expect(server.seen.at(-1)?.headers.range).toMatch(/^bytes=\d+-$/);
    expect(readFileSync(last, 'utf8')).toBe(`${content}9,the rest\n`);
  });

  test('that stalls is tried again', async () => {
    let tries = 0;
    const stalls: Fault = (_, response, { bytes }) => {
      tries += 1;
      if (tries > 1) return false;
      response.writeHead(200, { etag: '"1"', 'content-length': bytes.length }).write(bytes.subarray(0, 100));
      return true;
    };
    await fetchBody({ bytes: Buffer.from(content), etag: '"1"' }, stalls, {}, 400);
    expect(tries).toBe(2);
    expect(readFileSync(last, 'utf8')).toBe(content);
  });

  test('waits as a busy server asks it to, and not longer than makes sense', async () => {
    let tries = 0;
    const began = performance.now();
    await fetchBody({ bytes: Buffer.from(content) }, (_, response) => {
      tries += 1;
      if (tries > 1) return false;
      response.writeHead(429, { 'retry-after': '1' }).end();
      return true;
    });
    expect(performance.now() - began).toBeGreaterThan(990);
    const hours = fetchBody({ bytes: Buffer.from(content) }, (_, response) => {
      response.writeHead(503, { 'retry-after': '7200' }).end();
      return true;
    });
    await expect(hours).rejects.toMatchObject({ code: 'fetch-busy' });
    expect(server.seen).toHaveLength(1);
    expect(retryAfterMs('Wed, 25 Nov 2026 22:00:10 GMT', Date.parse('2026-11-25T22:00:00Z'))).toBe(10_000);
  });

  test('with a wrong checksum is not taken, and what is in raw/ stays', async () => {
    const bytes = Buffer.from(content);
    await fetchBody({ bytes });
    server.fault = (_, response) => {
      response
        .writeHead(200, { 'x-goog-hash': 'md5=AAAAAAAAAAAAAAAAAAAAAA==', 'content-length': 5 })
        .end('id\n1\n');
      return true;
    };
    await expect(fetchAgain(path.basename(last))).rejects.toMatchObject({ code: 'fetch-damaged' });
    expect(server.seen).toHaveLength(5);
    expect(readFileSync(last, 'utf8')).toBe(content);
    const digits = '0'.repeat(64);
    await expect(fetchBody({ bytes }, null, { sha256: digits })).rejects.toMatchObject({
      code: 'fetch-damaged',
    });
    expect(existsSync(last)).toBe(false);
  });

  test('whose zip is damaged is not taken', async () => {
    const bytes = zip({ 'films.csv': content });
    const at = bytes.indexOf(Buffer.from('504b0102', 'hex'));
    bytes.writeUInt32LE(1, at + 16);
    await expect(fetchBody({ bytes })).rejects.toMatchObject({ code: 'fetch-damaged' });
    expect(existsSync(last)).toBe(false);
  });

  test('that is a web page is told as such, whatever it says it is', async () => {
    const page = Buffer.from('  <!DOCTYPE html><title>Sign in</title>');
    for (const type of ['text/html; charset=utf-8', 'text/csv']) {
      const failure = fetchBody({ bytes: page, type });
      await expect(failure).rejects.toMatchObject({ code: 'fetch-no-csv' });
      await expect(failure).rejects.not.toThrow('hidden');
    }
  });

  test('that leads in circles ends', async () => {
    const circle = fetchBody({ bytes: Buffer.from('') }, (_, response) => {
      response.writeHead(302, { location: '/files/films' }).end();
      return true;
    });
    await expect(circle).rejects.toMatchObject({ code: 'fetch-bad-redirect' });
    expect(server.seen).toHaveLength(11);
  });

  test('says for 401, 403 and 404 what to do', async () => {
    for (const [status, code] of [
      [401, 'fetch-forbidden'],
      [403, 'fetch-forbidden'],
      [404, 'fetch-not-found'],
    ] as const) {
      const refused = fetchBody({ bytes: Buffer.from('') }, (_, response) => {
        response.writeHead(status).end();
        return true;
      });
      await expect(refused).rejects.toMatchObject({ code, retryable: false });
    }
  });
});

describe('an archive', () => {
  test('with a name that leads elsewhere, a link or a bomb is refused', async () => {
    const folder = newFolder('bad-zip');
    mkdirSync(path.join(folder, 'in'));
    writeFileSync(path.join(folder, 'films.csv'), content);
    execFileSync('zip', ['-q', 'up.zip', '../films.csv'], { cwd: path.join(folder, 'in') });
    symlinkSync('/etc/passwd', path.join(folder, 'films2.csv'));
    execFileSync('zip', ['-q', '-y', 'link.zip', 'films2.csv'], { cwd: folder });
    const up = readFileSync(path.join(folder, 'in', 'up.zip'));
    const absolute = zip({ 'xfilms.csv': content });
    for (let at = absolute.indexOf('xfilms'); at >= 0; at = absolute.indexOf('xfilms'))
      absolute.write('/', at);
    const link = readFileSync(path.join(folder, 'link.zip'));
    const zeros = Buffer.alloc(30_000_000, 'a');
    for (const bytes of [up, absolute, link, zip({ 'films.csv': zeros }), gzipSync(zeros)]) {
      await expect(fetchBody({ bytes })).rejects.toMatchObject({ code: 'fetch-unsafe-archive' });
      expect(existsSync(last)).toBe(false);
    }
    expect(leftovers()).toEqual([]);
  });

  test('gives the entry that was asked for, or its only CSV', async () => {
    const bytes = zip({ 'films.csv': content, 'other.csv': 'id\n', 'read.me': '' });
    await fetchBody({ bytes }, null, { member: 'films.csv' });
    expect(readFileSync(last, 'utf8')).toBe(content);
    await expect(fetchBody({ bytes })).rejects.toMatchObject({ code: 'fetch-no-csv' });
    const folder = newFolder('folders');
    mkdirSync(path.join(folder, 'old'));
    writeFileSync(path.join(folder, 'films.csv'), content);
    writeFileSync(path.join(folder, 'old', 'films.csv'), 'id\n');
    execFileSync('zip', ['-q', 'a.zip', 'old/films.csv', 'films.csv'], { cwd: folder });
    await fetchBody({ bytes: readFileSync(path.join(folder, 'a.zip')) }, null, { member: 'films.csv' });
    expect(readFileSync(last, 'utf8')).toBe(content);
  });
});

test('the same bytes again leave the file in raw/ untouched', async () => {
  const first = await fetchBody({ bytes: Buffer.from(content) });
  const again = await fetchAgain(path.basename(last));
  expect(again).toMatchObject({ status: 'same', version: { mtimeMs: first.version.mtimeMs } });
});

test('a process that is killed in the midst of a download leaves what the next one goes on from', async () => {
  const bytes = Buffer.from(content);
  const server = await new RemoteServer().listen();
  server.series.set('CPIAUCSL', { lastUpdated: '', csv: { bytes, etag: '"1"' }, values: [] });
  const { spawn } = await import('node:child_process');
  const { mainFile, marquee } = await import('../cli/run-cli.ts');
  const root = newFolder('killed');
  const half = bytes.length >> 1;
  server.fault = (_, response) => {
    response.writeHead(200, { etag: '"1"', 'content-length': bytes.length }).write(bytes.subarray(0, half));
    return true;
  };
  const args = ['fetch', 'cpi', '--root', root];
  const child = spawn(process.execPath, [mainFile, ...args], { env: { ...process.env, ...server.env() } });
  const part = path.join(root, 'raw', 'cpi', '.CPIAUCSL.csv.part');
  await expect.poll(() => existsSync(part) && readFileSync(part).length, { timeout: 10_000 }).toBe(half);
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.kill('SIGKILL');
  await ended;
  expect(existsSync(path.join(root, 'raw', 'cpi', 'CPIAUCSL.csv'))).toBe(false);
  server.fault = (request, response, body) => {
    sendBody(request, response, body);
    return true;
  };
  const next = await marquee(args, { env: server.env() });
  expect(next.code, next.stderr).toBe(0);
  expect(server.seen.at(-1)?.headers.range).toBe(`bytes=${half - 1}-`);
  expect(readFileSync(path.join(root, 'raw', 'cpi', 'CPIAUCSL.csv'), 'utf8')).toBe(content);
}, 20_000);
