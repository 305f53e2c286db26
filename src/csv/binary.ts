interface Signature {
  readonly what: string;
  readonly hint: string;
  readonly at?: number;
  readonly bytes: Buffer;
}

const unpack = 'unpack it and drop the CSV file that is inside';
const exportCsv = 'open it in its own program and export it as CSV';

const signatures: readonly Signature[] = [
  { what: 'a gzip archive', hint: unpack, bytes: Buffer.from([0x1f, 0x8b]) },
  { what: 'a bzip2 archive', hint: unpack, bytes: Buffer.from('BZh') },
  { what: 'an xz archive', hint: unpack, bytes: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) },
  { what: 'a Zstandard archive', hint: unpack, bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) },
  { what: 'a 7-Zip archive', hint: unpack, bytes: Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]) },
  { what: 'a Parquet file', hint: 'convert it to CSV first', bytes: Buffer.from('PAR1') },
  { what: 'an Arrow file', hint: 'convert it to CSV first', bytes: Buffer.from('ARROW1') },
  { what: 'an SQLite database', hint: exportCsv, bytes: Buffer.from('SQLite format 3\0') },
  { what: 'a DuckDB database', hint: exportCsv, at: 8, bytes: Buffer.from('DUCK') },
  { what: 'an old Excel workbook (xls)', hint: exportCsv, bytes: Buffer.from('d0cf11e0a1b11ae1', 'hex') },
  { what: 'a PDF document', hint: 'drop the data as CSV', bytes: Buffer.from('%PDF-') },
  { what: 'a PNG image', hint: 'drop the data as CSV', bytes: Buffer.from([0x89, 0x50, 0x4e, 0x47]) },
];

/** What a file is that isn't text, and what to do with it. */
export interface Binary {
  readonly what: string;
  readonly hint: string;
}

/**
 * Tells from the first bytes (64 KB are plenty) that a file is no text, whatever it is called; null where it may be.
 * Single NUL bytes don't make a file binary: the records they are in are set aside instead.
 */
export function detectBinary(head: Buffer): Binary | null {
  if (head.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) {
    return head.includes('xl/') || head.includes('[Content_Types].xml')
      ? { what: 'an Excel workbook (xlsx)', hint: exportCsv }
      : { what: 'a zip archive', hint: unpack };
  }
  const known = signatures.find(({ at = 0, bytes }) => head.subarray(at, at + bytes.length).equals(bytes));
  if (known !== undefined) return { what: known.what, hint: known.hint };
  if (/^\s*<(!doctype html|html|\?xml)/i.test(head.toString('latin1', 0, 200))) {
    return {
      what: 'a web page or XML document',
      hint: 'look at it in a browser: it may be an error or login page that was saved in place of the data',
    };
  }
  const controls = head.reduce((count, byte) => count + (isControl(byte) ? 1 : 0), 0);
  if (controls * 20 <= head.length) return null;
  const percent = Math.round((100 * controls) / head.length);
  return {
    what: `binary data (${percent} % of its first ${head.length} bytes are control characters)`,
    hint: 'drop the data as CSV text',
  };
}

function isControl(byte: number): boolean {
  return (byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d)) || byte === 0x7f;
}
