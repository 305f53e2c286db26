import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { mainFile, marquee } from '../cli/run-cli.ts';
import { films, pause, Watcher } from './watcher.ts';

const opened: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.dispose();
});

async function watcher(yaml: string): Promise<Watcher> {
  const made = new Watcher(`watch: { settle_ms: 300, rescan_s: 0 }\n${yaml}`);
  opened.push(made);
  made.drop('movie_metadata/a.csv', films(1, 60));
  await made.start();
  await made.untilInForce('movie_metadata/a.csv', 60);
  return made;
}

describe('on_epoch', () => {
  test('a command and a webhook get each receipt in order; one that fails or hangs is told and holds up nothing', async () => {
    const got: { epoch: number }[] = [];
    const server = await listening((body) => got.push(JSON.parse(body) as { epoch: number }));
    const { port } = server.address() as AddressInfo;
    const w = await watcher(
      `on_epoch: { command: "cat >> receipts; echo >> receipts", url: "http://127.0.0.1:${port}/x?token=secret" }\n`,
    );
    w.drop('movie_metadata/b.csv', films(500, 3));
    await w.untilInForce('movie_metadata/b.csv', 3);
    await w.until('the webhook has both', () => got.length === 2);
    expect(got.map(({ epoch }) => epoch)).toEqual([1, 2]);
    const lines = readFileSync(path.join(w.root, 'receipts'), 'utf8').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { epoch: number }).epoch)).toEqual([1, 2]);
    server.close();
    server.closeAllConnections();
    w.drop('movie_metadata/b.csv', films(500, 4));
    await w.until('the failure is told', () => w.said(/on_epoch webhook at 127.0.0.1:\d+ .*ECONNREFUSED/));
    expect(w.said(/secret/)).toBe(false);
    expect(await w.end()).toBe(0);
  });

  test('what takes too long is ended with all that it started, and nobody waits for it at the end', async () => {
    const w = await watcher('on_epoch: { command: "(sleep 2; touch late) & sleep 60", timeout_s: 1 }\n');
    await w.until('it is ended', () => w.said(/took longer than 1 s and was ended/));
    w.drop('movie_metadata/b.csv', films(500, 3));
    await w.untilInForce('movie_metadata/b.csv', 3);
    const began = Date.now();
    expect(await w.end()).toBe(0);
    expect(Date.now() - began).toBeLessThan(5000);
    await pause(2000);
    expect(existsSync(path.join(w.root, 'late'))).toBe(false);
  });

  test('what a command left in the background is ended as well at the time limit, when the shell is long gone', async () => {
    const w = await watcher('on_epoch: { command: "(sleep 3; touch late) & exit 0", timeout_s: 1 }\n');
    await w.until('it is ended', () => w.said(/took longer than 1 s and was ended/));
    await pause(2500);
    expect(existsSync(path.join(w.root, 'late'))).toBe(false);
    expect(await w.end()).toBe(0);
  });

  test('a name and a password in the address go to the webhook as a header, and are never said', async () => {
    const headers: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      headers.push(request.headers.authorization);
      response.writeHead(500).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const w = new Watcher(`on_epoch: { url: "http://bob:s%40cret@127.0.0.1:${port}/" }\n`);
    opened.push(w);
    writeFileSync(w.raw('movie_metadata/a.csv'), films(1, 5));
    const { code, stderr } = await marquee(['backfill', '--root', w.root]);
    server.close();
    server.closeAllConnections();
    expect(code).toBe(0);
    expect(headers).toEqual([`Basic ${Buffer.from('bob:s@cret').toString('base64')}`]);
    expect(stderr).toContain('answered 500');
    expect(stderr).not.toMatch(/cret|bob/);
  });

  test('two signals while a hook runs end it at once, hook and all', async () => {
    const w = await watcher('on_epoch: { command: "touch began; sleep 3; touch late", timeout_s: 30 }\n');
    await w.until('the hook runs', () => existsSync(path.join(w.root, 'began')));
    process.kill(w.pid, 'SIGTERM');
    await w.until('it is stopping', () => w.said(/stopping/));
    const began = Date.now();
    expect(await w.end()).toBe(1);
    expect(Date.now() - began).toBeLessThan(900);
    // The batch was over, only its hook was not.
    expect(w.said(/in the midst of a batch/)).toBe(false);
    await pause(3000);
    expect(existsSync(path.join(w.root, 'late'))).toBe(false);
    expect(await w.verify()).toMatchObject({ code: 0 });
  });

  test('a first signal leaves it a second, and the log says that it was cut short', async () => {
    const w = await watcher('on_epoch: { command: "touch began; sleep 3; touch late" }\n');
    await w.until('it runs', () => existsSync(path.join(w.root, 'began')));
    expect(await w.end()).toBe(0);
    expect(w.said(/1 epoch not told of/)).toBe(true);
  });

  test('a backfill that is interrupted while it waits for it ends it too', async () => {
    const w = new Watcher('on_epoch: { command: "touch began; sleep 3; touch late" }\n');
    opened.push(w);
    writeFileSync(w.raw('movie_metadata/a.csv'), films(1, 5));
    const child = spawn(process.execPath, [mainFile, 'backfill', '--root', w.root], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
    await w.until('it runs', () => existsSync(path.join(w.root, 'began')));
    child.kill('SIGINT');
    expect(await ended).toBe('SIGINT');
    await pause(3000);
    expect(existsSync(path.join(w.root, 'late'))).toBe(false);
  });

  test('what stands before its program, a secret maybe, is not told', async () => {
    const w = new Watcher('on_epoch: { command: "TOKEN=s3cret false" }\n');
    opened.push(w);
    writeFileSync(w.raw('movie_metadata/a.csv'), films(1, 5));
    const { stderr } = await marquee(['backfill', '--root', w.root]);
    expect(stderr).toContain('on_epoch command ended with 1');
    expect(stderr).not.toContain('s3cret');
  });

  test('a backfill waits for it, and its exit code says nothing of it', async () => {
    const w = new Watcher('on_epoch: { command: "true s3cret; cat > receipt; echo oh no >&2; exit 3" }\n');
    opened.push(w);
    writeFileSync(w.raw('movie_metadata/a.csv'), films(1, 5));
    const { code, stderr } = await marquee(['backfill', '--root', w.root]);
    expect(code).toBe(0);
    expect(stderr).toContain('on_epoch command "true" ended with 3: oh no');
    expect(stderr).not.toContain('s3cret');
    expect(JSON.parse(readFileSync(path.join(w.root, 'receipt'), 'utf8'))).toMatchObject({ epoch: 1 });
  });
});

/** A server that hands over each body. */
async function listening(take: (body: string) => void): Promise<Server> {
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      take(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  return body;
}
