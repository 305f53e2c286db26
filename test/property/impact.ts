import { files, headers, type FileName, type Row } from './domain.ts';

/**
 * DESIGN's derivation of what a change affects, in plain TypeScript and apart from sql/impact/: how many films an
 * epoch may recompute at most. It knows records as the small world writes them, and identity by its own rules.
 */

interface RecordOf {
  readonly file: FileName;
  readonly key: string;
  readonly row: string;
  readonly tmdb: string | null;
  readonly imdb: string | null;
  readonly title: string;
  readonly year: string | null;
  readonly runtime: string | null;
}

type Contents = ReadonlyMap<FileName, readonly Row[]>;

const orNull = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);

/** Records of one kind of source: of a repeated key the last line wins. */
function recordsOf(contents: Contents, source: string): RecordOf[] {
  const records = new Map<string, RecordOf>();
  for (const [file, rows] of contents) {
    if (!file.startsWith(`${source}/`)) continue;
    for (const row of rows) {
      const text = headers[files[file]].map((name) => `${name}=${row[name] ?? ''}`).join('|');
      const key = files[file] === 'films_by_id' ? `id ${row['tmdb_id'] ?? ''}` : text;
      records.set(`${file} ${key}`, {
        file,
        key,
        row: text,
        tmdb: orNull(row['tmdb_id']),
        imdb: orNull(row['imdb_id']),
        title: (row['title'] ?? '').toLowerCase().replace(/[^a-z]/g, ''),
        year: orNull(row['release_year'] ?? row['year']),
        runtime: orNull(row['runtime']),
      });
    }
  }
  return [...records.values()];
}

const titleYear = (record: RecordOf): string | null =>
  record.year === null ? null : `${record.title} ${record.year}`;

/** Which film each record belongs to. */
function identities(records: readonly RecordOf[]): Map<RecordOf, string> {
  const withId = records.filter(({ tmdb }) => tmdb !== null);
  const distinct = (list: (string | null)[]): string[] => [...new Set(list)].filter((item) => item !== null);
  const anchorOf = (imdb: string): string => {
    const carriers = distinct(withId.filter((record) => record.imdb === imdb).map(({ tmdb }) => tmdb));
    if (carriers.length > 0) return carriers.length === 1 ? `tmdb:${carriers[0]}` : `imdb:${imdb}`;
    const places = new Set(
      records.filter((record) => record.tmdb === null && record.imdb === imdb).map(titleYear),
    );
    const named = (tmdb: string): boolean =>
      withId.some((record) => record.tmdb === tmdb && record.imdb !== null && sharesPlace(record, places));
    // Judged place by place: a film that names an imdb_id at one of them is no namesake there.
    const namesakes = distinct(
      withId.filter((record) => sharesPlace(record, places)).map(({ tmdb }) => tmdb),
    ).filter((tmdb) => !named(tmdb));
    return namesakes.length === 1 ? `tmdb:${namesakes[0]}` : `imdb:${imdb}`;
  };
  const anchored = new Map<RecordOf, string>();
  for (const record of records) {
    if (record.tmdb !== null) anchored.set(record, `tmdb:${record.tmdb}`);
    else if (record.imdb !== null) anchored.set(record, anchorOf(record.imdb));
  }
  const result = new Map(anchored);
  for (const record of records) {
    if (anchored.has(record)) continue;
    const place = titleYear(record);
    const candidates = new Set(
      [...anchored].filter(([other]) => place !== null && titleYear(other) === place).map(([, film]) => film),
    );
    const [only] = candidates;
    result.set(
      record,
      candidates.size === 1 && only !== undefined ? only : `title:${record.title}:${record.year ?? ''}`,
    );
  }
  return result;
}

function sharesPlace(record: RecordOf, places: ReadonlySet<string | null>): boolean {
  const place = titleYear(record);
  return place !== null && places.has(place);
}

/** Old and new versions of the records of every changed key, and those that stand after. */
function changed(before: readonly RecordOf[], after: readonly RecordOf[]): RecordOf[] {
  const text = (records: readonly RecordOf[]): Map<string, string> =>
    new Map(records.map((record) => [`${record.file} ${record.key}`, record.row]));
  const [old, now] = [text(before), text(after)];
  const keys = new Set(
    [...before, ...after]
      .filter((record) => old.get(`${record.file} ${record.key}`) !== now.get(`${record.file} ${record.key}`))
      .map(({ key }) => key),
  );
  return [...before, ...after].filter(({ key }) => keys.has(key));
}

/** A film's attributes that credits are matched by. */
export interface FilmFacts {
  readonly movieKey: string;
  readonly imdb: string | null;
  readonly title: string | null;
  readonly year: string | null;
  readonly runtime: string | null;
}

/**
 * The films an epoch may touch.
 *
 * @param films all films after the epoch
 * @returns movie keys, some of which may be gone; null where prices changed and any film may be touched
 */
export function impactOf(before: Contents, after: Contents, films: readonly FilmFacts[]): Set<string> | null {
  if (changed(recordsOf(before, 'cpi'), recordsOf(after, 'cpi')).length > 0) return null;
  const [old, now] = [recordsOf(before, 'movie_metadata'), recordsOf(after, 'movie_metadata')];
  const delta = changed(old, now);
  const idless = now.filter(({ tmdb }) => tmdb === null);
  const places = new Set(delta.filter(({ tmdb }) => tmdb !== null).map(titleYear));
  const ids = new Set([
    ...delta.map(({ imdb }) => imdb),
    ...idless.filter((record) => sharesPlace(record, places)).map(({ imdb }) => imdb),
  ]);
  const first = [...delta, ...idless.filter(({ imdb }) => imdb !== null && ids.has(imdb))];
  const firstPlaces = new Set(first.map(titleYear));
  const second = idless.filter((record) => record.imdb === null && sharesPlace(record, firstPlaces));
  const written = new Set([...first, ...second].map((record) => `${record.file} ${record.key}`));
  const result = new Set<string>();
  for (const records of [old, now]) {
    for (const [record, film] of identities(records)) {
      if (written.has(`${record.file} ${record.key}`)) result.add(film);
    }
  }
  const credits = changed(recordsOf(before, 'genre_cast_director'), recordsOf(after, 'genre_cast_director'));
  for (const film of films) {
    const meets = credits.some(
      (credit) =>
        (credit.imdb !== null && credit.imdb === film.imdb) ||
        (credit.title === film.title &&
          ((credit.year !== null && credit.year === film.year) ||
            (credit.runtime !== null && credit.runtime === film.runtime))),
    );
    if (meets) result.add(film.movieKey);
  }
  return result;
}
