import { describe, expect, it } from 'vitest';
import { FileRejection } from '../../src/csv/file-rejection.ts';
import { openCsv } from '../../src/csv/open-csv.ts';
import { fileOf, readBack, shipped } from './dialects.ts';

const metadata = shipped('movie_metadata');
const titles = (rows: readonly Record<string, string>[]): (string | undefined)[] =>
  rows.map((row) => row['title']);

describe('a broken record is set aside, the rest is read', () => {
  it('too many or too few fields', async () => {
    const { rows, summary } = await readBack(
      fileOf('title,year,budget\nA,2001\nB,2002,5\nC,2003,5,6\n'),
      metadata,
    );
    expect(titles(rows)).toEqual(['B']);
    expect(summary.records).toBe(3);
    expect(summary.quarantined).toEqual([
      {
        line: 2,
        column: null,
        code: 'column-count',
        value: 'A,2001',
        reason: 'got 2 fields, expected 3 as in the first line',
      },
      {
        line: 4,
        column: null,
        code: 'column-count',
        value: 'C,2003,5,6',
        reason: 'got 4 fields, expected 3 as in the first line',
      },
    ]);
  });

  it('a quote inside an unquoted field, once, however many there are; lines stay right', async () => {
    const { rows, lines, summary } = await readBack(
      fileOf(
        'title,year,budget\nThe 5" and 6" disc,2001,1\n"X\nY",2002,2\n3" disc,2003,3\n4" disc,2003,3\nZ,2004,4\n',
      ),
      metadata,
    );
    expect(titles(rows)).toEqual(['X\nY', 'Z']);
    expect(lines).toEqual([3, 7]);
    expect(summary.records).toBe(5);
    expect(summary.quarantined.map(({ line, code, column }) => [line, code, column])).toEqual([
      [2, 'broken-quote', 'title'],
      [5, 'broken-quote', 'title'],
      [6, 'broken-quote', 'title'],
    ]);
  });

  it('text after a closing quote: the line is where the record starts', async () => {
    const { rows, lines, summary } = await readBack(
      fileOf('title,year,genres\n"A\nA",2001,"He said "hi" to all"\nB,2002,\n\n"C\nC",2003,\n'),
      metadata,
    );
    expect(titles(rows)).toEqual(['B', 'C\nC']);
    expect(lines).toEqual([4, 6]);
    expect(summary.quarantined).toMatchObject([{ line: 2, code: 'broken-quote', column: 'genres' }]);
    expect(summary.quarantined[0]?.reason).toContain('after the closing quote of field 3');
  });

  it('a NUL byte, in whatever column', async () => {
    const { rows, summary } = await readBack(
      fileOf('title,year,note\nA,2001,x\nB,2002,a\0b\nC,2003,y\n'),
      metadata,
    );
    expect(titles(rows)).toEqual(['A', 'C']);
    expect(summary.quarantined).toEqual([
      {
        line: 3,
        column: 'note',
        code: 'nul-byte',
        value: 'a\u2400b',
        reason: 'got a NUL byte, expected text',
      },
    ]);
  });

  it('a few broken bytes in a UTF-8 file don’t make it another encoding', async () => {
    const text = Buffer.from('title,year\nÄÖÜ,2001\nB\xffB,2002\nC\ufffd,2003\n', 'utf8');
    const bytes = Buffer.from(text.toString('binary').replace('\xc3\xbf', '\xff'), 'binary');
    const { opened, rows, summary } = await readBack(fileOf(bytes), metadata);
    expect(opened.encoding).toBe('utf-8');
    expect(titles(rows)).toEqual(['ÄÖÜ', 'C\ufffd']);
    expect(summary.quarantined).toMatchObject([
      { line: 3, column: 'title', code: 'invalid-encoding', value: 'B\ufffdB' },
    ]);
  });

  it('a lone surrogate, in UTF-16 and as UTF-8', async () => {
    const utf16 = Buffer.from('\ufefftitle,year\nA\ud83d,2001\nB😀,2002\n', 'utf16le');
    const utf8 = Buffer.concat([
      Buffer.from('\ufefftitle,year\nA'),
      Buffer.from([0xed, 0xa0, 0xbd]),
      Buffer.from(',2001\nB😀,2002\n'),
    ]);
    for (const bytes of [utf16, utf8]) {
      const { rows, summary } = await readBack(fileOf(bytes), metadata);
      expect(titles(rows)).toEqual(['B😀']);
      expect(summary.quarantined).toMatchObject([{ line: 2, code: 'invalid-encoding' }]);
    }
  });

  it('a blank key', async () => {
    const { rows, summary } = await readBack(
      fileOf('id,title,vote_average\n1,A,5\n\u00a0,B,6\n3,,7\n'),
      metadata,
    );
    expect(rows).toMatchObject([{ tmdb_id: '1' }, { tmdb_id: '3' }]);
    expect(summary.records).toBe(3);
    expect(summary.quarantined).toEqual([
      {
        line: 3,
        column: 'tmdb_id',
        code: 'missing-key',
        value: '\u00a0,B,6',
        reason: 'tmdb_id is blank, and no record may lack it',
      },
    ]);
  });

  it('blank lines and rows of blank cells are nothing', async () => {
    const { rows, lines, summary } = await readBack(
      fileOf('\n  \ntitle,year\n\nA,2001\n , \n,\n   \nB,2002\n\n'),
      metadata,
    );
    expect(titles(rows)).toEqual(['A', 'B']);
    expect(lines).toEqual([5, 9]);
    expect(summary).toMatchObject({ records: 2, quarantinedCount: 0 });
  });

  it('keeps 10,000 entries of a file that is broken throughout, counts all, and shortens what it shows', async () => {
    const { summary } = await readBack(
      fileOf(`title,year\n${`${'x'.repeat(300)}\n`.repeat(10_050)}`),
      metadata,
    );
    expect(summary.quarantinedCount).toBe(10_050);
    expect(summary.quarantined).toHaveLength(10_000);
    expect(summary.quarantined[0]?.value).toHaveLength(200);
  });
});

describe('a file that ends within quotes', () => {
  const cut = 'title,year,genres\nA,2001,Drama\n"B\nB",2002,"Com';

  async function failureOf(text: string, truncated?: 'reject' | 'keep'): Promise<FileRejection> {
    const opened = await openCsv(fileOf(text), metadata);
    if (opened.kind === 'rejection') throw new Error(opened.message);
    const reading = opened.read(truncated === undefined ? {} : { truncated });
    try {
      while ((await reading.next()).done !== true);
    } catch (error) {
      if (error instanceof FileRejection) return error;
      throw error;
    }
    throw new Error('the file was taken');
  }

  it('is rejected, with the line on which the quote opened', async () => {
    const { rejection } = await failureOf(cut);
    expect(rejection).toMatchObject({ code: 'truncated', line: 4 });
    expect(rejection.message).toBe(
      'the file ends inside quotes: the one opened on line 4 (column genres) is never closed',
    );
    expect(rejection.hint).toContain('drop the whole file again');
  });

  it('gives its whole records to whoever asks, and sets the cut one aside', async () => {
    const { rows, summary } = await readBack(fileOf(cut), metadata, { truncated: 'keep' });
    expect(titles(rows)).toEqual(['A']);
    expect(summary.truncated).toMatchObject({ code: 'truncated', line: 4 });
    expect(summary).toMatchObject({
      records: 2,
      quarantined: [{ line: 3, column: 'genres', code: 'truncated', value: 'B\nB,2002,Com' }],
    });
  });

  it('keeps the cut record too where the cut is in a last column that nobody reads', async () => {
    const { rows, summary } = await readBack(fileOf('title,year,keywords\nA,2001,"x"\nB,2002,"y'), metadata, {
      truncated: 'keep',
    });
    expect(titles(rows)).toEqual(['A', 'B']);
    expect(summary).toMatchObject({ records: 2, quarantinedCount: 0, truncated: { code: 'truncated' } });
  });

  it('is rejected all the same where the quotes swallowed further records', async () => {
    const { rejection } = await failureOf(
      'title,year,genres\nA,2001,"Drama\nB,2002,Comedy\nC,2003,Drama\n',
      'keep',
    );
    expect(rejection).toMatchObject({ code: 'truncated', line: 2 });
  });

  it('a stray quote that swallows the rest is no other case', async () => {
    expect((await failureOf('title,year\n"A" b,2001\nC,2002\nD,2003\n')).rejection.code).toBe('truncated');
  });
});
