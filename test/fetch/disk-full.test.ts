import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { newFolder } from '../cli/new-folder.ts';
import { marquee } from '../cli/run-cli.ts';
import { RemoteServer, zip } from './remote-server.ts';

const root = newFolder('disk-full');
const raw = path.join(root, 'raw');
const target = path.join(raw, 'cpi', 'CPIAUCSL.csv');

/** `raw/` on a disk of its own, of 256 KiB; not everybody may make one. */
function mountSmallDisk(): boolean {
  mkdirSync(raw);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', raw], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const isMounted = mountSmallDisk();
if (!isMounted) console.log('skipped: a full disk while fetching, since no disk may be mounted here');

afterAll(() => {
  if (isMounted) execFileSync('umount', [raw]);
});

const resize = (size: string): void =>
  void execFileSync('mount', ['-o', `remount,size=${size}`, raw], { stdio: 'ignore' });

test.skipIf(!isMounted)(
  'a disk that gets full keeps what has come, and the next fetch goes on from there',
  async () => {
    const content = `observation_date,CPIAUCSL\n${Array.from({ length: 40_000 }, (_, i) => `${1700 + i},${i}\n`).join('')}`;
    const server = await new RemoteServer().listen();
    const csv = { bytes: Buffer.from(content), etag: '"1"' };
    server.series.set('CPIAUCSL', { lastUpdated: '', csv, values: [] });
    const args = ['fetch', 'cpi', '--root', root];

    const full = await marquee(args, { env: server.env() });
    expect(full.code, full.stderr).toBe(1);
    expect(full.stderr).toContain('no space is left');
    expect(full.stderr).toContain('make room');
    expect(existsSync(target)).toBe(false);
    // A full disk is no failure of the network: to try again at once would be in vain.
    expect(server.seen).toHaveLength(1);

    resize('4m');
    const again = await marquee(args, { env: server.env() });
    expect(again.code, again.stderr).toBe(0);
    const [, from] = /^bytes=(\d+)-$/.exec(server.seen.at(-1)?.headers.range ?? '') ?? [];
    expect(Number(from)).toBeGreaterThan(100_000);
    expect(readFileSync(target, 'utf8')).toBe(content);

    // What is packed is unpacked only where there is room for it; what stood there stays.
    resize('700k');
    const larger = `${content}# ${'x'.repeat(500_000)}\n`;
    Object.assign(csv, { bytes: zip({ 'CPIAUCSL.csv': larger }), etag: '"2"', type: 'application/zip' });
    const packed = await marquee(args, { env: server.env() });
    expect(packed.code, packed.stderr).toBe(1);
    expect(packed.stderr).toContain('no space is left');
    expect(readFileSync(target, 'utf8')).toBe(content);
    expect(readdirSync(path.dirname(target))).not.toContain('.CPIAUCSL.csv.new');

    resize('8m');
    const requests = server.seen.length;
    expect((await marquee(args, { env: server.env() })).code).toBe(0);
    expect(readFileSync(target, 'utf8')).toBe(larger);
    expect(server.seen).toHaveLength(requests + 1);
    expect(readdirSync(path.dirname(target))).toEqual(['CPIAUCSL.csv']);
  },
  30_000,
);
