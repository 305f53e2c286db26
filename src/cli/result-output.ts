import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { QueryResult, SandboxLimits } from '../engine/query-sandbox.ts';
import { plainRows, resultColumns, type PlainValue } from '../engine/query-values.ts';
import { unreachable } from '../error.ts';
import { renderTable } from '../terminal/table.ts';
import { csvText, jsonText } from '../terminal/text-formats.ts';

/** How the rows of a query can leave. */
export type Format = 'table' | 'csv' | 'json' | 'arrow' | 'parquet';

/** Where the rows go: a file, which appears whole or not at all, or stdout. */
export type Target = { readonly file: string } | 'stdout';

/** Writes a result in a format. Arrow is the IPC file form in a file, the stream form on stdout. */
export async function writeResult(
  result: QueryResult,
  format: Format,
  target: Target,
  limits: SandboxLimits,
): Promise<void> {
  if (target === 'stdout') return writeTo(result, format, null, limits);
  const file = path.resolve(target.file);
  mkdirSync(path.dirname(file), { recursive: true });
  const temp = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
  try {
    await writeTo(result, format, temp, limits);
    renameSync(temp, file);
  } finally {
    rmSync(temp, { force: true });
  }
}

async function writeTo(
  result: QueryResult,
  format: Format,
  file: string | null,
  limits: SandboxLimits,
): Promise<void> {
  switch (format) {
    case 'table':
      return send(tableText(result), file);
    case 'csv':
      return send(csvText(result.names, plainRows(result)), file);
    case 'json':
      return send(jsonText(result.names, plainRows(result)), file);
    case 'arrow': {
      const { arrowBytes } = await import('../engine/query-arrow.ts');
      return send(arrowBytes(result, file === null ? 'stream' : 'file'), file);
    }
    case 'parquet':
      return writeParquetTo(result, file, limits);
    default:
      return unreachable(format);
  }
}

async function send(content: AsyncIterable<string | Uint8Array>, file: string | null): Promise<void> {
  const from = Readable.from(content);
  if (file === null) await pipeline(from, process.stdout, { end: false });
  else await pipeline(from, createWriteStream(file));
}

async function writeParquetTo(
  result: QueryResult,
  file: string | null,
  limits: SandboxLimits,
): Promise<void> {
  const { writeParquet } = await import('../engine/query-parquet.ts');
  const spill = mkdtempSync(path.join(tmpdir(), 'marquee-parquet-'));
  try {
    const written = file ?? path.join(spill, 'result.parquet');
    await writeParquet(result, written, limits, spill);
    if (file === null) await pipeline(createReadStream(written), process.stdout, { end: false });
  } finally {
    rmSync(spill, { recursive: true, force: true });
  }
}

/** How many rows a table shows unless more are asked for. */
export const tableRows = 50;

async function* tableText(result: QueryResult): AsyncGenerator<string> {
  const rows: PlainValue[][] = [];
  for await (const batch of plainRows(result)) rows.push(...batch);
  const plan = explainedPlan(result.names, rows);
  yield plan ?? renderTable(resultColumns(result), rows, { width: process.stdout.columns || 120 });
}

/** The drawing that EXPLAIN returns as its only row; it loses its meaning in a cell. */
function explainedPlan(
  names: readonly string[],
  rows: readonly (readonly PlainValue[])[],
): string | undefined {
  const drawing = rows[0]?.[1];
  const isPlan = names.join() === 'explain_key,explain_value' && rows.length === 1;
  return isPlan && typeof drawing === 'string' ? `${drawing}\n` : undefined;
}
