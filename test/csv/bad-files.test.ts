import { randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, mkdirSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openCsv } from '../../src/csv/open-csv.ts';
import { MarqueeError } from '../../src/error.ts';
import { fileOf, readBack, rejectionOf, shipped } from './dialects.ts';

const metadata = shipped('movie_metadata');

describe('a file that is no CSV is rejected with what it is and what to do', () => {
  it.each([
    ['an empty file', ''],
    ['a byte order mark alone', '\ufeff'],
    ['blank lines alone', '\n  \n\r\n'],
  ])('%s', async (_, content) => {
    const { code, hint } = await rejectionOf(fileOf(content), metadata);
    expect(code).toBe('empty-file');
    expect(hint).toContain('drop the whole file again');
  });

  it('a folder called x.csv', async () => {
    const folder = `${fileOf('')}-folder.csv`;
    mkdirSync(folder);
    expect(await rejectionOf(folder, metadata)).toMatchObject({
      code: 'not-a-file',
      message: 'got a folder, expected a CSV file',
    });
  });

  it('a file without the right to read it', async () => {
    const file = fileOf('title,year\n');
    chmodSync(path.dirname(file), 0o755);
    chmodSync(file, 0o000);
    const isRoot = process.geteuid?.() === 0;
    // Root may read everything, so the test is nobody for a moment.
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(await rejectionOf(file, metadata)).toMatchObject({
        code: 'unreadable',
        message: 'reading is not permitted (EACCES)',
      });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it.each([
    ['gzip', gzipSync('title,year\nA,2001\n'), 'a gzip archive'],
    ['xlsx', Buffer.from('PK\x03\x04....[Content_Types].xml....', 'latin1'), 'an Excel workbook (xlsx)'],
    ['zip', Buffer.from('PK\x03\x04.....data.csv', 'latin1'), 'a zip archive'],
    ['parquet', Buffer.from('PAR1\x15\x04\x15', 'latin1'), 'a Parquet file'],
    [
      'a login page',
      Buffer.from('<!DOCTYPE html><html><body>title,year</body></html>'),
      'a web page or XML document',
    ],
    ['noise', Buffer.concat([Buffer.from('title,year\n'), randomBytes(4000)]), 'binary data'],
    ['zeros', Buffer.alloc(1000), 'binary data'],
  ])('%s', async (_, content, what) => {
    const { code, message } = await rejectionOf(fileOf(content), metadata);
    expect(code).toBe('binary-file');
    expect(message).toContain(what);
  });

  it('a first line without end', async () => {
    const file = fileOf(`title,year,${'x'.repeat(2_000_000)}\nA,2001,\n`);
    expect(await rejectionOf(file, metadata)).toMatchObject({ code: 'header-too-long', line: 1 });
  });

  it('a quote in the wrong place of the first line', async () => {
    expect(await rejectionOf(fileOf('title,ye"ar\nA,2001\n'), metadata)).toMatchObject({
      code: 'unknown-header',
    });
    expect(await rejectionOf(fileOf('title,"year\nA,2001\n'), metadata)).toMatchObject({ code: 'truncated' });
  });

  it('a file that is not there is a failure to try again, not bad data', async () => {
    await expect(openCsv('/nowhere/x.csv', metadata)).rejects.toMatchObject({
      code: 'file-vanished',
      retryable: true,
    });
    await expect(openCsv('/nowhere/x.csv', metadata)).rejects.toBeInstanceOf(MarqueeError);
  });
});

describe('odd files that are fine', () => {
  it('a header alone is a file without records', async () => {
    for (const content of ['title,year', 'title,year\n', '\ufefftitle;year\r\n\r\n']) {
      const { rows, summary } = await readBack(fileOf(content), metadata);
      expect(rows).toEqual([]);
      expect(summary).toMatchObject({ records: 0, quarantinedCount: 0 });
    }
  });

  it('a field of 5 MB', async () => {
    const long = 'é'.repeat(2_500_000);
    const { rows } = await readBack(fileOf(`title,year,genres\nA,2001,"${long}"\nB,2002,\n`), metadata);
    expect(rows[0]?.['genres']).toHaveLength(2_500_000);
    expect(rows).toHaveLength(2);
  });

  it('10,000 columns', async () => {
    const extra = Array.from({ length: 9_998 }, (_, index) => `x${index}`).join(',');
    const cells = ',0'.repeat(9_998);
    const { rows } = await readBack(
      fileOf(`title,year,${extra}\nA,2001${cells}\nB,2002${cells}\n`),
      metadata,
    );
    expect(rows).toEqual([
      { title: 'A', release_year: '2001' },
      { title: 'B', release_year: '2002' },
    ]);
  });

  it('a delimiter within the names of the header doesn’t mislead', async () => {
    const { opened, rows } = await readBack(
      fileOf('title;year;"note, or remark, or comment"\n"A, B";2001;x\n'),
      metadata,
    );
    expect(opened.delimiter).toBe(';');
    expect(rows).toEqual([{ title: 'A, B', release_year: '2001' }]);
  });

  it('CR alone is text in a file whose lines end otherwise', async () => {
    const { rows } = await readBack(fileOf('title,year\r\nA\rB,2001\r\nC,2002\r\n'), metadata);
    expect(rows.map((row) => row['title'])).toEqual(['A\rB', 'C']);
  });
});

describe('batches are bounded', () => {
  it('in rows', async () => {
    const { batchSizes } = await readBack(fileOf(`title,year\n${'A,2001\n'.repeat(5000)}`), metadata);
    expect(batchSizes).toEqual([2048, 2048, 904]);
  });

  it('in text', async () => {
    const row = `A,2001,${'g'.repeat(1_500_000)}\n`;
    const { batchSizes } = await readBack(fileOf(`title,year,genres\n${row.repeat(4)}`), metadata);
    expect(batchSizes).toEqual([3, 1]);
  });

  it('and so is memory, when a large file is read', async () => {
    const file = fileOf('title,year,note\n');
    const row = `A,2001,${'n'.repeat(1000)}\n`;
    for (let block = 0; block < 140; block += 1) appendFileSync(file, row.repeat(1000));
    const opened = await openCsv(file, metadata);
    if (opened.kind === 'rejection') throw new Error(opened.message);
    const before = process.memoryUsage().rss;
    let most = 0;
    for await (const batch of opened.read()) {
      most = Math.max(most, process.memoryUsage().rss - before);
      expect(batch.lines.length).toBeLessThanOrEqual(2048);
    }
    truncateSync(file);
    // The file has 140 MB.
    expect(most / 1e6).toBeLessThan(130);
  });
});
