import path from 'node:path';

/** The clone. */
export const clone = path.resolve(import.meta.dirname, '..', '..');

/** The built command line. */
export const mainFile = path.join(clone, 'dist', 'bin', 'marquee.cjs');

/** What benchmarks make and keep; git ignores it. */
export const benchFolder = path.join(clone, '.bench');

/** Where the film file stands below a root. */
export const filmFile = path.join('raw', 'movie_metadata', 'TMDB_movie_dataset_v11.csv');
