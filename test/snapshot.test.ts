import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setTimeout as pause } from 'node:timers/promises';
import type { Engine } from '../src/engine/engine.ts';
import { loadSqlLibrary } from '../src/engine/sql-library.ts';
import { MarqueeError } from '../src/error.ts';
import { Snapshots } from '../src/snapshot.ts';

const minute = 60_000;
const retention = { snapshots: 5, minutes: 15 };
const now = Date.now();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'marquee-snapshots-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Snapshots 1, 2, ... made so many minutes ago; the last is the current one unless `current` says another. */
function published(minutesAgo: readonly number[], current = minutesAgo.length): Snapshots {
  for (const [n, ago] of minutesAgo.entries()) {
    const snapshot = path.join(folder, '.snapshots', String(n + 1));
    mkdirSync(snapshot, { recursive: true });
    utimesSync(snapshot, (now - ago * minute) / 1000, (now - ago * minute) / 1000);
  }
  symlinkSync(path.join('.snapshots', String(current)), path.join(folder, '.current'));
  return new Snapshots(folder, loadSqlLibrary().plan);
}

function kept(): number[] {
  return readdirSync(path.join(folder, '.snapshots'))
    .map(Number)
    .sort((a, b) => a - b);
}

describe('collecting snapshots', () => {
  it('keeps five however old they are', () => {
    published([700, 600, 500, 400, 300, 200, 100]).collect(retention, now);
    expect(kept()).toEqual([3, 4, 5, 6, 7]);
  });

  it('keeps all that were current within 15 minutes', () => {
    // The second gave way to the third 14 minutes ago.
    published([60, 20, 14, 9, 8, 7, 6, 5, 4]).collect(retention, now);
    expect(kept()).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('collects what a crash left half-built', () => {
    published([3, 2, 1], 2).collect(retention, now);
    expect(kept()).toEqual([1, 2]);
  });

  it('keeps those that were made before the clock was set back for 15 minutes more, not until that time comes', () => {
    const snapshots = published([-1440, -1440, -1440, -1440, -1440, -1440, 1]);
    snapshots.collect(retention, now);
    expect(kept()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    snapshots.collect(retention, now + 16 * minute);
    expect(kept()).toEqual([3, 4, 5, 6, 7]);
  });
});

describe('publishing with little memory', () => {
  /** An engine that can write one file at a time, and takes `hungry` for one that can't be written at all. */
  function narrowEngine(hungry?: number): Engine {
    let atWork = 0;
    const write = async (file: string, isTooLarge = false): Promise<void> => {
      atWork += 1;
      try {
        if (atWork > 1 || isTooLarge) throw new MarqueeError('engine-out-of-memory', 'too little');
        await pause(1);
        // As the engine does: a file that is there already is none that it would make.
        writeFileSync(file, 'whole', { flag: 'wx' });
      } finally {
        atWork -= 1;
      }
    };
    const engine = {
      partitions: () => Promise.resolve([1999, 2000, 2001, null]),
      writePartition: (value: number | null, file: string) => write(file, value === hungry),
      writeAggregate: (_: string, file: string) => write(file),
      writeServing: async (file: string, _: string, written: Promise<void>) => {
        await write(file);
        await written;
      },
    };
    return engine as unknown as Engine;
  }

  const publication = { epoch: 1, uuid: 'a', partitions: [1999, 2000, 2001, null], receipt: '{}' };
  const { plan } = loadSqlLibrary();
  const state = { setMeta: () => undefined };

  it('writes again, alone, what ran out of memory beside others', async () => {
    const snapshots = new Snapshots(folder, plan);
    await snapshots.publish(narrowEngine(), { ...publication, aggregates: plan.publish.aggregates }, state);
    const files = readdirSync(path.join(folder, '.snapshots', '1'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
    expect(files).toEqual(Array(4 + plan.publish.aggregates.length + 1).fill('whole'));
  });

  it('says so where there is too little for one alone, and publishes nothing', async () => {
    const snapshots = new Snapshots(folder, plan);
    const failed = snapshots.publish(narrowEngine(2000), { ...publication, aggregates: [] }, state);
    await expect(failed).rejects.toMatchObject({ code: 'engine-out-of-memory' });
    expect(existsSync(path.join(folder, '.current'))).toBe(false);
  });
});

describe('publishing an epoch again', () => {
  it('leaves what readers may hold, however often, and clears away what was never current', async () => {
    const { plan } = loadSqlLibrary();
    const engine = {
      partitions: () => Promise.resolve([]),
      writeServing: (file: string) => {
        writeFileSync(file, 'served');
        return Promise.resolve();
      },
    } as unknown as Engine;
    const publication = { epoch: 1, uuid: 'a', partitions: [], aggregates: [], receipt: '{}' };
    const snapshots = new Snapshots(folder, { ...plan, publish: { ...plan.publish, aggregates: [] } });
    mkdirSync(path.join(folder, '.snapshots', '1'), { recursive: true });
    for (let times = 0; times < 4; times++) {
      await snapshots.publish(engine, publication, { setMeta: () => undefined });
    }
    expect(readdirSync(path.join(folder, '.snapshots')).sort()).toEqual(['1', '1-1', '1-2', '1-3']);
    expect(snapshots.currentEpoch()).toBe(1);
    snapshots.collect(retention, now + 1);
    expect(readdirSync(path.join(folder, '.snapshots'))).toHaveLength(4);
  });
});

describe('a folder where a link is to be', () => {
  it('is told before anything is written, and noticed at rest', async () => {
    const { plan } = loadSqlLibrary();
    const snapshots = new Snapshots(folder, plan);
    const publication = { epoch: 1, uuid: 'a', partitions: [], aggregates: [], receipt: '{}' };
    const publishing = (): Promise<number> =>
      snapshots.publish({} as unknown as Engine, publication, { setMeta: () => undefined });
    mkdirSync(path.join(folder, 'movies_enriched'));
    await expect(publishing()).rejects.toMatchObject({ code: 'publishing-blocked' });
    expect(readdirSync(folder)).toEqual(['movies_enriched']);
    mkdirSync(path.join(folder, '.snapshots', '1', 'aggregates'), { recursive: true });
    writeFileSync(path.join(folder, '.snapshots', '1', 'marquee.duckdb'), '');
    symlinkSync(path.join('.snapshots', '1'), path.join(folder, '.current'));
    for (const name of ['aggregates', 'marquee.duckdb'])
      symlinkSync(path.join('.current', name), path.join(folder, name));
    expect(snapshots.damage()).toBe("movies_enriched is a folder of somebody else's");
  });
});
