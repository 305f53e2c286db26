/** What a file must be made of to be sound. */
export interface Grammar {
  /** A one-byte delimiter. */
  readonly delimiter: string;
  /** Fields of every record. */
  readonly columns: number;
}

/** A file that every CSV reader reads alike. */
export interface Sound {
  readonly kind: 'sound';
  /** Records, that of the header included. */
  readonly records: number;
  /** Whether some field begins or ends with white space, so that fields have to be trimmed. */
  readonly isPadded: boolean;
}

/** Why a file must be read by the authority. */
export interface Unsound {
  readonly kind: 'unsound';
  readonly reason: string;
}

const [lf, cr, quote, space] = [10, 13, 34, 32];

/** Bytes of the longest white space, and one. */
const margin = 4;

/** Where the scan stands. */
const [fieldStart, unquoted, quoted, quoteWithin] = [0, 1, 2, 3];

/**
 * Whether a text in UTF-8 is CSV of the plain kind (RFC 4180 with LF) in which there is nothing to interpret: quotes only
 * around whole fields or doubled within, as many fields in every record, no CR outside of quotes, an end outside of quotes.
 * Such a file has the same records for csv-parse and for DuckDB; of others, DuckDB silently takes `1, "x"` and
 * `1,2,` for what csv-parse sets aside.
 *
 * A byte is looked at once, about a nanosecond each; the event loop is free between chunks. Keeps no chunk.
 */
export async function examineSoundness(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  grammar: Grammar,
): Promise<Sound | Unsound> {
  const scan = new SoundnessScan(grammar);
  for await (const chunk of chunks) {
    const reason = scan.see(chunk);
    if (reason !== null) return { kind: 'unsound', reason };
  }
  return scan.end();
}

class SoundnessScan {
  readonly #delimiter: number;
  readonly #columns: number;
  #state = fieldStart;
  #fields = 1;
  #records = 0;
  /** Bytes of the line so far are none: it may be a blank line. */
  #isLineEmpty = true;
  #isPadded = false;
  /** The end of what was seen: `margin` bytes that were looked at, and up to `margin` that wait for what follows. */
  #rest: Buffer = Buffer.alloc(0);
  #waiting = 0;

  constructor({ delimiter, columns }: Grammar) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#columns = columns;
  }

  /** Looks at the next bytes; says why the file is unsound once it is. */
  see(bytes: Buffer): string | null {
    // Where two chunks meet, a few bytes are put together; the rest of a chunk is looked at where it is.
    const isShort = bytes.length < 3 * margin;
    const met = Buffer.concat([this.#rest, isShort ? bytes : bytes.subarray(0, 2 * margin)]);
    const start = this.#rest.length - this.#waiting;
    const end = Math.max(start, met.length - margin);
    const reason =
      this.#scan(met, start, end) ?? (isShort ? null : this.#scan(bytes, margin, bytes.length - margin));
    const [last, seen] = isShort ? [met, end] : [bytes, bytes.length - margin];
    this.#rest = Buffer.from(last.subarray(Math.max(0, seen - margin)));
    this.#waiting = last.length - seen;
    return reason;
  }

  end(): Sound | Unsound {
    // A line end more is a blank line at most.
    const last = Buffer.concat([this.#rest, Buffer.from('\n')]);
    const reason = this.#scan(last, this.#rest.length - this.#waiting, last.length);
    if (reason !== null) return { kind: 'unsound', reason };
    if (this.#state === quoted) return { kind: 'unsound', reason: 'it ends within quotes' };
    return { kind: 'sound', records: this.#records, isPadded: this.#isPadded };
  }

  /** Looks at the bytes of a chunk from one offset to another; at those around them only to tell white space. */
  #scan(chunk: Buffer, from: number, length: number): string | null {
    const delimiter = this.#delimiter;
    let state = this.#state;
    let fields = this.#fields;
    let isLineEmpty = this.#isLineEmpty;
    for (let at = from; at < length; at += 1) {
      let byte = chunk[at]!;
      if (state === quoted) {
        while (byte !== quote && ++at < length) byte = chunk[at]!;
        if (at === length) break;
        state = quoteWithin;
        continue;
      }
      if (state === unquoted) {
        while (byte > quote && byte !== delimiter && ++at < length) byte = chunk[at]!;
        if (at === length) break;
      }
      if (byte === delimiter || byte === lf) {
        const end = state === quoteWithin ? at - 1 : at;
        if (state !== fieldStart && isSpaceBefore(chunk, end)) this.#isPadded = true;
        state = fieldStart;
        if (byte === delimiter) {
          fields += 1;
          isLineEmpty = false;
          continue;
        }
        if (!isLineEmpty) {
          if (fields !== this.#columns) return this.#misfit(fields);
          this.#records += 1;
        }
        fields = 1;
        isLineEmpty = true;
        continue;
      }
      isLineEmpty = false;
      if (byte === quote) {
        if (state === unquoted) return this.#stray();
        // Behind a quote that seemed to end the field, it is one of the text.
        if (state === fieldStart && isSpaceAt(chunk, at + 1)) this.#isPadded = true;
        state = quoted;
        continue;
      }
      if (byte === cr) return `record ${this.#records + 1} has a carriage return outside of quotes`;
      if (state === quoteWithin) return this.#stray();
      if (state === fieldStart && isSpaceAt(chunk, at)) this.#isPadded = true;
      state = unquoted;
    }
    this.#state = state;
    this.#fields = fields;
    this.#isLineEmpty = isLineEmpty;
    return null;
  }

  #misfit(fields: number): string {
    return `record ${this.#records + 1} has ${fields} fields, the first has ${this.#columns}`;
  }

  #stray(): string {
    return `record ${this.#records + 1} has a quote in the middle of a field`;
  }
}

/** Whether white space, as `String.trim` sees it, begins at an offset; beyond ASCII only five lead bytes can. */
export function isSpaceAt(chunk: Buffer, at: number): boolean {
  const byte = chunk[at] ?? quote;
  if (byte < 0x80) return byte <= space;
  if (!isSpaceLead(byte)) return false;
  const text = chunk.toString('utf8', at, at + 3);
  return text.trimStart() !== text;
}

/** Whether white space ends before an offset; beyond ASCII it has two or three bytes. */
export function isSpaceBefore(chunk: Buffer, at: number): boolean {
  const last = chunk[at - 1] ?? quote;
  if (last < 0x80) return last <= space;
  if (!isSpaceLead(chunk[at - 2]) && !isSpaceLead(chunk[at - 3])) return false;
  const text = chunk.toString('utf8', Math.max(0, at - 3), at);
  return text.trimEnd() !== text;
}

/** Whether white space beyond ASCII may begin with a byte. */
function isSpaceLead(byte: number | undefined): boolean {
  return byte === 0xc2 || byte === 0xef || (byte !== undefined && byte >= 0xe1 && byte <= 0xe3);
}
