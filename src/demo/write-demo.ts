import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../atomic-file.ts';
import { consumerPricesByYear } from './consumer-prices.ts';
import { readVegaMovies, type VegaMovie } from './vega-movies.ts';

/** One file of the demo. */
export interface DemoDrop {
  /** Relative to `raw/`, with forward slashes. */
  readonly path: string;
  readonly rows: number;
  /** Whether its bytes are new; a second run changes nothing. */
  readonly changed: boolean;
}

type Cell = string | number | null;

/**
 * Writes the demo into `raw/`: films and their credits from the vega-datasets package, and US consumer prices. The
 * bytes are a function of the package's; each file is replaced whole.
 *
 * Two columns say less than their names: a film's `production_companies` is its distributor, the only company that the
 * data knows, and there is no cast at all.
 *
 * @throws MarqueeError `demo-missing` when the package isn't installed
 */
export function writeDemo(rawFolder: string): readonly DemoDrop[] {
  const movies = readVegaMovies();
  return [
    drop(rawFolder, 'movie_metadata/vega_movies.csv', metadataHeader, movies.map(metadataRow)),
    drop(rawFolder, 'genre_cast_director/vega_credits.csv', creditsHeader, movies.map(creditsRow)),
    drop(rawFolder, 'cpi/CPIAUCSL.csv', ['observation_date', 'CPIAUCSL'], priceRows()),
  ];
}

const metadataHeader = [
  'title',
  'release_date',
  'release_year',
  'budget',
  'revenue',
  'production_companies',
] as const;

function metadataRow(movie: VegaMovie): readonly Cell[] {
  return [
    movie.Title,
    releaseDate(movie),
    releaseYear(movie),
    movie['Production Budget'],
    movie['Worldwide Gross'],
    movie.Distributor,
  ];
}

const creditsHeader = [
  'title',
  'release_year',
  'runtime',
  'genre',
  'director',
  'certificate',
  'imdb_rating',
  'imdb_votes',
] as const;

function creditsRow(movie: VegaMovie): readonly Cell[] {
  return [
    movie.Title,
    releaseYear(movie),
    movie['Running Time min'],
    movie['Major Genre'],
    movie.Director,
    movie['MPAA Rating'],
    movie['IMDB Rating'],
    movie['IMDB Votes'],
  ];
}

/**
 * The year of release. The data was collected in 2010 from two-digit years, and has `Dec 31 2046` for a film of 1946:
 * whatever it puts after its own time is a century late.
 */
function releaseYear(movie: VegaMovie): number | null {
  const found = /(\d{4})$/.exec(movie['Release Date'])?.[1];
  if (found === undefined) return null;
  const year = Number(found);
  return year > newestYear ? year - 100 : year;
}

/**
 * The date as found, but where its century was guessed wrongly without the guess: `Dec 31 46`. Which century that is,
 * the pipeline takes from `release_year`.
 */
function releaseDate(movie: VegaMovie): string {
  const date = movie['Release Date'];
  const year = releaseYear(movie);
  return year === null || date.endsWith(String(year)) ? date : date.replace(/\d\d(\d\d)$/, '$1');
}

const newestYear = 2011;

function priceRows(): readonly (readonly Cell[])[] {
  return Object.entries(consumerPricesByYear).flatMap(([year, values]) =>
    values.split(' ').map((value, month) => [`${year}-${String(month + 1).padStart(2, '0')}-01`, value]),
  );
}

function drop(
  rawFolder: string,
  name: string,
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
): DemoDrop {
  const file = path.join(rawFolder, name);
  const text = [header, ...rows].map((row) => `${row.map(csvCell).join(',')}\n`).join('');
  const changed = !existsSync(file) || readFileSync(file, 'utf8') !== text;
  if (changed) writeFileAtomic(file, text);
  return { path: name, rows: rows.length, changed };
}

function csvCell(value: Cell): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
