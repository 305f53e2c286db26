import type { SourceDeclaration } from '../sources/declaration.ts';
import type { Recognised } from '../sources/recognise.ts';
import { invalidMark, type QuarantineLog, type RecordFault } from './quarantine.ts';
import type { CutRecord } from './records.ts';

/** Raw rows by column: `values[c][r]` is column c of `source.columns` in row r, trimmed, blank as null. */
export interface RawBatch {
  /** 1-based line where each record starts. */
  readonly lines: number[];
  readonly values: (string | null)[][];
}

const maxRows = 2048;
const maxCharacters = 4_000_000;

/** What the reading of one file needs to know to turn its records into raw rows. */
export interface Picking {
  readonly source: SourceDeclaration;
  readonly recognised: Recognised;
  readonly header: readonly string[];
  readonly delimiter: string;
  /** Whether records may hold NUL or bytes that the encoding doesn't know, and must be looked at. */
  readonly mayBeBroken: boolean;
}

/**
 * Picks the declared columns out of records and gathers them in batches of at most 2,048 rows and about 4 MB of text;
 * sets aside records with too many or too few fields, broken bytes or a blank key. Blank lines are nothing.
 * Holds one batch.
 */
export class RowPicker {
  /** Records met, those set aside included. */
  records = 0;
  readonly #how: Picking;
  readonly #log: QuarantineLog;
  readonly #origins: readonly (number | string | null)[];
  readonly #keys: readonly number[];
  readonly #keyNames: readonly string[];
  #batch: RawBatch;
  #characters = 0;

  constructor(how: Picking, log: QuarantineLog) {
    this.#how = how;
    this.#log = log;
    this.#origins = [...how.recognised.columnOf.values()];
    const { key, keyMayLack } = how.recognised.shape;
    this.#keyNames = key.filter((name) => !keyMayLack.includes(name));
    this.#keys = this.#keyNames.map((name) => how.source.columns.findIndex((column) => column.name === name));
    this.#batch = this.#emptyBatch();
  }

  /** Takes one record; answers with a batch when one is full. */
  add(fields: readonly string[], line: number): RawBatch | null {
    if (fields.length !== this.#how.header.length) {
      this.#addMisfit(fields, line);
      return null;
    }
    if (this.#how.mayBeBroken && this.#isBroken(fields, line)) return null;
    const row = this.#origins.map((origin) => {
      if (typeof origin !== 'number') return origin;
      const text = (fields[origin] ?? '').trim();
      return text === '' ? null : text;
    });
    const blank = this.#keys.findIndex((index) => row[index] === null);
    if (blank !== -1) {
      if (fields.every((field) => field.trim() === '')) return null;
      const column = this.#keyNames[blank] ?? null;
      this.#setAside(fields, line, column, 'missing-key', `${column} is blank, and no record may lack it`);
      return null;
    }
    this.records += 1;
    this.#batch.lines.push(line);
    row.forEach((value, column) => {
      this.#batch.values[column]?.push(value);
      this.#characters += value?.length ?? 0;
    });
    const isFull = this.#batch.lines.length >= maxRows || this.#characters >= maxCharacters;
    return isFull ? this.take() : null;
  }

  /** Takes the record that the end of the file cut off: as it is where nothing that is read is missing. */
  addCut({ fields, line, rejection, isSetAside }: CutRecord): RawBatch | null {
    if (isSetAside) return null;
    const last = this.#how.header.length - 1;
    if (fields.length - 1 === last && !this.#origins.includes(last)) {
      return this.add(fields, line);
    }
    const column = this.#how.header[fields.length - 1] ?? null;
    this.#setAside(fields, line, column, 'truncated', rejection.message);
    return null;
  }

  /** What has gathered since the last full batch. */
  take(): RawBatch {
    const batch = this.#batch;
    this.#batch = this.#emptyBatch();
    this.#characters = 0;
    return batch;
  }

  #emptyBatch(): RawBatch {
    return { lines: [], values: this.#origins.map(() => []) };
  }

  #addMisfit(fields: readonly string[], line: number): void {
    if (fields.every((field) => field.trim() === '')) return;
    const expected = this.#how.header.length;
    this.#setAside(
      fields,
      line,
      null,
      'column-count',
      `got ${count(fields.length)}, expected ${expected} as in the first line`,
    );
  }

  #isBroken(fields: readonly string[], line: number): boolean {
    const at = fields.findIndex((field) => field.includes('\0') || field.includes(invalidMark));
    const field = fields[at];
    if (field === undefined) return false;
    const column = this.#how.header[at] ?? null;
    if (field.includes('\0')) {
      this.#setAside([field], line, column, 'nul-byte', 'got a NUL byte, expected text');
    } else {
      this.#setAside(
        [field],
        line,
        column,
        'invalid-encoding',
        'got bytes that the encoding of the file lacks',
      );
    }
    return true;
  }

  #setAside(
    fields: readonly string[],
    line: number,
    column: string | null,
    code: RecordFault,
    reason: string,
  ): void {
    this.records += 1;
    this.#log.add({ line, column, code, value: fields.join(this.#how.delimiter), reason });
  }
}

function count(fields: number): string {
  return fields === 1 ? '1 field' : `${fields} fields`;
}
