import { isUtf8 } from 'node:buffer';
import { RowHasher } from '../engine/row-hasher.ts';
import { isSpaceAt, isSpaceBefore, type Grammar } from './soundness.ts';

/** How the records of a file are made, and what of them is read. */
export interface RecordForm extends Grammar {
  /** Of each column that is read the field in which it stands, the text that it has in every record, or null. */
  readonly origins: readonly (number | string | null)[];
}

/** What is found of records, column by column. */
export interface HashedRecords {
  /** Four words a record: see `KnownRecords.find`. */
  readonly rows: Uint32Array;
  /** Where each begins in its part: bytes, and lines, from 0. */
  readonly start: Uint32Array;
  readonly line: Uint32Array;
}

/** Bytes behind those of a part: an end of the last line, a quote at which the search for one ends, and what is read along. */
export const slack = 16;

const [lf, cr, quote] = [10, 13, 34];

/** Finds the records of a part of a file, and hashes their rows as the engine would. */
export class RecordHasher {
  readonly #delimiter: number;
  readonly #columns: number;
  readonly #origins: readonly (number | Buffer | null)[];
  readonly #hasher = new RowHasher();
  /** Of the fields of the record at hand: where the text is, and whether quotes in it are doubled. */
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  readonly #isDoubled: Uint8Array;
  /** Line feeds of the record at hand. */
  #feeds = 0;

  constructor({ delimiter, columns, origins }: RecordForm) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#columns = columns;
    this.#origins = origins.map((origin) => (typeof origin === 'string' ? padded(origin) : origin));
    this.#from = new Int32Array(columns);
    this.#to = new Int32Array(columns);
    this.#isDoubled = new Uint8Array(columns);
  }

  /**
   * Hashes the records of a part that begins with one. The bytes are not what they were afterwards.
   *
   * @param bytes the part, and `slack` bytes more; `view` the same memory
   * @param first the place of the first record in `into`
   * @param most how many there are
   * @returns how many there were; -1 where they are more, or the part is not made of sound records; see `examineSoundness`
   */
  hash(bytes: Buffer, view: DataView, first: number, most: number, into: HashedRecords): number {
    const text = bytes.subarray(0, bytes.length - slack);
    if (!isUtf8(text) || text.includes(0)) return -1;
    let { length } = text;
    if (bytes[length - 1] !== lf) bytes[length++] = lf;
    bytes[length] = quote;
    let records = 0;
    let line = 0;
    for (let at = 0; at < length;) {
      if (bytes[at] === lf) {
        at += 1;
        line += 1;
        continue;
      }
      if (records === most) return -1;
      into.start[first + records] = at;
      into.line[first + records] = line;
      const end = this.#findFields(bytes, at, length);
      if (end === -1) return -1;
      line += this.#feeds;
      at = end;
      this.#hashRow(bytes, view);
      this.#hasher.end(into.rows, first + records);
      records += 1;
    }
    return records;
  }

  /** Finds the fields of the record that begins at an offset; returns the offset behind it, or -1 where it is not sound. */
  #findFields(bytes: Buffer, start: number, length: number): number {
    const delimiter = this.#delimiter;
    const columns = this.#columns;
    const from = this.#from;
    const to = this.#to;
    const isDoubled = this.#isDoubled;
    let feeds = 1;
    let at = start;
    for (let field = 0; field < columns; field++, at++) {
      let byte = bytes[at]!;
      isDoubled[field] = 0;
      if (byte === quote) {
        from[field] = ++at;
        for (;;) {
          byte = bytes[at]!;
          while (byte !== quote) {
            if (byte === lf) feeds += 1;
            byte = bytes[++at]!;
          }
          if (at >= length) return -1;
          if (bytes[at + 1] !== quote) break;
          isDoubled[field] = 1;
          at += 2;
        }
        to[field] = at;
        byte = bytes[++at]!;
        if (byte !== delimiter && byte !== lf) return -1;
      } else {
        from[field] = at;
        while (byte !== delimiter && byte !== lf) {
          if (byte === quote || byte === cr) return -1;
          byte = bytes[++at]!;
        }
        to[field] = at;
      }
      if (byte === lf) {
        this.#feeds = feeds;
        return field === columns - 1 ? at + 1 : -1;
      }
    }
    return -1;
  }

  #hashRow(bytes: Buffer, view: DataView): void {
    const hasher = this.#hasher;
    hasher.begin();
    for (const origin of this.#origins) {
      if (origin === null) hasher.addNull();
      else if (typeof origin === 'number') this.#hashField(bytes, view, origin);
      else hasher.addText(viewOf(origin), 0, origin.length - slack);
    }
  }

  #hashField(bytes: Buffer, view: DataView, field: number): void {
    const from = this.#from[field]!;
    let length = this.#to[field]! - from;
    if (this.#isDoubled[field] === 1) length = undouble(bytes, from, length);
    if (length === 0) this.#hasher.addNull();
    else if (isSpaceAt(bytes, from) || isSpaceBefore(bytes, from + length))
      this.#hashTrimmed(bytes.toString('utf8', from, from + length));
    else this.#hasher.addText(view, from, length);
  }

  #hashTrimmed(text: string): void {
    const trimmed = padded(text.trim());
    if (trimmed.length === slack) this.#hasher.addNull();
    else this.#hasher.addText(viewOf(trimmed), 0, trimmed.length - slack);
  }
}

/** Makes one quote of two, in place; returns the length that is left. */
function undouble(bytes: Buffer, from: number, length: number): number {
  let to = from;
  for (let at = from; at < from + length; at++) {
    bytes[to++] = bytes[at]!;
    if (bytes[at] === quote) at += 1;
  }
  return to - from;
}

/** The bytes of a text, and those that are read along. */
function padded(text: string): Buffer {
  return Buffer.concat([Buffer.from(text), Buffer.alloc(slack)]);
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
