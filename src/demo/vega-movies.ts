import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { MarqueeError } from '../error.ts';

/** A film as vega-datasets has it: whole US dollars, minutes; titles such as `300` are numbers, anything may be null. */
export interface VegaMovie {
  readonly Title: string | number | null;
  readonly 'Worldwide Gross': number | null;
  readonly 'Production Budget': number | null;
  /** `Jun 12 1998`, the century guessed wrongly for films before 1930 or so. */
  readonly 'Release Date': string;
  readonly 'MPAA Rating': string | null;
  readonly 'Running Time min': number | null;
  readonly Distributor: string | null;
  readonly 'Major Genre': string | null;
  readonly Director: string | null;
  readonly 'IMDB Rating': number | null;
  readonly 'IMDB Votes': number | null;
}

/**
 * Reads the films of the vega-datasets package, a development dependency.
 *
 * @param from the module or folder from which the package is looked up
 * @throws MarqueeError `demo-missing` when it isn't installed
 */
export function readVegaMovies(from: string = import.meta.url): readonly VegaMovie[] {
  try {
    const entry = createRequire(from).resolve('vega-datasets');
    const file = path.join(path.dirname(entry), '..', 'data', 'movies.json');
    return JSON.parse(readFileSync(file, 'utf8')) as readonly VegaMovie[];
  } catch (cause) {
    throw new MarqueeError('demo-missing', 'the demo films are not installed (package vega-datasets)', {
      cause,
      hint: 'run `npm install --include=dev` (or `npm install --no-save vega-datasets`) where marquee is installed',
    });
  }
}
