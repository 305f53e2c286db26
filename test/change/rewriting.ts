import fc from 'fast-check';
import type { Row } from './drops.ts';

/** Ways to write the same rows. */
export interface Style {
  readonly delimiter: ',' | ';' | '\t' | '|';
  readonly lineEnd: '\n' | '\r\n' | '\r';
  readonly encoding: 'utf-8' | 'utf-8-bom' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  readonly quotes: 'all' | 'needed';
  readonly padding: '' | ' ' | '\u00a0' | '  ';
  /** Numbers that decide the order of rows, the order of columns, and which name a column gets. */
  readonly rowOrder: readonly number[];
  readonly columnOrder: readonly number[];
  readonly names: readonly number[];
  /** Columns that nobody reads, with what stands in them. */
  readonly extra: Readonly<Record<string, string>>;
  readonly isLastLineEnded: boolean;
}

/** As a drop is usually written. */
export const plain: Style = {
  delimiter: ',',
  lineEnd: '\n',
  encoding: 'utf-8',
  quotes: 'needed',
  padding: '',
  rowOrder: [],
  columnOrder: [],
  names: [],
  extra: {},
  isLastLineEnded: true,
};

const numbers = fc.array(fc.nat({ max: 1000 }), { minLength: 12, maxLength: 12 });

/** Any way to write the same rows. */
export const anyStyle: fc.Arbitrary<Style> = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  encoding: fc.constantFrom('utf-8', 'utf-8-bom', 'utf-16le', 'utf-16be', 'windows-1252'),
  quotes: fc.constantFrom('all', 'needed'),
  padding: fc.constantFrom('', ' ', '\u00a0', '  '),
  rowOrder: numbers,
  columnOrder: numbers,
  names: numbers,
  extra: fc.dictionary(
    fc.constantFrom('popularity', 'Home Page', 'note'),
    fc.constantFrom('', '1.5', 'a, b; "c"'),
  ),
  isLastLineEnded: fc.boolean(),
});

/** The bytes of a drop in a style; `names`: for each column, the headers it may have. */
export function rewrite(
  rows: readonly Row[],
  names: Readonly<Record<string, readonly string[]>>,
  style: Style,
): Buffer {
  const own = Object.entries(names).map(([column, aliases], at) => ({
    header: aliases[(style.names[at] ?? 0) % aliases.length] ?? column,
    cell: (row: Row) => row[column] ?? '',
  }));
  const extra = Object.entries(style.extra).map(([header, text]) => ({ header, cell: () => text }));
  const columns = ordered([...own, ...extra], style.columnOrder);
  const records = [
    columns.map(({ header }) => header),
    ...ordered(rows, style.rowOrder).map((row) => columns.map(({ cell }) => cell(row))),
  ];
  const field = (text: string): string => {
    const padded = text === '' ? text : `${style.padding}${text}${style.padding}`;
    const isQuoted = style.quotes === 'all' || /["\r\n]/.test(padded) || padded.includes(style.delimiter);
    return isQuoted ? `"${padded.replaceAll('"', '""')}"` : padded;
  };
  const text = records.map((record) => record.map(field).join(style.delimiter)).join(style.lineEnd);
  return encode(`${text}${style.isLastLineEnded ? style.lineEnd : ''}`, style.encoding);
}

function ordered<T>(items: readonly T[], numbers: readonly number[]): T[] {
  return items
    .map((item, at) => ({ item, at, by: numbers[at] ?? 0 }))
    .sort((a, b) => a.by - b.by || a.at - b.at)
    .map(({ item }) => item);
}

function encode(text: string, encoding: Style['encoding']): Buffer {
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(text);
    case 'utf-8-bom':
      return Buffer.from(`\ufeff${text}`);
    case 'utf-16le':
      return Buffer.from(`\ufeff${text}`, 'utf16le');
    case 'utf-16be':
      return Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
    case 'windows-1252':
      return Buffer.from(text, 'latin1');
  }
}
