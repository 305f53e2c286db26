import { partitionPoint } from './partition-point.ts';

/**
 * The keys of a file's records, in file order, as runs of keys that stand elsewhere: in the base, which an earlier version wrote, or
 * among some of its own. A piece table (J. S. Moore's, of the Bravo editor): an edit in the middle of a file costs what was
 * edited, whatever stands behind it.
 */
export interface KeyRuns {
  /** Keys in the base; a place from there on is one among `own`. */
  readonly baseKeys: number;
  /** Where each run begins, and how many keys it has. */
  readonly start: Uint32Array;
  readonly count: Uint32Array;
  readonly own: BigUint64Array;
}

/** Some records of another version, of which the keys are kept. */
export interface KeptKeys {
  /** The first of them, from 0. */
  readonly first: number;
  readonly records: number;
}

/** Runs beyond which the keys are written out. */
const mostRuns = 65_536;

/** Whether runs are worth being kept instead of a copy of all keys. */
export function areFew({ baseKeys, start, own }: KeyRuns): boolean {
  return start.length <= mostRuns && own.length <= baseKeys / 8;
}

/** All of a base. */
export function wholeBase(baseKeys: number): KeyRuns {
  return {
    baseKeys,
    start: Uint32Array.of(0),
    count: Uint32Array.of(baseKeys),
    own: new BigUint64Array(0),
  };
}

/** Keys of all runs together. */
export function keyCount({ count }: KeyRuns): number {
  return count.reduce((sum, keys) => sum + keys, 0);
}

/** The runs of a version of which some keys are kept from `before` and the others are given. */
export function recombined(before: KeyRuns, keys: Iterable<BigUint64Array | KeptKeys>): KeyRuns {
  const { baseKeys } = before;
  const find = runFinder(before);
  const start: number[] = [];
  const count: number[] = [];
  const own: BigUint64Array[] = [];
  let ownKeys = 0;
  const add = (from: number, keysOfRun: number): void => {
    const last = start.length - 1;
    if (last >= 0 && start[last]! + count[last]! === from && from !== baseKeys) count[last]! += keysOfRun;
    else {
      start.push(from);
      count.push(keysOfRun);
    }
  };
  const addOwn = (some: BigUint64Array): void => {
    if (some.length === 0) return;
    add(baseKeys + ownKeys, some.length);
    own.push(some.slice());
    ownKeys += some.length;
  };
  for (const some of keys) {
    if ('first' in some) {
      for (const run of find(some.first, some.records)) {
        if (run.start < baseKeys) add(run.start, run.count);
        else addOwn(before.own.subarray(run.start - baseKeys, run.start - baseKeys + run.count));
      }
    } else addOwn(some);
  }
  const together = new BigUint64Array(ownKeys);
  let filled = 0;
  for (const some of own) {
    together.set(some, filled);
    filled += some.length;
  }
  return { baseKeys, start: Uint32Array.from(start), count: Uint32Array.from(count), own: together };
}

/** A run, or a part of one. */
interface Run {
  readonly start: number;
  readonly count: number;
}

/**
 * Tells in which runs some records stand; yields fewer of them where there are not as many. Records are mostly asked for one
 * after another: what was found last is tried first.
 */
export function runFinder({ start, count }: KeyRuns): (first: number, records: number) => Generator<Run> {
  const before = new Float64Array(count.length + 1);
  for (let run = 0; run < count.length; run++) before[run + 1] = before[run]! + count[run]!;
  let last = 0;
  return function* find(first, records) {
    let run = before[last]! <= first && first < (before[last + 1] ?? 0) ? last : runOf(before, first);
    for (let at = first; at < first + records && run < count.length; run++) {
      const from = at - before[run]!;
      const keys = Math.min(count[run]! - from, first + records - at);
      last = run;
      if (keys > 0) yield { start: start[run]! + from, count: keys };
      at += keys;
    }
  };
}

/** The run in which a record stands; one behind the last where there is none. */
function runOf(before: Float64Array, record: number): number {
  return partitionPoint(0, before.length - 1, (run) => before[run + 1]! <= record);
}

/** Runs as a blob: starts, counts, own keys. */
export function encodeRuns({ start, count, own }: KeyRuns): Uint8Array {
  const blob = new ArrayBuffer(8 + 8 * start.length + 8 * own.length);
  new Uint32Array(blob, 0, 1)[0] = start.length;
  new Uint32Array(blob, 8, start.length).set(start);
  new Uint32Array(blob, 8 + 4 * start.length, start.length).set(count);
  new BigUint64Array(blob, 8 + 8 * start.length, own.length).set(own);
  return new Uint8Array(blob);
}

/** The runs that a blob holds. Throws where the length can't be right. */
export function decodeRuns(blob: Uint8Array, baseKeys: number): KeyRuns {
  const bytes = Uint8Array.from(blob).buffer;
  const runs = new Uint32Array(bytes, 0, 1)[0]!;
  const ownBytes = bytes.byteLength - 8 - 8 * runs;
  return {
    baseKeys,
    start: new Uint32Array(bytes, 8, runs),
    count: new Uint32Array(bytes, 8 + 4 * runs, runs),
    own: new BigUint64Array(bytes, 8 + 8 * runs, ownBytes / 8),
  };
}
