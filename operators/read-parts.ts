import { setImmediate } from 'node:timers/promises';
import { pairsIn } from '../state/filter-pairs.ts';
import type { KeptKeys } from '../state/key-runs.ts';
import { KeySet } from '../state/key-set.ts';
import type { PairChunk } from '../state/pairs.ts';
import type { FileVersion, QuarantineEntry } from '../state/records.ts';
import type { StateStore } from '../state/store.ts';
import type { EpochSession, StagedFile } from '../src/engine/engine.ts';
import type { OpenedParts, PartsOfFile, RecordRange } from './opened-drop.ts';
import { readBulk } from './read-lanes.ts';

/** Keys read at a time. */
const keysAtOnce = 65_536;

/** A file of which only parts were read; the rest stands in the version in force. */
export interface PartsRead extends PartsOfFile {
  /** The version in force, of which the kept records are. */
  readonly before: FileVersion;
  /** Keys of the records in the parts, in file order: 64 bits of each. */
  readonly keys: BigUint64Array;
  /** Records in the parts. */
  readonly count: number;
  /** The pairs of the records that the version in force has and the new one, unless they stand in a part, has no more. */
  readonly vanishedPairs: readonly PairChunk[];
  /** What is quarantined of the kept records, where it stands now. */
  readonly quarantined: readonly QuarantineEntry[];
  /** Removes the parts, of which lines may be asked until then. */
  close(): void;
}

type Store = Pick<StateStore, 'readRecordKeys' | 'readPairs' | 'quarantineEntries'>;

/**
 * Stages the parts of a file that the version in force lacks, and has their unchanged records told apart.
 *
 * The same key in a part and in a kept record, or twice in the parts, needs the order of the whole file to say which of
 * them counts: then the parts are of no use, as where they are no sound CSV.
 *
 * @returns why the file has to be read whole, with nothing of it staged
 */
export async function readParts(
  file: StagedFile,
  { opened, ...parts }: OpenedParts & Pick<PartsRead, 'before' | 'vanishedPairs'>,
  session: EpochSession,
  state: Store,
): Promise<PartsRead | { readonly declined: string }> {
  if (!('file' in opened.bulk)) return opened.bulk;
  const { before, vanishedPairs } = parts;
  const count = parts.parts.reduce((sum, { records }) => sum + records, 0);
  const read = await readBulk(file, opened.bulk, session);
  if ('declined' in read) return read;
  const decline = async (declined: string): Promise<{ declined: string }> => {
    await session.discard(file.source, file.fileId);
    return { declined };
  };
  if (read.records !== count)
    return decline(`its parts have ${read.records} records, its blocks say ${count}`);
  const keys = await collect(session.recordKeys(file.source, file.fileId), count);
  const known = setOf([keys]);
  if (known.hasRepeated) return decline('two of the changed records have the same key');
  // Records that were set aside have keys too, though no pairs.
  const kept = keysOf(
    parts.kept.map(({ oldRecord, records }) => ({ firstRecord: oldRecord, records })),
    before,
    state,
  );
  for (const chunk of kept) {
    if (known.find(chunk).length > 0) return decline('a changed record has the key of an unchanged one');
  }
  const entries = [...state.quarantineEntries(before.versionId)];
  await session.compareWith(file.source, file.fileId, {
    // No changed record has the key of a kept one.
    pairs: pairsIn(vanishedPairs, known),
    cells: entries.filter(({ key, column }) => key !== null && column !== null),
  });
  const quarantined = entries.flatMap((entry) => {
    const line = parts.newLine(entry.line);
    return line === null ? [] : [{ ...entry, line }];
  });
  return { ...parts, keys, count, quarantined };
}

/** The pairs of the records that the version in force has and a new one has no more, unless they stand in a part. */
export async function pairsOfVanished(
  { vanished }: PartsOfFile,
  before: FileVersion,
  state: Store,
): Promise<PairChunk[]> {
  const keys = setOf(keysOf(vanished, before, state));
  const found: PairChunk[] = [];
  let chunks = 0;
  for (const chunk of state.readPairs(before.versionId)) {
    found.push(...pairsIn([chunk], keys));
    // Others have something to do meanwhile, the engine that is being opened above all.
    if (++chunks % 32 === 0) await setImmediate();
  }
  return found;
}

/** Keys of all records of a new version, in file order: new ones, and those that are kept of the version in force. */
export function* recordKeys(read: PartsRead): Generator<BigUint64Array | KeptKeys> {
  const kept = read.kept.map(({ newRecord, oldRecord, records }) => ({ at: newRecord, oldRecord, records }));
  const parts = read.parts.map(({ firstRecord, records }) => ({ at: firstRecord, oldRecord: null, records }));
  let done = 0;
  for (const { oldRecord, records } of [...kept, ...parts].sort((a, b) => a.at - b.at)) {
    if (oldRecord !== null) yield { first: oldRecord, records };
    else yield read.keys.subarray(done, (done += records));
  }
}

function* keysOf(
  ranges: readonly RecordRange[],
  version: FileVersion,
  state: Store,
): Generator<BigUint64Array> {
  for (const { firstRecord, records } of ranges) {
    for (let done = 0; done < records; done += keysAtOnce) {
      yield state.readRecordKeys(version.versionId, firstRecord + done, Math.min(keysAtOnce, records - done));
    }
  }
}

function setOf(columns: Iterable<BigUint64Array>): KeySet {
  const set = new KeySet();
  for (const column of columns) set.add(column);
  return set;
}

async function collect(chunks: AsyncIterable<BigUint64Array>, count: number): Promise<BigUint64Array> {
  const keys = new BigUint64Array(count);
  let at = 0;
  for await (const chunk of chunks) {
    keys.set(chunk, at);
    at += chunk.length;
  }
  if (at !== count) throw new Error(`got ${at} keys, expected ${count}`);
  return keys;
}
