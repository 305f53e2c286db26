import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { acquireLock, lockHolder, type LockHolder } from '../../src/lock.ts';
import { packageRoot } from '../../src/package-root.ts';
import { newFolder } from '../cli/new-folder.ts';
import { processIdentity } from '../../src/process-identity.ts';

const newRoot = (): string => newFolder('lock');
const lockModule = pathToFileURL(path.join(packageRoot, 'dist', 'src', 'lock.js')).href;

function writeLock(root: string, holder: Partial<LockHolder> | string): void {
  mkdirSync(path.join(root, '.marquee'), { recursive: true });
  const whole = {
    pid: 1,
    host: hostname(),
    since: '2026-01-01T00:00:00.000Z',
    command: 'watch',
    identity: 'x',
    nonce: 'abc',
  };
  const text = typeof holder === 'string' ? holder : JSON.stringify({ ...whole, ...holder });
  writeFileSync(path.join(root, '.marquee', 'lock'), text);
}

/** A process that runs `code` with `lock` bound to the module; resolves with what it prints first. */
function child(code: string): { process: ChildProcess; said: Promise<string> } {
  const script = `const lock = await import(${JSON.stringify(lockModule)}); ${code}`;
  const started = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = new Promise<string>((resolve) => {
    started.stdout.once('data', (data: Buffer) => resolve(data.toString().trim()));
    started.once('close', () => resolve(''));
  });
  return { process: started, said };
}

describe('the lock of a root', () => {
  test('names its holder, keeps a second one out with exit 75, and is gone after release', () => {
    const root = newRoot();
    const lock = acquireLock(root, 'backfill');
    expect(lockHolder(root)).toMatchObject({ pid: process.pid, host: hostname(), command: 'backfill' });
    expect(() => acquireLock(root, 'watch')).toThrow(
      expect.objectContaining({ code: 'root-locked', exitCode: 75, retryable: true }),
    );
    expect(() => acquireLock(root, 'watch')).toThrow(
      new RegExp(`process ${process.pid} on .* running "backfill" since 20`),
    );
    lock.release();
    lock.release();
    expect(lockHolder(root)).toBeNull();
    acquireLock(root, 'watch').release();
    expect(readdirSync(path.join(root, '.marquee'))).toEqual([]);
  });

  test('is kept by another process while it lives, and free once it was killed', async () => {
    const root = newRoot();
    const { process: holder, said } = child(
      `lock.acquireLock(${JSON.stringify(root)}, 'watch'); console.log('held'); setInterval(() => {}, 1000);`,
    );
    expect(await said).toBe('held');
    expect(() => acquireLock(root, 'backfill')).toThrow(
      new RegExp(`process ${holder.pid} .*kill|process ${holder.pid}`),
    );
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.once('close', resolve));
    expect(lockHolder(root)).toBeNull();
    acquireLock(root, 'backfill').release();
  });

  test('of a pid that was given to another process since is free', () => {
    const root = newRoot();
    writeLock(root, { pid: process.ppid, identity: 'of another start' });
    expect(lockHolder(root)).toBeNull();
    expect(acquireLock(root, 'backfill').holder.pid).toBe(process.pid);
  });

  test('of a process on another machine is not ours to judge', () => {
    const root = newRoot();
    writeLock(root, { host: 'elsewhere', pid: 1 });
    expect(() => acquireLock(root, 'backfill')).toThrow(/process 1 on elsewhere/);
    try {
      acquireLock(root, 'backfill');
    } catch (error) {
      expect((error as { hint: string }).hint).toContain(path.join(root, '.marquee', 'lock'));
    }
  });

  test.each(['', 'no json', '{}', '{"pid":"x"}', 'null', '{"pid":1,"nonce":"../../x"}'])(
    'that is unreadable (%j) is free',
    (text) => {
      const root = newRoot();
      writeLock(root, text);
      expect(lockHolder(root)).toBeNull();
      const lock = acquireLock(root, 'backfill');
      expect(lockHolder(root)?.nonce).toBe(lock.holder.nonce);
    },
  );

  test('is free after whoever took over a dead one died too, at any step', () => {
    const root = newRoot();
    writeLock(root, { pid: 999_999_999, nonce: 'dead1' });
    const claimed = { pid: 999_999_999, host: hostname(), since: '', command: '', identity: null };
    const folder = path.join(root, '.marquee');
    writeFileSync(path.join(folder, 'lock.claim-dead1'), JSON.stringify({ ...claimed, nonce: 'dead2' }));
    writeFileSync(path.join(folder, 'lock.claim-dead2'), JSON.stringify({ ...claimed, nonce: 'dead3' }));
    acquireLock(root, 'backfill').release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('of a dead process goes to one of many that want it at once', async () => {
    const root = newRoot();
    writeLock(root, { pid: 999_999_999 });
    const start = Date.now() + 700;
    const contenders = Array.from({ length: 12 }, () =>
      child(
        `while (Date.now() < ${start});
         try { lock.acquireLock(${JSON.stringify(root)}, 'watch'); console.log('won'); setTimeout(() => {}, 3000); }
         catch (error) { console.log(error.code); }`,
      ),
    );
    const said = await Promise.all(contenders.map((contender) => contender.said));
    expect(said.sort()).toEqual([...Array.from({ length: 11 }, () => 'root-locked'), 'won']);
    for (const { process: contender } of contenders) contender.kill();
  });

  test('belongs to whoever is named in it: a late release takes nothing away', () => {
    const root = newRoot();
    const lock = acquireLock(root, 'backfill');
    writeLock(root, { pid: process.ppid, identity: processIdentity(process.ppid), nonce: 'fff' });
    lock.release();
    expect(JSON.parse(readFileSync(path.join(root, '.marquee', 'lock'), 'utf8'))).toMatchObject({
      nonce: 'fff',
    });
  });
});

test('a process is told from a later one with the same pid', () => {
  expect(processIdentity(process.pid)).toBe(processIdentity(process.pid));
  expect(processIdentity(process.pid)).not.toBe(processIdentity(process.ppid));
  expect(processIdentity(999_999_999)).toBeNull();
});
