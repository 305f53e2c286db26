import type { Shape, SourceDeclaration } from '../sources/declaration.ts';
import type { Recognised } from '../sources/recognise.ts';
import type { Rejection } from '../sources/rejection.ts';
import { readChunks, readPassingChunks } from './chunks.ts';
import { decode, type Encoding } from './decode.ts';
import { detectDialect, maxHeaderBytes, type Delimiter, type Opening } from './dialect.ts';
import { inspectFile, type TextFile } from './inspect.ts';
import { RowPicker, type RawBatch } from './pick.ts';
import { QuarantineLog, type QuarantinedRecord } from './quarantine.ts';
import { cutRecords } from './records.ts';
import { linesOfRecords } from './record-lines.ts';
import { examineSoundness, type Sound, type Unsound } from './soundness.ts';

export type { RawBatch } from './pick.ts';
export type { QuarantinedRecord, RecordFault } from './quarantine.ts';

/** What one reading of a file came to. */
export interface ReadSummary {
  /** Records after the header, those set aside included, blank lines not. */
  readonly records: number;
  /** Bytes of the file when it was opened. */
  readonly bytes: number;
  /** The first 10,000 records that were set aside. */
  readonly quarantined: readonly QuarantinedRecord[];
  readonly quarantinedCount: number;
  /** What to say where the file ends within quotes, and `read` was told to keep what is whole; else null. */
  readonly truncated: Rejection | null;
}

/** How `read` goes about a file that was cut off. */
export interface ReadOptions {
  /**
   * `reject` (default): throw. `keep`: give all whole records and say `truncated` in the summary; the cut record is set
   * aside, unless the cut is in a last column that the shape doesn't read. Keep only where no version of the file is
   * in force, or this one is, or where the drop is held afterwards: a cut file must never retract rows.
   */
  readonly truncated?: 'reject' | 'keep';
}

/** A file that a source takes; its records have not been read yet. */
export interface OpenedCsv {
  readonly kind: 'opened';
  readonly shape: Shape;
  readonly recognised: Recognised;
  readonly encoding: Encoding;
  readonly delimiter: Delimiter;
  /** Names as written, without padding. */
  readonly header: readonly string[];
  /** Bytes. */
  readonly size: number;
  /** Why the file must be read record by record; null where only its bytes can tell. */
  readonly notPlain: string | null;
  /** Whether an engine's own reader finds the same records as `read`; looks at every byte. */
  readonly examine: () => Promise<Sound | Unsound>;
  /** The lines on which records of a sound file start; `records` ascend, from 0 for the first after the header. */
  readonly linesOf: (records: readonly number[]) => Promise<number[]>;
  /**
   * Reads the records; each call reads anew. The same bytes give the same batches.
   *
   * @throws FileRejection where only reading shows that the file must be rejected: forget what was read of it
   * @throws MarqueeError `file-vanished` or `read-failed`
   */
  read(options?: ReadOptions): AsyncGenerator<RawBatch, ReadSummary, undefined>;
}

/**
 * Finds out whether and how a source takes a file: encoding, delimiter, shape.
 *
 * @returns a rejection where it doesn't, whose message lacks the file's name
 * @throws MarqueeError `file-vanished` or `read-failed`, both retryable
 */
export async function openCsv(path: string, source: SourceDeclaration): Promise<OpenedCsv | Rejection> {
  const file = await inspectFile(path);
  if (file.kind === 'rejection') return file;
  const { head, isWhole } = await readHead(path, file);
  const opening = detectDialect(head, isWhole, source);
  if (opening.kind === 'rejection') return opening;
  return {
    kind: 'opened',
    shape: opening.recognised.shape,
    recognised: opening.recognised,
    encoding: file.encoding,
    delimiter: opening.dialect.delimiter,
    header: opening.header,
    size: file.size,
    notPlain: whyNotPlain(file, opening, head),
    examine: () =>
      examineSoundness(textOf(path, file, readPassingChunks), {
        delimiter: opening.dialect.delimiter,
        columns: opening.header.length,
      }),
    linesOf: (records) => linesOfRecords(textOf(path, file, readPassingChunks), records),
    read: (options) => readRows(path, file, source, opening, options?.truncated ?? 'reject'),
  };
}

/** The text of a file; of a small one, of the bytes that were inspected. */
function textOf(path: string, file: TextFile, read = readChunks): AsyncGenerator<Buffer, void, undefined> {
  const chunks = file.whole === null ? read(path, file.bomLength) : [file.whole.subarray(file.bomLength)];
  return decode(chunks, file);
}

/** What shows before the records are read: bytes or a header that only the authority knows how to take. */
function whyNotPlain(file: TextFile, { header }: Opening, head: Buffer): string | null {
  if (file.encoding !== 'utf-8') return `it is written in ${file.encoding}`;
  if (file.mayBeBroken) return 'it has bytes that UTF-8 or text lacks';
  if (header.length < 2) return 'it has one column';
  if (/^[\s,;|"]*[\r\n]/.test(head.toString('utf8', 0, 4096))) return 'its first line is blank';
  return null;
}

async function readHead(path: string, file: TextFile): Promise<{ head: Buffer; isWhole: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of textOf(path, file)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxHeaderBytes) break;
  }
  return { head: Buffer.concat(chunks).subarray(0, maxHeaderBytes), isWhole: length <= maxHeaderBytes };
}

async function* readRows(
  path: string,
  file: TextFile,
  source: SourceDeclaration,
  { dialect, header, recognised }: Opening,
  truncated: 'reject' | 'keep',
): AsyncGenerator<RawBatch, ReadSummary, undefined> {
  const log = new QuarantineLog();
  const { delimiter } = dialect;
  const picker = new RowPicker({ source, recognised, header, delimiter, mayBeBroken: file.mayBeBroken }, log);
  const blocks = cutRecords(textOf(path, file), { dialect, header, truncated }, log);
  let isHeaderBehind = false;
  let block = await blocks.next();
  try {
    for (; block.done !== true; block = await blocks.next()) {
      const { lines, records } = block.value;
      for (const [index, fields] of records.entries()) {
        if (!isHeaderBehind) {
          isHeaderBehind = fields.some((field) => field.trim() !== '');
          continue;
        }
        const batch = picker.add(fields, lines[index] ?? 0);
        if (batch !== null) yield batch;
      }
    }
  } finally {
    await blocks.return(null);
  }
  const full = block.value === null ? null : picker.addCut(block.value);
  if (full !== null) yield full;
  const rest = picker.take();
  if (rest.lines.length > 0) yield rest;
  return {
    records: picker.records + log.countOf('broken-quote'),
    bytes: file.size,
    quarantined: log.kept,
    quarantinedCount: log.count,
    truncated: block.value?.rejection ?? null,
  };
}
