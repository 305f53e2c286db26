import fc from 'fast-check';

/** A row of a drop, by header. */
export type Row = Readonly<Record<string, string>>;

/** The files of the small world, by kind of header. Natural order of names differs from the order of their letters. */
export const files = {
  'movie_metadata/a.csv': 'films_by_id',
  'movie_metadata/b.csv': 'films',
  'movie_metadata/c-2.csv': 'films',
  'movie_metadata/c-10.csv': 'films_by_id',
  'genre_cast_director/p.csv': 'credits',
  'genre_cast_director/q.csv': 'credits',
  'cpi/cpi.csv': 'prices',
  'cpi/cpi-2.csv': 'prices',
} as const;

export type FileName = keyof typeof files;
export type Kind = (typeof files)[FileName];

const filmHeader = [
  'imdb_id',
  'title',
  'release_year',
  'runtime',
  'budget',
  'revenue',
  'genres',
  'director',
  'companies',
  'cast',
  'certificate',
  'imdb_rating',
  'imdb_votes',
];

export const headers: Readonly<Record<Kind, readonly string[]>> = {
  films_by_id: ['tmdb_id', ...filmHeader],
  films: filmHeader,
  credits: [
    'imdb_id',
    'title',
    'year',
    'runtime',
    'director',
    'stars',
    'imdb_votes',
    'genre',
    'certificate',
    'imdb_rating',
  ],
  prices: ['DATE', 'CPIAUCSL'],
};

/** Blank about every third time: absent cells are what fill, cascade and identity turn on. */
const maybe = (...values: string[]): fc.Arbitrary<string> => fc.constantFrom('', ...values, ...values);

// Dense on purpose: in a roomy domain the second hops of identity hide for hundreds of epochs.
const film = {
  imdb_id: maybe('tt0000001', 'tt0000002'),
  title: fc.constantFrom('Alpha', 'beta!', 'ALPHA'),
  release_year: maybe('2000', '2001'),
  runtime: maybe('90', '91'),
  budget: maybe('1000000', '3000001'),
  revenue: maybe('7000003', '0', '1x'),
  genres: maybe('Action, Drama', 'Sci-Fi|Action|Drama'),
  director: maybe('Ann', 'Bob, Ann'),
  companies: maybe('X', 'X, Y'),
  cast: maybe('Hal', 'Ida, Hal'),
  certificate: maybe('PG'),
  imdb_rating: maybe('7.5'),
  imdb_votes: maybe('33'),
};

export const rowOf: Readonly<Record<Kind, fc.Arbitrary<Row>>> = {
  films_by_id: fc.record({ tmdb_id: fc.constantFrom('1', '2'), ...film }),
  films: fc.record(film),
  credits: fc.record({
    imdb_id: maybe('tt0000001', 'tt0000002'),
    title: fc.constantFrom('Alpha', 'Beta', 'alpha'),
    year: maybe('2000', '2001'),
    runtime: maybe('90', '91', '100'),
    director: maybe('Cyd', 'Dan'),
    stars: maybe('Eve, Fay', 'Gus'),
    imdb_votes: maybe('10', '20'),
    genre: maybe('Comedy'),
    certificate: maybe('R'),
    imdb_rating: maybe('5.5'),
  }),
  prices: fc.record({
    DATE: fc.constantFrom('2000-01-01', '2000-07-01', '2001-01-01', '2001-02-01', '2002-01-01'),
    CPIAUCSL: maybe('100', '104.5', '110'),
  }),
};

/** What people do to raw/. Indices are taken modulo the number of rows there are. */
export type Operation =
  | { readonly op: 'write'; readonly file: FileName; readonly rows: readonly Row[] }
  | { readonly op: 'insert'; readonly file: FileName; readonly row: Row; readonly at: number }
  | { readonly op: 'change'; readonly file: FileName; readonly row: Row; readonly at: number }
  /** One cell of a row: most changes leave alone what a film is known by. */
  | {
      readonly op: 'set';
      readonly file: FileName;
      readonly row: Row;
      readonly at: number;
      readonly column: string;
    }
  | { readonly op: 'delete' | 'duplicate'; readonly file: FileName; readonly at: number }
  | { readonly op: 'reverse' | 'remove' | 'touch' | 'restore'; readonly file: FileName }
  | { readonly op: 'swap'; readonly file: FileName; readonly other: FileName }
  | { readonly op: 'restart' }
  | { readonly op: 'configure'; readonly yaml: string };

const names = Object.keys(files) as FileName[];
const anyFile = fc.constantFrom(...names);
const at = fc.nat({ max: 3 });
const onFile = <T>(make: (file: FileName) => fc.Arbitrary<T>): fc.Arbitrary<T> => anyFile.chain(make);

const changes: fc.Arbitrary<Operation>[] = [
  onFile((file) =>
    fc.array(rowOf[files[file]], { maxLength: 3 }).map((rows): Operation => ({ op: 'write', file, rows })),
  ),
  onFile((file) =>
    fc
      .tuple(rowOf[files[file]], at)
      .map(([row, index]): Operation => ({ op: 'insert', file, row, at: index })),
  ),
  onFile((file) =>
    fc
      .tuple(rowOf[files[file]], at)
      .map(([row, index]): Operation => ({ op: 'change', file, row, at: index })),
  ),
  onFile((file) =>
    fc
      .tuple(rowOf[files[file]], at, fc.constantFrom(...headers[files[file]]))
      .map(([row, index, column]): Operation => ({ op: 'set', file, row, at: index, column })),
  ),
  fc
    .tuple(fc.constantFrom('delete' as const, 'duplicate' as const), anyFile, at)
    .map(([op, file, index]) => ({ op, file, at: index })),
  fc
    .tuple(
      fc.constantFrom('reverse' as const, 'remove' as const, 'touch' as const, 'restore' as const),
      anyFile,
    )
    .map(([op, file]) => ({ op, file })),
  fc
    .tuple(anyFile, anyFile)
    .filter(([a, b]) => a !== b && files[a] === files[b])
    .map(([file, other]) => ({ op: 'swap', file, other })),
  fc.constant<Operation>({ op: 'restart' }),
];

/** Switches that recompute everything; most histories go without, because these would hide what incremental runs get wrong. */
const switches = fc
  .constantFrom(
    'inflation: { base: "2000-07" }',
    'inflation: { basis: year }',
    'sources: { movie_metadata: { rank: { "b.csv": 5 } } }',
    'roi: { min_budget: 2000000 }',
    '{}',
  )
  .map((yaml): Operation => ({ op: 'configure', yaml }));

/** Histories: batches of operations; after each batch the chain runs once. */
export function histories(options: {
  withSwitches: boolean;
  maxBatches: number;
}): fc.Arbitrary<Operation[][]> {
  const operation = options.withSwitches ? fc.oneof(...changes, switches) : fc.oneof(...changes);
  return fc.array(fc.array(operation, { minLength: 1, maxLength: 4 }), {
    minLength: 2,
    maxLength: options.maxBatches,
  });
}

/** The text of a drop. */
export function csvOf(kind: Kind, rows: readonly Row[]): string {
  const header = headers[kind];
  const cell = (text: string): string => (text === '' ? '' : `"${text.replaceAll('"', '""')}"`);
  return `${[header.join(','), ...rows.map((row) => header.map((name) => cell(row[name] ?? '')).join(','))].join('\n')}\n`;
}
