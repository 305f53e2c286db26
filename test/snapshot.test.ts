import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSqlLibrary } from '../src/engine/sql-library.ts';
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
