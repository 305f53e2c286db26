import path from 'node:path';
import { plainCsv, type RemoteConfig, type FetchConfig } from '../config/fetch-schema.ts';
import { MarqueeError } from '../error.ts';
import { fredKey, kaggleCredential, type Credential, type CredentialPlaces } from './credentials.ts';
import { fredRemote } from './fred.ts';
import { kaggleRemote } from './kaggle.ts';
import type { Remote } from './remote.ts';
import { urlRemote } from './url.ts';

/** What is fetched where marquee.yaml doesn't say otherwise. */
export const defaultRemotes: Readonly<Record<string, RemoteConfig>> = {
  movie_metadata: {
    kaggle: 'asaniczka/tmdb-movies-dataset-2023-930k-movies',
    file: 'TMDB_movie_dataset_v11.csv',
  },
  genre_cast_director: {
    kaggle: 'gayu14/tv-and-movie-metadata-with-genres-and-ratings-imbd',
    file: 'IMBD.csv',
  },
  cpi: { fred: 'CPIAUCSL' },
};

/** Whether marquee.yaml asks for fetching at all. */
export function isFetchConfigured({ everyMs, cron, sources }: FetchConfig): boolean {
  return everyMs !== undefined || cron !== undefined || sources !== undefined;
}

/** All remotes, with what of them can't be fetched here, and remarks about the credentials. */
export interface Remotes {
  readonly remotes: readonly Remote[];
  readonly warnings: readonly string[];
}

/**
 * The remotes of a configuration, or the default ones.
 *
 * @param sources names of the sources there are
 * @throws MarqueeError `config-invalid`, exit code 2
 */
export function resolveRemotes(
  config: FetchConfig,
  sources: readonly string[],
  places: CredentialPlaces,
): Remotes {
  const { env } = places;
  const entries = Object.entries(config.sources ?? defaultRemotes);
  const { credential, broken } = entries.some(([, { kaggle }]) => kaggle !== undefined)
    ? readCredential(places)
    : { credential: null, broken: undefined };
  const bases = {
    kaggle: base(env, 'MARQUEE_KAGGLE_URL', 'https://www.kaggle.com'),
    graph: base(env, 'MARQUEE_FRED_URL', 'https://fred.stlouisfed.org'),
    api: base(env, 'MARQUEE_FRED_API_URL', 'https://api.stlouisfed.org'),
  };
  const taken = new Map<string, string>();
  const remotes = entries.map(([name, remote]): Remote => {
    const { kaggle, fred, file, into = name, vintage, sha256 } = remote;
    if ([kaggle, fred, remote.url].filter((kind) => kind !== undefined).length !== 1)
      throw invalid(name, 'expected one of kaggle, fred and url');
    if (!sources.includes(into))
      throw invalid(name, `got ${into} as its source, expected one of ${sources.join(', ')} (key: into)`);
    const url = remote.url === undefined ? undefined : plainUrl(name, remote.url);
    const fileName = remote.as ?? nameOf(name, kaggle ?? fred, file, fred, url);
    if (!plainCsv.test(fileName))
      throw invalid(name, 'expected a plain file name that ends with .csv (key: as)');
    const place = `${into}/${fileName}`;
    const other = taken.get(place);
    if (other !== undefined) throw invalid(name, `${other} goes to raw/${place} as well (key: as)`);
    taken.set(place, name);
    const common = { name, into, fileName, sha256: sha256?.toLowerCase() };
    if (kaggle !== undefined) {
      if (file === undefined) throw invalid(name, 'expected the file of the data set (key: file)');
      return kaggleRemote(common, kaggle, file, { base: bases.kaggle, credential, broken });
    }
    if (fred !== undefined)
      return fredRemote(common, fred, { graph: bases.graph, api: bases.api, key: fredKey(env), vintage });
    return urlRemote(common, url as URL, file);
  });
  return { remotes, warnings: credential?.warnings ?? [] };
}

/** The remotes of some names, all without any. */
export function chooseRemotes(remotes: readonly Remote[], names: readonly string[]): readonly Remote[] {
  const strange = names.find((name) => !remotes.some((remote) => remote.name === name));
  if (strange !== undefined) {
    throw new MarqueeError(
      'usage',
      `got "${strange}", expected one of ${remotes.map(({ name }) => name).join(', ')}`,
      {
        hint: 'these are the names below fetch.sources in marquee.yaml',
        exitCode: 2,
      },
    );
  }
  return names.length === 0 ? remotes : remotes.filter(({ name }) => names.includes(name));
}

/** A credential that can't be read keeps nobody from what needs none. */
function readCredential(places: CredentialPlaces): {
  credential: Credential | null;
  broken: MarqueeError | undefined;
} {
  try {
    return { credential: kaggleCredential(places), broken: undefined };
  } catch (error) {
    if (error instanceof MarqueeError && error.code === 'credential-unreadable')
      return { credential: null, broken: error };
    throw error;
  }
}

function nameOf(
  name: string,
  kind: string | undefined,
  file: string | undefined,
  fred: string | undefined,
  url: URL | undefined,
): string {
  if (fred !== undefined) return `${fred}.csv`;
  const found = path.posix.basename(file ?? url?.pathname ?? kind ?? '').replace(/\.(gz|zip)$/i, '');
  const plain = /^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u.test(found) ? found : name;
  return /\.csv$/i.test(plain) ? plain : `${plain}.csv`;
}

/** @throws MarqueeError that does not repeat the address: a password may stand in it */
function plainUrl(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw invalid(name, 'expected as url an http or https address without a user name or password in it');
  return url;
}

function base(env: NodeJS.ProcessEnv, variable: string, fallback: string): URL {
  const text = env[variable] || fallback;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isSafe =
    url?.protocol === 'https:' || (url !== null && /^(127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname));
  if (url !== null && isSafe) return url;
  throw new MarqueeError('usage', `${variable}: expected an https address, or http on this machine`, {
    hint: `unset ${variable} to use ${fallback}`,
    exitCode: 2,
  });
}

function invalid(name: string, what: string): MarqueeError {
  return new MarqueeError('config-invalid', `fetch.sources.${name}: ${what}`, {
    hint: 'correct marquee.yaml; docs/configuration.md shows examples',
    exitCode: 2,
  });
}
