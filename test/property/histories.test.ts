import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { BatchResult } from '../../operators/batch.ts';
import { MarqueeError } from '../../src/error.ts';
import { histories, type FileName, type Operation, type Row } from './domain.ts';
import { impactOf, type FilmFacts } from './impact.ts';
import { Player } from './player.ts';
import { World } from './world.ts';

const isSoak = process.env['MARQUEE_SOAK'] !== undefined;
const runs = Number(process.env['MARQUEE_HISTORIES'] ?? (isSoak ? 1000 : 100));
const parameters: fc.Parameters<[Operation[][]]> = {
  ...(process.env['MARQUEE_SEED'] === undefined ? {} : { seed: Number(process.env['MARQUEE_SEED']) }),
  endOnFailure: false,
};

/** Plays a history; after every epoch all relations must equal a rebuild, and no more films be touched than need be. */
async function check(batches: readonly (readonly Operation[])[]): Promise<number> {
  const world = new World();
  try {
    const player = new Player(world);
    let epochs = 0;
    let before: ReadonlyMap<FileName, readonly Row[]> = new Map();
    for (const batch of batches) {
      for (const operation of batch) await player.play(operation);
      const result = await runOrRefuse(world);
      if (result === null) {
        await player.play({ op: 'configure', yaml: '{}' });
        before = new Map(player.rows);
        continue;
      }
      const { receipt } = result;
      const differences = await world.differences();
      if (differences.length > 0)
        throw new Error(`after epoch ${receipt?.epoch}:\n${differences.join('\n')}`);
      if (receipt !== null) {
        epochs++;
        if (receipt.scope === 'changes') {
          const films = await filmFacts(world);
          const impact = impactOf(before, player.rows, films);
          const most = films.filter(({ movieKey }) => impact === null || impact.has(movieKey)).length;
          expect(receipt.recomputed['movies_enriched']).toBeLessThanOrEqual(most);
          expect(receipt.films.affected).toBeLessThanOrEqual(impact?.size ?? Infinity);
        }
      }
      before = new Map(player.rows);
    }
    return epochs;
  } finally {
    await world.dispose();
  }
}

/** A base that no price index of the history reaches is refused, and nothing happens: null. */
async function runOrRefuse(world: World): Promise<BatchResult | null> {
  try {
    return await world.run();
  } catch (error) {
    if (error instanceof MarqueeError && error.code === 'base-outside-series') return null;
    throw error;
  }
}

async function filmFacts(world: World): Promise<FilmFacts[]> {
  const engine = await (await world.open()).warehouse.engine();
  const rows = await engine.rows(
    'select movie_key, imdb_id, title_key, release_year, runtime_min from warehouse.main.movies',
  );
  const text = (value: unknown): string | null => (value === null ? null : `${value as string | number}`);
  return rows.map((row) => ({
    movieKey: String(row['movie_key']),
    imdb: text(row['imdb_id']),
    title: text(row['title_key']),
    year: text(row['release_year']),
    runtime: text(row['runtime_min']),
  }));
}

describe('after every epoch the warehouse equals a rebuild of raw/', () => {
  const law = (
    name: string,
    share: number,
    withSwitches: boolean,
    thresholds: Readonly<Record<string, string>> = {},
  ): void => {
    test(
      name,
      async () => {
        for (const [name, value] of Object.entries(thresholds)) vi.stubEnv(name, value);
        let epochs = 0;
        const property = fc.asyncProperty(
          histories({ withSwitches, maxBatches: isSoak ? 6 : 4 }),
          async (batches) => {
            epochs += await check(batches);
          },
        );
        const details = await fc.check(property, { ...parameters, numRuns: Math.ceil(runs * share) });
        console.log(`${name}: seed ${details.seed}, ${details.numRuns} histories, ${epochs} epochs`);
        if (details.failed)
          throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
      },
      24 * 3_600_000,
    );
  };
  afterEach(() => vi.unstubAllEnvs());
  law('histories of drops alone', 0.8, false);
  law('histories whose inputs are all bound as views, and whose films are always picked', 0.2, false, {
    MARQUEE_VIEWED_KEYS: '0',
    MARQUEE_PICKED_SHARE: 'Infinity',
  });
  law('histories with switches of configuration', 0.2, true);
});
