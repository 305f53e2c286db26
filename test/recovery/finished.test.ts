import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSqlLibrary, type SqlLibrary } from '../../src/engine/sql-library.ts';
import { MarqueeError } from '../../src/error.ts';
import { edited, Root } from './root.ts';

// Several backfills each, a second or more on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

let root: Root;

beforeEach(async () => {
  root = new Root();
  await root.backfill();
});
afterEach(() => root.dispose());

/** Fails where an epoch is half published, or at another step, so many times. */
function failing(times: number, retryable: boolean, at = 'after-partitions'): (step: string) => void {
  let left = times;
  return (step) => {
    if (step !== at || left-- <= 0) return;
    throw new MarqueeError('engine-disk-full', 'no room', { retryable });
  };
}

it('an epoch whose publishing failed is told by the next run, which finishes it', async () => {
  root.writeFilms(60, 7);
  await expect(root.backfill({ reached: failing(1, false) })).rejects.toMatchObject({
    code: 'engine-disk-full',
  });
  expect(root.epoch()).toBe(1);
  const { results } = await root.backfill();
  expect(results.map(({ receipt, unchanged }) => [receipt?.epoch, unchanged])).toEqual([
    [2, 0],
    [undefined, 3],
  ]);
  expect(results[0]?.accounts).toMatchObject([{ status: 'taken', updated: 6 }]);
  expect(await root.verified()).toEqual([]);
});

it('one that the same run finishes at a second try is told once', async () => {
  root.writeFilms(60, 7);
  const { results } = await root.backfill({ reached: failing(1, true) });
  expect(results.flatMap(({ receipt }) => (receipt === null ? [] : [receipt.epoch]))).toEqual([2]);
  expect(await root.verified()).toEqual([]);
});

describe('an epoch that was cut short before it was published, with other models by the next start,', () => {
  /** The shipped models, and an aggregate of which a warehouse of theirs knows nothing. */
  function withAnotherAggregate(): SqlLibrary {
    const library = loadSqlLibrary();
    const { plan } = library;
    const name = 'films_by_year';
    return {
      ...library,
      hash: 'another aggregate',
      has: (relation) => relation === name || library.has(relation),
      text: (relation) =>
        relation === name
          ? 'select release_year, cast(count(*) as bigint) as films from movies_enriched group by release_year'
          : library.text(relation),
      plan: {
        ...plan,
        stages: {
          ...plan.stages,
          inflate: [
            ...plan.stages.inflate,
            { model: name, full: ['movies_enriched'], impact: [], scope: {} },
          ],
        },
        publish: { ...plan.publish, aggregates: [...plan.publish.aggregates, name] },
      },
    };
  }

  it('stands, where these publish what it has not', async () => {
    root.writeFilms(60, 7);
    await expect(root.backfill({ reached: failing(1, false, 'after-seal') })).rejects.toThrow('no room');
    const library = withAnotherAggregate();
    const { results } = await root.backfill({ library });
    expect(results.map(({ receipt }) => receipt?.epoch)).toEqual([2, 3]);
    expect(await root.verified(null, library)).toEqual([]);
  });

  it('is published whole, though the models that come make the same rows of it', async () => {
    root.writeFilms(60, 7);
    await expect(root.backfill({ reached: failing(1, false, 'after-seal') })).rejects.toThrow('no room');
    const library = edited('top_movies', 'order by', '-- as ever\norder by');
    await root.backfill({ library });
    expect(await root.verified(null, library)).toEqual([]);
  });

  it('is not undone, where files are read otherwise, by what went with it', async () => {
    root.remove('movie_metadata/films.csv');
    await expect(
      root.backfill({ acceptAll: true, reached: failing(1, false, 'after-seal') }),
    ).rejects.toThrow('no room');
    const library = edited('records_movie_metadata', 'where ', "where r.title = 'nobody' or ");
    await root.backfill({ library });
    expect(root.held()).toEqual([]);
    expect((await root.published()).filter((row) => row.startsWith('movies_enriched '))).toEqual([]);
    expect(await root.verified(null, library)).toEqual([]);
  });
});
