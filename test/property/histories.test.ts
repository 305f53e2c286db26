import fc from 'fast-check';
import { expect, test } from 'vitest';
import { World } from './world.ts';

const opt = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: '', freq: 2 });
const film = fc.record({
  tmdb_id: fc.constantFrom('1', '2'),
  imdb_id: opt(fc.constantFrom('tt0000001', 'tt0000002')),
  title: fc.constantFrom('Alpha', 'beta!', 'ALPHA'),
  release_year: opt(fc.constantFrom('2000', '2001')),
  runtime: opt(fc.constantFrom('90', '91')),
  budget: opt(fc.constantFrom('1000000', '3000001')),
  revenue: opt(fc.constantFrom('7000003', '0', '1x')),
  genres: opt(fc.constantFrom('Action, Drama', 'Drama', 'Sci-Fi|Action|Drama')),
  director: opt(fc.constantFrom('Ann', 'Bob, Ann')),
  companies: opt(fc.constantFrom('X', 'X, Y')),
});
const credit = fc.record({
  imdb_id: opt(fc.constantFrom('tt0000001', 'tt0000002')),
  title: fc.constantFrom('Alpha', 'Beta', 'alpha'),
  year: opt(fc.constantFrom('2000', '2001')),
  runtime: opt(fc.constantFrom('90', '91', '100')),
  director: opt(fc.constantFrom('Cyd', 'Dan')),
  stars: opt(fc.constantFrom('Eve, Fay', 'Gus')),
  votes: opt(fc.constantFrom('10', '20')),
  genre: opt(fc.constantFrom('Comedy')),
});
const price = fc.record({
  DATE: fc.constantFrom('2000-01-01', '2000-07-01', '2001-01-01', '2001-02-01', '2002-01-01'),
  CPIAUCSL: opt(fc.constantFrom('100', '104.5', '110')),
});
type Row = Record<string, string>;
const headers: Record<string, string[]> = {
  id: ['tmdb_id', 'imdb_id', 'title', 'release_year', 'runtime', 'budget', 'revenue', 'genres', 'director', 'companies'],
  idless: ['imdb_id', 'title', 'release_year', 'runtime', 'budget', 'revenue', 'genres', 'director', 'companies'],
  credit: ['imdb_id', 'title', 'year', 'runtime', 'director', 'stars', 'votes', 'genre'],
  price: ['DATE', 'CPIAUCSL'],
};
const csv = (kind: string, rows: Row[]): string =>
  [headers[kind]?.join(','), ...rows.map((row) => headers[kind]?.map((h) => JSON.stringify(row[h] ?? '')).join(','))].join('\n') + '\n';

const files = [
  ['movie_metadata/a.csv', 'id', film],
  ['movie_metadata/b.csv', 'idless', film],
  ['movie_metadata/c-2.csv', 'idless', film],
  ['movie_metadata/c-10.csv', 'id', film],
  ['genre_cast_director/p.csv', 'credit', credit],
  ['genre_cast_director/q.csv', 'credit', credit],
  ['cpi/cpi.csv', 'price', price],
  ['cpi/cpi2.csv', 'price', price],
] as const;
const step = fc.oneof(
  ...files.map(([path, kind, row]) =>
    fc.array(row as fc.Arbitrary<Row>, { minLength: 0, maxLength: 3 }).map((rows) => ({ op: 'write' as const, path, text: csv(kind, rows) })),
  ),
  fc.constantFrom(...files.map(([path]) => path)).map((path) => ({ op: 'remove' as const, path })),
);
const history = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 6 });

test('after every epoch the warehouse equals a rebuild of raw/', async () => {
  let epochs = 0;
  await fc.assert(
    fc.asyncProperty(history, async (batches) => {
      const world = new World();
      try {
        for (const batch of batches) {
          for (const op of batch) {
            if (op.op === 'write') world.write(op.path, op.text);
            else world.remove(op.path);
          }
          await world.run();
          epochs++;
          expect(await world.differences()).toEqual([]);
        }
      } finally {
        await world.dispose();
      }
    }),
    { numRuns: Number(process.env['RUNS'] ?? 20), verbose: 1 },
  );
  console.log(epochs, 'epochs');
}, 6_000_000);
