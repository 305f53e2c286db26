import { z } from 'zod';
import { fetchSchema, remoteSchema } from './fetch-schema.ts';

/** A whole number of at least `min`; `what` is what a person is told to write instead. */
const whole = (min: number, what: string) => z.number(what).int(what).min(min, what);

const rank = 'a whole number, such as { "fix*.csv": 10 }';
const base = 'latest, a year such as "2010" or a month such as "2024-07"';
const share = 'a share from 0 to 1';

/** `sources.<name>`: where its files stand in the order of precedence, and what a vanished file means. */
export const sourceSchema = z.strictObject(
  {
    rank: z.record(z.string(), z.number(rank).int(rank), 'globs with a whole number each').default({}),
    on_missing_file: z.enum(['retract', 'keep'], 'retract or keep').default('retract'),
    links_outside: z.enum(['refuse', 'follow'], 'refuse or follow').default('refuse'),
  },
  'keys and values',
);

/** One schema a section of marquee.yaml, with the defaults that DESIGN.md lists. Keys are spelled as in the file. */
export const sections = {
  inflation: z.strictObject({
    series: z
      .string('the name of a price index, such as CPIAUCSL')
      .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'the name of a price index, such as CPIAUCSL')
      .default('CPIAUCSL'),
    basis: z.enum(['month', 'year'], 'month or year').default('month'),
    base: z
      .union([z.string(), z.number().transform(String)], base)
      .pipe(z.string().regex(/^(latest|\d{4}|\d{4}-(0[1-9]|1[0-2]))$/, base))
      .default('latest'),
  }),
  guard: z.strictObject({
    max_loss_share: z.number(share).min(0, share).max(1, share).default(0.2),
    min_rows: whole(0, 'a whole number of rows').default(50),
  }),
  roi: z.strictObject({ min_budget: whole(0, 'whole US dollars, such as 1000').default(1000) }),
  watch: z.strictObject({
    settle_ms: whole(0, 'whole milliseconds').default(300),
    rescan_s: whole(0, 'whole seconds, 0 for never').default(60),
    poll: z.boolean('true or false').default(false),
  }),
  engine: z.strictObject({
    memory_limit: z
      .string('a size such as 700MB or 2GB')
      .regex(/^[1-9]\d*(\.\d+)?\s?([kmgt]i?b)$/i, 'a size such as 700MB or 2GB')
      .default('700MB'),
    threads: whole(1, 'a whole number from 1').default(2),
  }),
  on_epoch: z.strictObject({
    command: z.string('a shell command').min(1, 'a shell command').nullable().default(null),
    url: z
      .url({ protocol: /^https?$/, error: 'an http or https address' })
      .nullable()
      .default(null),
    timeout_s: whole(1, 'whole seconds from 1').default(30),
  }),
  retention: z.strictObject({
    snapshots: whole(1, 'a whole number from 1').default(5),
    minutes: whole(0, 'whole minutes').default(15),
  }),
  fetch: fetchSchema,
} as const;

/** marquee.yaml as a whole. A section left empty (all its lines commented out) is a section of defaults. */
export const fileSchema = z.strictObject({
  sources: z
    .preprocess(emptyIfNull, z.record(z.string(), z.preprocess(emptyIfNull, sourceSchema)))
    .prefault({}),
  inflation: z.preprocess(emptyIfNull, sections.inflation).prefault({}),
  guard: z.preprocess(emptyIfNull, sections.guard).prefault({}),
  roi: z.preprocess(emptyIfNull, sections.roi).prefault({}),
  watch: z.preprocess(emptyIfNull, sections.watch).prefault({}),
  engine: z.preprocess(emptyIfNull, sections.engine).prefault({}),
  on_epoch: z.preprocess(emptyIfNull, sections.on_epoch).prefault({}),
  retention: z.preprocess(emptyIfNull, sections.retention).prefault({}),
  fetch: z.preprocess(emptyIfNull, sections.fetch).prefault({}),
});

/** marquee.yaml after validation, defaults filled in, spelled as in the file. */
export type ConfigFile = z.infer<typeof fileSchema>;

/** The keys that may stand at a place of marquee.yaml; none where any name may (below `sources`, in `rank`). */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(fileSchema.shape);
  if (path[0] === 'sources') return path.length === 2 ? Object.keys(sourceSchema.shape) : [];
  if (path[0] === 'fetch' && path.length === 3) return Object.keys(remoteSchema.shape);
  return path.length === 1 && isSection(path[0]) ? Object.keys(sections[path[0]].shape) : [];
}

function isSection(key: PropertyKey | undefined): key is keyof typeof sections {
  return typeof key === 'string' && Object.hasOwn(sections, key);
}

function emptyIfNull(value: unknown): unknown {
  return value === null ? {} : value;
}
