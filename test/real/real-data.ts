import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { packageRoot } from '../../src/package-root.ts';

const folder = path.join(packageRoot, '..', 'shared', 'data');

/** Whether the real data is at hand; says so once where it isn't. */
export const hasRealData = existsSync(folder);
if (!hasRealData) console.log(`skipped: there is no real data in ${folder}`);

/** The real files that the tests use, by what they are. */
export const real = {
  tmdb: 'movie_metadata/TMDB_movie_dataset_v11.csv',
  imbd: 'genre_cast_director/IMBD_gayu14_shape.csv',
  imdb5000: 'genre_cast_director/imdb_5000_movie_metadata.csv',
  movieIndustry: 'genre_cast_director/movie_industry.csv',
  cpiJanuary: 'cpi/CPIAUCSL_2024-01-11.csv',
  cpiAugust: 'cpi/CPIAUCSL_2024-08-29.csv',
  cpiUnadjusted: 'cpi/CPIAUCNS_2025-04-18.csv',
  udacity: 'oracle/udacity_tmdb_adj2010.csv',
  theNumbers: 'mess/the_numbers.csv',
  boxOfficeMojo: 'mess/bom_gross.csv',
  popular11: 'series/tmdb_popular_2025-08-11.csv',
  popular13: 'series/tmdb_popular_2025-08-13.csv',
} as const;

/** Where a real file stands on disk. */
export function realFile(name: string): string {
  return path.join(folder, name);
}

/** One record as csv-parse reads it, by header text as published. */
export type Published = Readonly<Record<string, string>>;

/**
 * All records of a real file, read by csv-parse alone: nothing of marquee has a hand in it. The TMDB sample is cut off
 * within the last cell of its last record; the quote that is missing is put there.
 */
export function published(name: string): Published[] {
  const text = readFileSync(realFile(name), 'utf8');
  const isCut = (text.match(/"/g)?.length ?? 0) % 2 === 1;
  return parse(isCut ? `${text}"` : text, { bom: true, columns: true });
}
