import { z } from 'zod';

const dataset = 'a Kaggle data set as owner/name';
const series = 'the id of a FRED series, such as CPIAUCSL';
const address = 'an http or https address without a user name or password in it';
const name = 'a plain file name that ends with .csv';
const day = 'a day as YYYY-MM-DD in quotes';
/** A file name that leads nowhere else and is no hidden one. */
export const plainCsv = /^[^./\\\p{Cc}][^/\\\p{Cc}]*\.csv$/iu;

const times = 'five fields of cron, such as "0 6 * * *"';
const interval = 'a time such as 30m, 24h or 7d';

/** `fetch.sources.<name>`: where a file of raw/ comes from. What belongs together is looked at in `resolveRemotes`. */
export const remoteSchema = z.strictObject(
  {
    kaggle: z
      .string(dataset)
      .regex(/^[\w-]+\/[\w-]+$/, dataset)
      .optional(),
    fred: z
      .string(series)
      .regex(/^[A-Za-z0-9_]+$/, series)
      .optional(),
    url: z.string(address).optional(),
    file: z.string('the name of a file in the data set or archive').min(1).optional(),
    into: z.string('the name of a source').optional(),
    as: z.string(name).regex(plainCsv, name).optional(),
    vintage: z
      .string(day)
      .regex(/^\d{4}-\d{2}-\d{2}$/, day)
      .optional(),
    sha256: z
      .string('64 hexadecimal digits')
      .regex(/^[0-9a-f]{64}$/i, '64 hexadecimal digits')
      .optional(),
  },
  'keys and values',
);

/** `fetch`: what is fetched, and when a watcher does it by itself. */
export const fetchSchema = z.strictObject({
  every: z
    .string(interval)
    .regex(/^[1-9]\d*\s?[smhd]$/, interval)
    .optional(),
  cron: z
    .string(times)
    .regex(/^\S+(\s+\S+){4,5}$/, times)
    .optional(),
  sources: z.record(z.string(), remoteSchema, 'names with a remote each').optional(),
});

/** Where a file of raw/ comes from, as marquee.yaml says it. */
export type RemoteConfig = z.infer<typeof remoteSchema>;

/** `fetch` of the configuration; all of it is absent where nothing is to be fetched without being asked for. */
export interface FetchConfig {
  readonly everyMs: number | undefined;
  readonly cron: string | undefined;
  readonly sources: Readonly<Record<string, RemoteConfig>> | undefined;
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The section as the program uses it. */
export function fetchConfig({ every, cron, sources }: z.infer<typeof fetchSchema>): FetchConfig {
  const everyMs = every === undefined ? undefined : parseInt(every, 10) * (unitMs[every.slice(-1)] ?? 0);
  return { everyMs, cron, sources };
}
