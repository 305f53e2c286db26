import { Parser, type CsvError, type Info } from 'csv-parse';
import type { Rejection } from '../sources/rejection.ts';
import type { Dialect } from './dialect.ts';
import { FileRejection } from './file-rejection.ts';
import { holdsRecords, maxRecordBytes, tooLarge, truncated } from './cut-off.ts';
import { LineCounter } from './line-counter.ts';
import type { QuarantineLog } from './quarantine.ts';

/** Records as csv-parse delimits them, all fields, with the lines (from 1) on which they start. */
export interface RecordBlock {
  readonly lines: readonly number[];
  readonly records: readonly (readonly string[])[];
}

/** A record that the end of the file cut off within quotes. */
export interface CutRecord {
  /** The fields so far, the open one last. */
  readonly fields: readonly string[];
  /** The line where the record starts. */
  readonly line: number;
  /** What to say of the file. */
  readonly rejection: Rejection;
  /** Whether the record was set aside already, for a stray quote. */
  readonly isSetAside: boolean;
}

/** How records are cut. */
export interface Cutting {
  readonly dialect: Dialect;
  /** Names for the log; their number tells a cut record from a quote that swallowed records. */
  readonly header: readonly string[];
  /** Whether a file that ends within quotes is rejected, or its last record handed over as cut. */
  readonly truncated: 'reject' | 'keep';
}

/**
 * Cuts decoded text into records with csv-parse, a block for each chunk. Blank lines come out as records too.
 *
 * A record with a stray quote goes to the log, and reading goes on where csv-parse sees the next record.
 * Memory: a chunk, its records, and the record that is open.
 *
 * @returns the record that the end of the file cut off, where `how.truncated` is `keep`
 * @throws FileRejection `record-too-large`, or `truncated`: that even with `keep` where the open quotes hold what looks
 *   like further records
 */
export async function* cutRecords(
  chunks: AsyncIterable<Buffer>,
  how: Cutting,
  log: QuarantineLog,
): AsyncGenerator<RecordBlock, CutRecord | null, undefined> {
  const cutter = new RecordCutter(how, log);
  try {
    for await (const chunk of chunks) {
      await cutter.write(chunk);
      yield cutter.take();
    }
    await cutter.end();
    yield cutter.take();
    return cutter.cut;
  } finally {
    cutter.destroy();
  }
}

class RecordCutter {
  readonly #parser: Parser;
  readonly #lines: LineCounter;
  readonly #lineBreak: string;
  readonly #how: Cutting;
  readonly #log: QuarantineLog;
  cut: CutRecord | null = null;
  #block: { lines: number[]; records: string[][] } = { lines: [], records: [] };
  /** Where the next record starts; null after a broken one, whose end csv-parse doesn't tell. */
  #nextStart: number | null = 1;
  #broken: readonly string[] | null = null;

  constructor(how: Cutting, log: QuarantineLog) {
    const { dialect } = how;
    this.#how = how;
    this.#log = log;
    this.#lineBreak = dialect.recordDelimiters.includes('\r') ? '\r' : '\n';
    this.#lines = new LineCounter(this.#lineBreak.charCodeAt(0));
    this.#parser = new Parser({
      delimiter: dialect.delimiter,
      record_delimiter: [...dialect.recordDelimiters],
      relax_column_count: true,
      skip_records_with_error: true,
      max_record_size: maxRecordBytes,
      // Called within write(); to return null keeps records out of the stream's own, slower queue.
      on_record: (record: string[], { bytes }: Info) => this.#accept(record, bytes),
      on_skip: (error) => this.#setAside(error),
    });
    this.#parser.on('error', () => undefined).resume();
  }

  async write(chunk: Buffer): Promise<void> {
    this.#lines.see(chunk);
    await new Promise<void>((resolve, reject) => {
      this.#parser.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }

  async end(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#parser.once('error', reject);
      this.#parser.end((error?: Error | null) => (error ? reject(error) : resolve()));
    });
  }

  take(): RecordBlock {
    const block = this.#block;
    this.#block = { lines: [], records: [] };
    return block;
  }

  destroy(): void {
    this.#parser.destroy();
  }

  #accept(record: string[], end: number): null {
    const start = this.#nextStart ?? this.#startOf(record, end);
    this.#nextStart = this.#lines.lineAt(end);
    this.#block.lines.push(start);
    this.#block.records.push(record);
    return null;
  }

  /** Where a record starts whose end alone is known: as many lines above as it holds line breaks. */
  #startOf(record: readonly string[], end: number): number {
    const lineBefore = this.#lines.lineAt(end - 1);
    return lineBefore - countBreaks(record, this.#lineBreak);
  }

  #setAside(error: CsvError | undefined): undefined {
    if (error === undefined) return;
    const { header, dialect } = this.#how;
    const { fields, end, open } = this.#openRecord();
    const fieldLine = this.#lines.lineAt(end);
    const line = fieldLine - countBreaks(fields, this.#lineBreak);
    // csv-parse goes on with a broken record, and may find more wrong with it.
    const isSetAside = this.#broken === fields;
    if (error.code === 'CSV_MAX_RECORD_SIZE') throw new FileRejection(tooLarge(fieldLine));
    if (error.code === 'CSV_QUOTE_NOT_CLOSED') {
      const rejection = truncated(fieldLine, header[fields.length]);
      const text = open.toString('utf8');
      const keeps = this.#how.truncated === 'keep' && !holdsRecords(text, dialect.delimiter, header.length);
      if (!keeps) throw new FileRejection(rejection);
      this.cut = { fields: [...fields, text], line, rejection, isSetAside };
      return;
    }
    if (isSetAside) return;
    this.#broken = fields;
    this.#nextStart = null;
    const where =
      error.code === 'CSV_INVALID_CLOSING_QUOTE' ? 'after the closing quote of' : 'inside the unquoted';
    this.#log.add({
      line,
      column: header[fields.length] ?? null,
      code: 'broken-quote',
      value: fields.length === 0 ? null : fields.join(dialect.delimiter),
      reason: `there is text or a quote ${where} field ${fields.length + 1}, expected a quoted field with its quotes doubled`,
    });
  }

  /**
   * The fields so far of the record that csv-parse is at (a new array for each record), the offset where the last of
   * them ended (for the first field: where the record before it did), and the bytes of the field that is open.
   * csv-parse keeps `state` public on its parser, but not in its types; a test holds it to this.
   */
  #openRecord(): { fields: readonly string[]; end: number; open: { toString(encoding: 'utf8'): string } } {
    const { state, info } = this.#parser as Parser & {
      state: { record: readonly string[]; field: { toString(encoding: 'utf8'): string } };
    };
    return { fields: state.record, end: info.bytes, open: state.field };
  }
}

function countBreaks(fields: readonly string[], lineBreak: string): number {
  let count = 0;
  for (const field of fields) {
    for (let at = field.indexOf(lineBreak); at !== -1; at = field.indexOf(lineBreak, at + 1)) count += 1;
  }
  return count;
}
