import stringWidth from 'string-width';
import { formatCount, printable } from './format.ts';

/** A column of a table. */
export interface TableColumn {
  readonly name: string;
  /** Numbers stand to the right, and get thousands separators unless they identify something. */
  readonly isNumber: boolean;
}

/** How wide a table and its cells may get, in terminal columns. */
export interface TableLimits {
  readonly width: number;
  /** Longer texts are cut, with an ellipsis. */
  readonly cell?: number;
}

/**
 * Renders rows as a table for a person: numbers right-aligned, unknown values empty, lists as `Drama, Comedy`.
 * Columns that don't fit are left out at the right, and counted in a last line.
 *
 * @example
 * renderTable([{ name: 'title', isNumber: false }, { name: 'revenue', isNumber: true }], [['Up', 735099082n]], { width: 80 })
 * // title      revenue
 * // -----  -----------
 * // Up     735,099,082
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly unknown[])[],
  { width, cell = 40 }: TableLimits,
): string {
  const texts = rows.map((row) =>
    columns.map((column, index) => truncate(formatCell(row[index] ?? null, column), cell)),
  );
  const widths = columns.map(({ name }, index) =>
    texts.reduce((widest, row) => Math.max(widest, stringWidth(row[index] ?? '')), stringWidth(name)),
  );
  const shown = fitting(widths, width);
  const line = (cells: readonly string[]): string =>
    cells
      .slice(0, shown)
      .map((text, index) => {
        const space = ' '.repeat(Math.max(0, (widths[index] ?? 0) - stringWidth(text)));
        return columns[index]?.isNumber === true ? space + text : text + space;
      })
      .join(' '.repeat(gap))
      .trimEnd();
  const head = [columns.map(({ name }) => printable(name)), widths.map((count) => '-'.repeat(count))];
  const lines = [...head, ...texts].map(line);
  const left = columns.length - shown;
  if (left > 0) lines.push(`(${left} more ${left === 1 ? 'column' : 'columns'} to the right)`);
  return `${lines.join('\n')}\n`;
}

const gap = 2;

/** How many columns fit side by side; at least one. */
function fitting(widths: readonly number[], available: number): number {
  let used = -gap;
  const at = widths.findIndex((width) => {
    used += width + gap;
    return used > available;
  });
  return at < 0 ? widths.length : Math.max(1, at);
}

function formatCell(value: unknown, { name, isNumber }: TableColumn): string {
  if (value === null || value === undefined) return '';
  if (isNumber) return formatNumber(value, /(^|_)(id|key|year)$/i.test(name));
  if (Array.isArray(value)) return value.map((item) => printable(asText(item))).join(', ');
  return printable(asText(value));
}

/** Separators from five digits on, so that years read as years; four digits after the point. */
function formatNumber(value: unknown, isIdentifier: boolean): string {
  const text =
    typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toFixed(4))) : String(value);
  const [, sign = '', digits, rest = ''] = /^(-?)(\d{5,})(\.\d+)?$/.exec(text) ?? [];
  return digits === undefined || isIdentifier ? text : `${sign}${formatCount(BigInt(digits))}${rest}`;
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return (
    JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? ''
  );
}

function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += stringWidth(segment);
    if (used >= width) break;
    cut += segment;
  }
  return `${cut}…`;
}

/** What people take for a character, however many code points it is of. */
const graphemes = new Intl.Segmenter();
