import { z } from 'zod';
import { MarqueeError } from '../error.ts';
import type { Remote } from './remote.ts';
import type { Secret } from './secret.ts';

/** Where FRED is, and the key of its API, if any. */
export interface FredOptions {
  readonly graph: URL;
  readonly api: URL;
  readonly key: Secret | null;
  /** The day whose view of the series is wanted; only the API knows former ones. */
  readonly vintage: string | undefined;
}

const seriesAnswer = z.object({ seriess: z.tuple([z.object({ last_updated: z.string() })]) });
const observationsAnswer = z.object({
  observations: z.array(z.object({ date: z.string(), value: z.string() })),
});

/**
 * A series of FRED: the public graph's CSV (`fredgraph.csv?id=...`), or with a key the API: its version is
 * `last_updated` of `fred/series`, its values those of `fred/series/observations`.
 *
 * The API takes its key in the query and nowhere else; so it is put into the address of the request itself, over TLS,
 * and addresses are never printed with their query.
 * Source: https://fred.stlouisfed.org/docs/api/fred/series_observations.html
 */
export function fredRemote(
  common: Pick<Remote, 'name' | 'into' | 'fileName' | 'sha256'>,
  series: string,
  options: FredOptions,
): Remote {
  const { graph, api, key, vintage } = options;
  const what = `series ${series} of FRED${vintage === undefined ? '' : ` as of ${vintage}`}`;
  const base = {
    ...common,
    what,
    identity: `fred ${series} ${vintage ?? ''} ${key === null ? 'graph' : 'api'} ${common.sha256 ?? ''}`,
    member: undefined,
  };
  if (key === null) {
    const url = new URL('graph/fredgraph.csv', graph);
    url.searchParams.set('id', series);
    return {
      ...base,
      missing:
        vintage === undefined
          ? undefined
          : 'vintages need a key of FRED: get one at https://fredaccount.stlouisfed.org/apikeys, then set FRED_API_KEY',
      forbidden: `look at https://fred.stlouisfed.org/series/${series} in a browser`,
      locate: () => Promise.resolve({ url, authorization: null, version: null, isConditional: true }),
    };
  }
  const at = (place: string): URL => {
    const url = new URL(`fred/${place}`, api);
    const query = {
      series_id: series,
      file_type: 'json',
      ...(vintage === undefined ? {} : { realtime_start: vintage, realtime_end: vintage }),
      api_key: key.reveal(),
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  };
  return {
    ...base,
    missing: undefined,
    forbidden: `check FRED_API_KEY (https://fredaccount.stlouisfed.org/apikeys) and the series' id, ${series}`,
    async locate(known, ask) {
      const answer = seriesAnswer.safeParse(await ask(at('series'), null, true));
      if (!answer.success) throw unexpected(common.name, what);
      const version = answer.data.seriess[0].last_updated;
      if (known?.version === version) return null;
      const convert = (body: Buffer): string => toCsv(common.name, series, what, body);
      return {
        url: at('series/observations'),
        authorization: null,
        version,
        isConditional: false,
        staysHome: true,
        convert,
      };
    },
  };
}

/** The API's answer as the graph's CSV: `observation_date,<series>`; FRED writes `.` for a value that is missing. */
function toCsv(name: string, series: string, what: string, body: Buffer): string {
  let content: unknown;
  try {
    content = JSON.parse(body.toString('utf8'));
  } catch {
    throw unexpected(name, what);
  }
  const answer = observationsAnswer.safeParse(content);
  if (!answer.success || answer.data.observations.length === 0) throw unexpected(name, what);
  const lines = answer.data.observations.map(({ date, value }) => {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || !/^(\.|-?\d+(\.\d+)?)$/.test(value))
      throw unexpected(name, what);
    return `${date},${value === '.' ? '' : value}\n`;
  });
  return `observation_date,${series}\n${lines.join('')}`;
}

function unexpected(name: string, what: string): MarqueeError {
  return new MarqueeError('fetch-unexpected-answer', `${name}: FRED's answer holds no ${what}`, {
    hint: 'look at the series in a browser; report it if it is there',
  });
}
