import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type { SurveyForm } from '../../src/csv/survey-form.ts';
import { plain, toCsv } from './dialects.ts';

/** Blocks of some 100 bytes in regions of 1 kB, read 300 bytes at a time: a few records exercise everything. */
export const tiny: SurveyForm = {
  fileBytes: 0,
  regionBytes: 1024,
  minBytes: 64,
  cutBits: 5,
  maxBytes: 512,
  lineBytes: 4096,
  chunkBytes: 300,
  threads: 1,
};

/** A row of a test file; an empty one stands for a blank line. */
export type Row = readonly string[];

/** The header of these files. */
export const header: Row = ['id', 'note "x"\n2'];

const text = fc
  .array(fc.constantFrom(...'ab,"\n\r 1'), { maxLength: 30 })
  .map((characters) => characters.join(''));
const row = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(fc.nat({ max: 999 }).map(String), text) },
  { weight: 1, arbitrary: fc.constant([] as Row) },
);

/** What happens to the rows between two drops of a file. */
interface Edit {
  readonly place: number;
  readonly removed: number;
  readonly added: readonly Row[];
}

const edits = fc.array(
  fc.record<Edit>({
    // The front and the end more often than what is between.
    place: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    removed: fc.nat({ max: 3 }),
    added: fc.array(row, { maxLength: 3 }),
  }),
  { maxLength: 6 },
);

/** A file and a later version of it. */
export const versions = fc
  .record({
    rows: fc.array(row, { maxLength: 120 }),
    edits,
    lineEnd: fc.constantFrom('\n', '\r\n'),
    finalLineEnd: fc.boolean(),
    quoteAll: fc.boolean(),
    bom: fc.boolean(),
  })
  .map(({ rows, edits: changes, ...how }) => {
    const later = [...rows];
    for (const { place, removed, added } of changes) {
      later.splice(Math.round(place * later.length), removed, ...added);
    }
    // A header without a line feed has no blocks.
    const write = (all: readonly Row[]): Buffer =>
      toCsv([header, ...all], { ...plain, ...how, finalLineEnd: how.finalLineEnd || all.length === 0 });
    return { before: write(rows), now: write(later) };
  });

/** A record as csv-parse, which decides, sees it. */
export interface ParsedRecord {
  readonly fields: Row;
  /** The line, from 1, on which it starts. */
  readonly line: number;
}

/** The records of a file without its header and its blank lines. */
export function parseRecords(file: Buffer): ParsedRecord[] {
  const bytes = file[0] === 0xef ? file.subarray(3) : file;
  const found: ParsedRecord[] = [];
  let start = 0;
  let line = 1;
  parse(bytes, {
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    on_record: (fields: string[], { bytes: end }: { bytes: number }) => {
      if (fields.length > 1) found.push({ fields, line });
      line += bytes.subarray(start, end).filter((byte) => byte === 0x0a).length;
      start = end;
      return null;
    },
  });
  return found.slice(1);
}
