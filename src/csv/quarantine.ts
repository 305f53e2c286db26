/** Why a record is set aside while its file is read. Cells are judged later, in SQL. */
export type RecordFault =
  'column-count' | 'broken-quote' | 'invalid-encoding' | 'nul-byte' | 'missing-key' | 'truncated';

/** A record that was set aside, as a person should see it. */
export interface QuarantinedRecord {
  /** 1-based line where the record starts. */
  readonly line: number;
  /** The column at fault (a header, or a canonical column where a key is blank), null for the record as a whole. */
  readonly column: string | null;
  readonly code: RecordFault;
  /** What stood there, at most 200 characters, without NUL. */
  readonly value: string | null;
  readonly reason: string;
}

const maxKept = 10_000;
const maxValueLength = 200;

/** Collects what one file's reading sets aside: counts everything, keeps the first 10,000 entries. */
export class QuarantineLog {
  readonly kept: QuarantinedRecord[] = [];
  count = 0;
  readonly #byCode = new Map<RecordFault, number>();

  add(entry: QuarantinedRecord): void {
    this.count += 1;
    this.#byCode.set(entry.code, this.countOf(entry.code) + 1);
    if (this.kept.length >= maxKept) return;
    this.kept.push({ ...entry, value: entry.value === null ? null : shorten(entry.value) });
  }

  countOf(code: RecordFault): number {
    return this.#byCode.get(code) ?? 0;
  }
}

function shorten(text: string): string {
  const clean = text
    .slice(0, maxValueLength + 1)
    .replaceAll('\0', '\u2400')
    .replaceAll(invalidMark, '\ufffd');
  if (clean.length <= maxValueLength) return clean;
  // A character outside the basic plane must not be cut in half.
  return `${clean.slice(0, maxValueLength - 3).replace(/\p{Surrogate}$/u, '')}...`;
}

/**
 * Stands in the decoded text for every byte that the encoding doesn't know. A noncharacter, so that it can be told
 * from the U+FFFD that some publishers have in their texts.
 */
export const invalidMark = '\ufdd0';
