import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import type { SourceDeclaration } from '../sources/declaration.ts';
import { recognise, type Recognised } from '../sources/recognise.ts';
import { rejection, type Rejection } from '../sources/rejection.ts';

/** Delimiters that are tried; at equal fit the first wins. */
const delimiters = [',', ';', '\t', '|'] as const;

/** The character between the fields of a record. */
export type Delimiter = (typeof delimiters)[number];

/** What csv-parse has to know of a file. */
export interface Dialect {
  readonly delimiter: Delimiter;
  /** What ends a record. Lone CR counts only in files whose first line ends so; elsewhere it is text. */
  readonly recordDelimiters: readonly string[];
}

/** A file's dialect and the meaning of its header. */
export interface Opening {
  readonly kind: 'opening';
  readonly dialect: Dialect;
  /** Names as written, without padding. */
  readonly header: readonly string[];
  readonly recognised: Recognised;
}

/** Bytes of decoded text within which the header has to end. */
export const maxHeaderBytes = 1 << 20;

/**
 * Finds the delimiter under which the first record is a header that the source knows; of several, the one that finds
 * most columns. Where none does, the rejection is that of the delimiter which gives most fields.
 *
 * @param head the decoded beginning of the file, without byte order mark; `isWhole` where that is all of it
 */
export function detectDialect(
  head: Buffer,
  isWhole: boolean,
  source: SourceDeclaration,
): Opening | Rejection {
  const recordDelimiters = detectRecordDelimiters(head);
  let best: { score: number; result: Opening | Rejection } | null = null;
  for (const delimiter of delimiters) {
    const dialect = { delimiter, recordDelimiters };
    const first = parseHeader(head, isWhole, dialect);
    const header = Array.isArray(first) ? first : [];
    const result = Array.isArray(first) ? recognise(source, first) : first;
    // A recognised header beats any other, a header beats none.
    const score = result.kind === 'recognised' ? 1e9 + header.length - result.unused.length : header.length;
    if (best !== null && score <= best.score) continue;
    best = {
      score,
      result:
        result.kind === 'recognised' ? { kind: 'opening', dialect, header, recognised: result } : result,
    };
  }
  if (best === null) throw new Error('there is no delimiter to try');
  return best.result;
}

function parseHeader(head: Buffer, isWhole: boolean, dialect: Dialect): string[] | Rejection {
  try {
    const records: unknown = parse(head, {
      delimiter: dialect.delimiter,
      record_delimiter: [...dialect.recordDelimiters],
      relax_column_count: true,
      skip_records_with_empty_values: true,
      info: true,
      to: 1,
    });
    const [first] = records as { record: string[]; info: { bytes: number } }[];
    if (first === undefined) {
      return rejection(
        'empty-file',
        'the file holds blank lines only, expected a line of column names and a line a record',
        'drop the whole file again; to take its rows away on purpose, remove the file',
      );
    }
    if (!isWhole && first.info.bytes >= head.length) return headerTooLong();
    return first.record.map((name) => name.trim());
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === 'CSV_QUOTE_NOT_CLOSED') {
      return isWhole
        ? rejection(
            'truncated',
            'the file ends inside a quoted field of its first line',
            'drop the whole file again',
            1,
          )
        : headerTooLong();
    }
    return rejection(
      'unknown-header',
      `the line of column names has a quote in the wrong place: ${error.message}`,
      'put names with quotes or delimiters into double quotes, and double the quotes within',
      1,
    );
  }
}

function headerTooLong(): Rejection {
  return rejection(
    'header-too-long',
    `the first line is longer than ${maxHeaderBytes} bytes, expected column names`,
    'check the line ends and quotes of the file; the first line must hold the column names',
    1,
  );
}

const [lf, cr, quote] = [10, 13, 34];

function detectRecordDelimiters(head: Buffer): readonly string[] {
  let isQuoted = false;
  for (let at = 0; at < head.length; at += 1) {
    const byte = head[at];
    if (byte === quote) isQuoted = !isQuoted;
    else if (!isQuoted && byte === lf) break;
    else if (!isQuoted && byte === cr && head[at + 1] !== lf) return ['\r\n', '\n', '\r'];
    else if (!isQuoted && byte === cr) break;
  }
  return ['\r\n', '\n'];
}
