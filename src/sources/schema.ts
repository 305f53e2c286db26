import { z } from 'zod';

/** What staging makes of a canonical raw column. */
const columnTypes = [
  'text',
  'integer',
  'money',
  'date',
  'year',
  'minutes',
  'list',
  'imdb_id',
  'number',
  'month',
  'index',
] as const;

/** See `columnTypes`: money is whole US dollars, minutes a running time, index a price index, month any date in it. */
export type ColumnType = (typeof columnTypes)[number];

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a name in lower case, such as release_year');
const headers = z.array(z.string().min(1, 'a header name'));
const pattern = z.string().refine(isPattern, 'a regular expression');

const rule = z.union(
  [z.array(z.string().min(1)).min(1), z.strictObject({ pattern }), z.strictObject({ header_of: name })],
  'a list of header names, { pattern: ... } or { header_of: ... }',
);

const shape = z.strictObject({
  name,
  description: z.string().min(1),
  signature: headers.default([]),
  signature_one_of: z.array(headers.min(1)).default([]),
  columns: z.record(name, rule),
  required: z.array(name).default([]),
  required_one_of: z.array(z.array(name).min(2, 'two columns or more')).default([]),
  key: z.array(name).min(1, 'one column or more'),
  key_may_lack: z.array(name).default([]),
  unique: z.boolean(),
  date_order: z.enum(['ymd', 'mdy', 'dmy']).default('ymd'),
});

const refusal = z.strictObject({
  name,
  signature: headers.default([]),
  pattern: pattern.optional(),
  because: z.string().min(1),
  hint: z.string().min(1),
});

/** The text form of `sql/sources/<source>.yaml`, before names are compared with one another. */
export const sourceSchema = z.strictObject({
  source: name,
  description: z.string().min(1),
  columns: z.record(name, z.strictObject({ type: z.enum(columnTypes), description: z.string().min(1) })),
  shapes: z.array(shape).min(1, 'one shape or more'),
  refused: z.array(refusal).default([]),
});

/** A source file that fits the schema. */
export type SourceFile = z.infer<typeof sourceSchema>;

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}
