import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { histories, type Operation } from './domain.ts';
import { Player } from './player.ts';
import { World } from './world.ts';

const isSoak = process.env['MARQUEE_SOAK'] !== undefined;
const runs = Number(process.env['MARQUEE_LANE_HISTORIES'] ?? (isSoak ? 200 : 6));

/** All lanes for files of some kilobytes. */
const forced = { MARQUEE_BULK_BYTES: '0', MARQUEE_SIEVE_RECORDS: '0', MARQUEE_BLOCK_BYTES: '128' };
const before = { ...process.env };
beforeAll(() => Object.assign(process.env, forced));
afterAll(() => {
  for (const name of Object.keys(forced)) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

/** Plays a history of long files; after every epoch all relations must equal a rebuild, read record by record or not. */
async function check(batches: readonly (readonly Operation[])[], lanes: Map<string, number>): Promise<void> {
  const world = new World();
  try {
    const player = new Player(world, 40);
    // Every file is there from the start, or most epochs would be first ones.
    for (const file of [
      'movie_metadata/a.csv',
      'movie_metadata/b.csv',
      'genre_cast_director/p.csv',
      'cpi/cpi.csv',
    ] as const) {
      await player.play({ op: 'write', file, rows: [] });
    }
    for (const batch of [[], ...batches]) {
      for (const operation of batch) await player.play(operation);
      const { receipt, accounts } = await world.run();
      const differences = await world.differences();
      if (differences.length > 0)
        throw new Error(`after epoch ${receipt?.epoch}:\n${differences.join('\n')}`);
      for (const { lane } of accounts) {
        if (lane !== null) lanes.set(lane, (lanes.get(lane) ?? 0) + 1);
      }
    }
  } finally {
    await world.dispose();
  }
}

/** A film that comes to a file that was there before: of such a file only blocks are read, and few histories may have one. */
const film = { imdb_id: '', title: 'Alpha', release_year: '2000', runtime: '90', budget: '1000000' };
const aKnownFileGrows: Operation[][] = [
  [
    {
      op: 'insert',
      file: 'movie_metadata/a.csv',
      row: { tmdb_id: '1', ...film, revenue: '7000003', genres: '', director: '', companies: 'X' },
      at: 0,
    },
  ],
];

describe('with all lanes in use', () => {
  test(
    'after every epoch the warehouse equals a rebuild of raw/',
    async () => {
      const lanes = new Map<string, number>();
      const property = fc.asyncProperty(histories({ withSwitches: false, maxBatches: 4 }), (batches) =>
        check(batches, lanes),
      );
      const seed = process.env['MARQUEE_SEED'];
      await fc.assert(property, {
        numRuns: runs,
        examples: [[aKnownFileGrows]],
        ...(seed === undefined ? {} : { seed: Number(seed) }),
      });
      console.log(`lanes: ${JSON.stringify(Object.fromEntries(lanes))}`);
      expect(lanes.get('blocks')).toBeGreaterThan(0);
      expect(lanes.get('bulk')).toBeGreaterThan(0);
    },
    24 * 3_600_000,
  );
});
