import { createHash } from 'node:crypto';
import { appendFileSync, statSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fingerprintFile } from '../../src/csv/fingerprint.ts';
import { fileOf } from './dialects.ts';

describe('fingerprint', () => {
  it('is the SHA-256 of the bytes, with size, time and inode', async () => {
    const content = 'title,year\nA,2001\n'.repeat(100_000);
    const file = fileOf(content);
    const info = statSync(file, { bigint: true });
    expect(await fingerprintFile(file)).toEqual({
      fingerprint: createHash('sha256').update(content).digest('hex'),
      size: content.length,
      mtimeNs: info.mtimeNs,
      ino: info.ino,
    });
  });

  it('does not depend on the modification time', async () => {
    const file = fileOf('title,year\n');
    const { fingerprint } = await fingerprintFile(file);
    utimesSync(file, 0, 0);
    expect((await fingerprintFile(file)).fingerprint).toBe(fingerprint);
  });

  it('refuses a file that grows while it is read', async () => {
    const file = fileOf('x'.repeat(40_000_000));
    const growing = setInterval(() => appendFileSync(file, 'y'), 1);
    try {
      await expect(fingerprintFile(file)).rejects.toMatchObject({
        code: 'file-changed-while-reading',
        retryable: true,
      });
    } finally {
      clearInterval(growing);
    }
  });

  it('of a file that is not there fails as retryable', async () => {
    await expect(fingerprintFile('/nowhere/x.csv')).rejects.toMatchObject({
      code: 'file-vanished',
      retryable: true,
    });
  });
});
