import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openCsv, type OpenedCsv, type ReadOptions, type ReadSummary } from '../../src/csv/open-csv.ts';
import { packageRoot } from '../../src/package-root.ts';
import { loadSources, type SourceDeclaration } from '../../src/sources/declaration.ts';
import type { Rejection } from '../../src/sources/rejection.ts';

/** How a test writes a CSV file. */
export interface WrittenAs {
  readonly delimiter: string;
  readonly lineEnd: string;
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  readonly bom: boolean;
  /** Quote every field, or only those that need it. */
  readonly quoteAll: boolean;
  readonly finalLineEnd: boolean;
}

export const plain: WrittenAs = {
  delimiter: ',',
  lineEnd: '\n',
  encoding: 'utf-8',
  bom: false,
  quoteAll: false,
  finalLineEnd: true,
};

/** An independent, simple CSV writer (RFC 4180 with any delimiter and line end). */
export function toCsv(rows: readonly (readonly string[])[], how: WrittenAs): Buffer {
  const mustQuote = (field: string): boolean =>
    how.quoteAll || /["\r\n]/.test(field) || field.includes(how.delimiter);
  const quoted = (field: string): string => (mustQuote(field) ? `"${field.replaceAll('"', '""')}"` : field);
  const lines = rows.map((row) => row.map(quoted).join(how.delimiter));
  const text = lines.join(how.lineEnd) + (how.finalLineEnd ? how.lineEnd : '');
  return encode(how.bom ? `\ufeff${text}` : text, how.encoding);
}

/** Characters that Windows-1252 has beyond Latin-1, by byte. */
const windows1252 = new Map(
  [...'€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ'].map((character, index) => {
    const bytes = [0x80, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8e];
    return [
      character,
      bytes[index] ??
        [0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9e, 0x9f][index - 13] ??
        0,
    ];
  }),
);

function encode(text: string, encoding: WrittenAs['encoding']): Buffer {
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(text);
    case 'utf-16le':
      return Buffer.from(text, 'utf16le');
    case 'utf-16be':
      return Buffer.from(text, 'utf16le').swap16();
    case 'windows-1252':
      return Buffer.from([...text].map((c) => windows1252.get(c) ?? c.charCodeAt(0)));
  }
}

const folder = mkdtempSync(path.join(tmpdir(), 'marquee-reading-'));
let files = 0;

/** Writes bytes to a new file of its own and returns its path. */
export function fileOf(content: Buffer | string): string {
  files += 1;
  const file = path.join(folder, `${files}.csv`);
  writeFileSync(file, content);
  return file;
}

const sources = loadSources(path.join(packageRoot, 'sql', 'sources'));

/** One of the sources that ship. */
export function shipped(name: string): SourceDeclaration {
  const found = sources.find((candidate) => candidate.source === name);
  if (found === undefined) throw new Error(`no source ${name}`);
  return found;
}

/** Everything that a file gives: raw rows as objects without nulls, their lines, and the summary. */
export interface ReadBack {
  readonly opened: OpenedCsv;
  readonly rows: Record<string, string>[];
  readonly lines: number[];
  readonly batchSizes: number[];
  readonly summary: ReadSummary;
}

/** Reads a file to its end. */
export async function readBack(
  file: string,
  source: SourceDeclaration,
  options?: ReadOptions,
): Promise<ReadBack> {
  const opened = await openCsv(file, source);
  if (opened.kind === 'rejection') throw new Error(`${opened.code}: ${opened.message}`);
  const rows: Record<string, string>[] = [];
  const lines: number[] = [];
  const batchSizes: number[] = [];
  const reading = opened.read(options);
  for (;;) {
    const step = await reading.next();
    if (step.done === true) return { opened, rows, lines, batchSizes, summary: step.value };
    const { lines: starts, values } = step.value;
    batchSizes.push(starts.length);
    lines.push(...starts);
    starts.forEach((_, row) => {
      const cells = source.columns.flatMap(({ name }, column): [string, string][] => {
        const value = values[column]?.[row] ?? null;
        return value === null ? [] : [[name, value]];
      });
      rows.push(Object.fromEntries(cells));
    });
  }
}

/** The rejection with which a file is met when it is opened. */
export async function rejectionOf(file: string, source: SourceDeclaration): Promise<Rejection> {
  const opened = await openCsv(file, source);
  if (opened.kind === 'opened') throw new Error(`taken for ${opened.shape.name}`);
  return opened;
}
