import Table from 'cli-table3';
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
    texts.reduce((widest, row) => Math.max(widest, displayWidth(row[index] ?? '')), displayWidth(name)),
  );
  const shown = fitting(widths, width);
  const head = [
    columns.slice(0, shown).map(({ name }) => printable(name)),
    widths.slice(0, shown).map((columnWidth) => '-'.repeat(columnWidth)),
  ];
  const lines: string[] = [];
  // A table of the library takes time in the square of its rows. Each begins with the head, so that all are as wide.
  for (let start = 0; start === 0 || start < texts.length; start += pageRows) {
    const table = new Table({
      chars: borderless,
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
      colAligns: columns.slice(0, shown).map(({ isNumber }) => (isNumber ? 'right' : 'left')),
    });
    table.push(...head, ...texts.slice(start, start + pageRows).map((row) => row.slice(0, shown)));
    const page = table.toString().split('\n');
    lines.push(...page.slice(start === 0 ? 0 : head.length).map((line) => line.trimEnd()));
  }
  const left = columns.length - shown;
  if (left > 0) lines.push(`(${left} more ${left === 1 ? 'column' : 'columns'} to the right)`);
  return `${lines.join('\n')}\n`;
}

const gap = 2;

const pageRows = 100;

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
  if (displayWidth(text) <= width) return text;
  let cut = '';
  let used = 0;
  for (const character of text) {
    used += displayWidth(character);
    if (used >= width) break;
    cut += character;
  }
  return `${cut}…`;
}

/** Terminal columns that a text takes: two for a wide East Asian character or an emoji, none for a combining one. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text)
    width += zeroWidth.test(character) ? 0 : wideCharacter.test(character) ? 2 : 1;
  return width;
}

const zeroWidth = /\p{Mn}|\p{Me}|[\u200b-\u200d]|\ufe0f/u;
const wideCharacter =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;

const borderless = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(gap),
} as const;
