import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordHasher, slack, type HashedRecords } from '../../src/csv/hash-records.ts';
import { examineSoundness } from '../../src/csv/soundness.ts';
import { RowHasher } from '../../src/engine/row-hasher.ts';
import { parseRecords, type ParsedRecord } from './block-files.ts';

const numRuns = process.env['MARQUEE_SOAK'] === undefined ? 1000 : 50_000;

// Read are the third field, one that every record has, none, and the first field.
const form = { delimiter: ',', columns: 3, origins: [2, 'film', null, 0] };

/** Hashes what a part holds; null where that is refused. */
function hashesOf(text: string, most: number): { records: number; found: HashedRecords } | null {
  const found = {
    rows: new Uint32Array(4 * most),
    start: new Uint32Array(most),
    line: new Uint32Array(most),
  };
  const bytes = Buffer.concat([Buffer.from(text), Buffer.from('"'.repeat(slack))]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records = new RecordHasher(form).hash(bytes, view, 0, most, found);
  return records === -1 ? null : { records, found };
}

const hasher = new RowHasher();

/** The same of records that csv-parse found. */
function rowOf({ fields }: ParsedRecord): number[] {
  hasher.begin();
  for (const value of [fields[2]!.trim(), 'film', '', fields[0]!.trim()]) {
    const bytes = Buffer.from(value);
    const padded = Buffer.concat([bytes, Buffer.alloc(8)]);
    if (value === '') hasher.addNull();
    else hasher.addText(new DataView(padded.buffer, padded.byteOffset, padded.length), 0, bytes.length);
  }
  const into = new Uint32Array(4);
  hasher.end(into, 0);
  return [...into];
}

describe('the records of a part', () => {
  const piece = fc.constantFrom(
    'a',
    'bc',
    ' ',
    '\u3000',
    '\u00a0',
    'é',
    '漢',
    '"',
    '""',
    ',',
    '\n',
    '\r',
    '\t',
  );
  const field = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(''));
  const tame = field.map((text) => `"${text.replaceAll('"', '""')}"`);
  const bare = field.map((text) => text.replaceAll(/[",\n\r]/g, ''));
  const fine = fc.oneof(tame, bare);
  const record = (of: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.tuple(of, of, of).map((fields) => fields.join(','));
  const lineOf = fc.oneof(
    { weight: 30, arbitrary: record(fine) },
    { weight: 2, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: record(fc.oneof(fine, field)) },
  );
  const lines = fc.array(lineOf, { maxLength: 12 });

  it('are found and hashed as csv-parse finds them, where the part is sound, and else refused', async () => {
    let [sound, unsound] = [0, 0];
    await fc.assert(
      fc.asyncProperty(lines, fc.boolean(), async (all, isEnded) => {
        const text = all.join('\n') + (isEnded ? '\n' : '');
        const verdict = await examineSoundness([Buffer.from(text)], form);
        const got = hashesOf(text, 20);
        if (verdict.kind === 'unsound') {
          unsound += 1;
          expect(got).toBeNull();
          return;
        }
        sound += 1;
        const expected = parseRecords(Buffer.from(`h,h,h\n${text}`));
        expect(got?.records).toBe(expected.length);
        expected.forEach((one, at) => {
          const { rows, start, line } = got!.found;
          expect([...rows.subarray(4 * at, 4 * at + 4)]).toEqual(rowOf(one));
          expect(line[at]).toBe(one.line - 2);
          const before = Buffer.from(text).subarray(0, start[at]);
          expect(before.filter((byte) => byte === 0x0a).length).toBe(line[at]);
        });
      }),
      { numRuns },
    );
    expect(Math.min(sound, unsound)).toBeGreaterThan(numRuns / 20);
  });

  it('are refused where there are more than was said, where a byte is NUL or no UTF-8', () => {
    expect(hashesOf('a,b,c\nd,e,f\n', 2)?.records).toBe(2);
    expect(hashesOf('a,b,c\nd,e,f\n', 1)).toBeNull();
    expect(hashesOf('a,b\0,c\n', 1)).toBeNull();
    const most = { rows: new Uint32Array(4), start: new Uint32Array(1), line: new Uint32Array(1) };
    const broken = Buffer.from([0x61, 0x2c, 0xff, 0x2c, 0x62, 0x0a, ...new Array<number>(slack).fill(0)]);
    const view = new DataView(broken.buffer, broken.byteOffset, broken.byteLength);
    expect(new RecordHasher(form).hash(broken, view, 0, 1, most)).toBe(-1);
  });
});
