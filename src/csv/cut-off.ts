import { rejection, type Rejection } from '../sources/rejection.ts';

/** UTF-8 bytes of one record; more is taken for a quote that nobody closed. */
export const maxRecordBytes = 128 * 1024 * 1024;

/** Whether a text that should be one field has a line with as many delimiters as a record. */
export function holdsRecords(text: string, delimiter: string, columns: number): boolean {
  return text.split(/[\r\n]+/).some((line) => line.split(delimiter).length >= columns);
}

/** A file that ends within quotes; `line` and `column` are those of the field that they open. */
export function truncated(line: number, column: string | undefined): Rejection {
  const where = column === undefined ? '' : ` (column ${column})`;
  return rejection(
    'truncated',
    `the file ends inside quotes: the one opened on line ${line}${where} is never closed`,
    'the download was probably cut off: drop the whole file again; otherwise mend the quote',
    line,
  );
}

/** A record that never seems to end. */
export function tooLarge(line: number): Rejection {
  return rejection(
    'record-too-large',
    `the record with line ${line} is longer than ${maxRecordBytes / 1024 / 1024} MB`,
    'a quote on that line is probably never closed: mend it, or drop the whole file again',
    line,
  );
}
