import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileOf, plain, readBack, shipped, toCsv, type WrittenAs } from './dialects.ts';

const header = ['title', 'year', 'genres', 'note'];
const metadata = shipped('movie_metadata');

const dialects = fc.record<WrittenAs>({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  encoding: fc.constantFrom('utf-8', 'utf-16le', 'utf-16be', 'windows-1252'),
  bom: fc.boolean(),
  quoteAll: fc.boolean(),
  finalLineEnd: fc.boolean(),
});

const wide = [...'aZ09é€ß„Ÿ漢字Жñ\u00a0 \t,;|"\n\r\'\\-😀\ufffd\ufeff'];
// Of Windows-1252 either what UTF-8 begins with or what it goes on with: both together may be well-formed UTF-8.
const narrow = [[...'aZ09éßñÿ \t,;|"\n\r\'\\-'], [...'aZ09€„Ÿ’\u00a0 \t,;|"\n\r\'\\-']];
const textOf = (alphabet: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...alphabet), { maxLength: 12 }).map((characters) => characters.join(''));

const files = fc.tuple(dialects, fc.constantFrom(...narrow)).chain(([written, few]) => {
  const isNarrow = written.encoding === 'windows-1252';
  const text = textOf(isNarrow ? few : wide);
  const title = text.map((rest) => `T${rest}`);
  return fc.record({
    written: fc.constant({ ...written, bom: written.bom && !isNarrow }),
    rows: fc.array(fc.tuple(title, text, text, text), { maxLength: 8 }),
  });
});

describe('what a file says does not depend on how it is written', () => {
  it('random records come back equal from every dialect', async () => {
    await fc.assert(
      fc.asyncProperty(files, async ({ written, rows }) => {
        const {
          rows: back,
          summary,
          opened,
        } = await readBack(fileOf(toCsv([header, ...rows], written)), metadata);
        const expected = rows.map(([title, year, genres]) => {
          const cells: [string, string][] = [
            ['title', title.trim()],
            ['release_year', year.trim()],
            ['genres', genres.trim()],
          ];
          return Object.fromEntries(cells.filter(([, value]) => value !== ''));
        });
        expect(back).toEqual(expected);
        expect(opened.delimiter).toBe(written.delimiter);
        expect(summary).toMatchObject({ records: rows.length, quarantinedCount: 0 });
      }),
      { numRuns: process.env['MARQUEE_SOAK'] === undefined ? 300 : 5000 },
    );
  });

  it('the line of a record is the line where it starts, whatever its fields hold', async () => {
    await fc.assert(
      fc.asyncProperty(files, async ({ written, rows }) => {
        const { lineEnd } = written;
        const bytes = toCsv([header, ...rows], { ...written, encoding: 'utf-8' });
        const { lines } = await readBack(fileOf(bytes), metadata);
        const breaks = (text: string): number => text.split(lineEnd === '\r' ? '\r' : '\n').length - 1;
        let line = 2;
        const expected = rows.map((fields) => {
          const start = line;
          line += 1 + fields.reduce((sum, field) => sum + breaks(field), 0);
          return start;
        });
        expect(lines).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

describe('encodings are told apart', () => {
  const rows = [header, ['Amélie – “Été”', '2001', 'Comedy', '']];

  it.each([
    ['utf-8', true],
    ['utf-8', false],
    ['utf-16le', true],
    ['utf-16le', false],
    ['utf-16be', true],
    ['utf-16be', false],
    ['windows-1252', false],
  ] as const)('%s, byte order mark: %s', async (encoding, bom) => {
    const { opened, rows: back } = await readBack(fileOf(toCsv(rows, { ...plain, encoding, bom })), metadata);
    expect(opened.encoding).toBe(encoding);
    expect(opened.header).toEqual(header);
    expect(back).toEqual([{ title: 'Amélie – “Été”', release_year: '2001', genres: 'Comedy' }]);
  });

  it('UTF-16 without byte order mark, with a character that has a NUL where ASCII has none (found by fast-check)', async () => {
    const file = fileOf(
      toCsv(
        [
          ['title', 'year'],
          ['😀', '2001'],
        ],
        { ...plain, encoding: 'utf-16be' },
      ),
    );
    expect((await readBack(file, metadata)).rows).toEqual([{ title: '😀', release_year: '2001' }]);
  });

  it('Windows-1252 is found even where the first accent comes after megabytes of ASCII', async () => {
    const many = Array.from({ length: 60_000 }, (_, i) => [
      `Film ${i}`,
      '1999',
      'Drama, Comedy',
      'x'.repeat(20),
    ]);
    const bytes = toCsv([header, ...many, ['Ôtez-moi d’un doute', '2017', '', '']], {
      ...plain,
      encoding: 'windows-1252',
    });
    expect(bytes.length).toBeGreaterThan(2_000_000);
    const { opened, rows: back } = await readBack(fileOf(bytes), metadata);
    expect(opened.encoding).toBe('windows-1252');
    expect(back.at(-1)?.['title']).toBe('Ôtez-moi d’un doute');
  });

  it('characters that lie across the chunks of a file stay whole', async () => {
    for (const encoding of ['utf-8', 'utf-16le', 'utf-16be'] as const) {
      const many = Array.from({ length: 30_000 }, (_, i) => [
        `é漢😀${'z'.repeat(i % 7)}`,
        '1999',
        '😀'.repeat(15),
        '',
      ]);
      const bytes = toCsv([header, ...many], { ...plain, encoding });
      // A broken byte at the end makes the careful path read the whole UTF-8 file.
      const file = fileOf(
        encoding === 'utf-8' ? Buffer.concat([bytes, Buffer.from('T,1,\xff,\n', 'latin1')]) : bytes,
      );
      const { rows: back, summary } = await readBack(file, metadata);
      expect(back.map((row) => row['title'])).toEqual(many.map(([title]) => title));
      expect(summary.quarantinedCount).toBe(encoding === 'utf-8' ? 1 : 0);
    }
  });

  it('UTF-8 is told though a character lies across two chunks of a mebibyte, and others follow', async () => {
    const head = `${header.join(',')}\n"`;
    const filler = 'x'.repeat((1 << 20) - 1 - Buffer.byteLength(head));
    const file = fileOf(Buffer.from(`${head}${filler}é${'x'.repeat(2 << 20)}",1999,,\n`));
    const { opened, rows: back } = await readBack(file, metadata);
    expect(opened.encoding).toBe('utf-8');
    expect(back).toHaveLength(1);
  });
});
