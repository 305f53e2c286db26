import type { KeptKeys } from '../state/key-runs.ts';
import type { FileVersion, QuarantineEntry } from '../state/records.ts';
import type { StateStore } from '../state/store.ts';
import type { EpochSession, StagedFile } from '../src/engine/engine.ts';
import type { OpenedParts, PartsOfFile } from './opened-drop.ts';
import { readBulk } from './read-lanes.ts';

/** A file of which only parts were read; the rest stands in the version in force. */
export interface PartsRead extends Pick<PartsOfFile, 'records' | 'newRecords' | 'gone'> {
  /** The version in force, of which the kept records are. */
  readonly before: FileVersion;
  /** The keys of all records, in the order of the file. */
  readonly recordKeys: Iterable<BigUint64Array | KeptKeys>;
  /** What is quarantined of the kept records, where it stands now. */
  readonly quarantined: readonly QuarantineEntry[];
  /** Removes the parts, of which lines may be asked until then. */
  readonly close: () => void;
}

/**
 * Stages the parts of a file that the version in force lacks.
 *
 * @returns why the file has to be read whole, with nothing of it staged
 */
export async function readParts(
  file: StagedFile,
  { opened, comparison, close }: OpenedParts,
  before: FileVersion,
  session: EpochSession,
  state: Pick<StateStore, 'quarantineEntries'>,
): Promise<PartsRead | { readonly declined: string }> {
  if (!('file' in opened.bulk)) return opened.bulk;
  const { records, newRecords, gone } = comparison;
  const read = await readBulk(file, opened.bulk, session);
  if ('declined' in read) return read;
  const decline = async (declined: string): Promise<{ declined: string }> => {
    await session.discard(file.source, file.fileId);
    return { declined };
  };
  if (read.records !== newRecords)
    return decline(`its parts have ${read.records} records, its blocks say ${newRecords}`);
  const keys = await collect(session.recordKeys(file.source, file.fileId), newRecords);
  const reason = comparison.clash(keys);
  if (reason !== null) return decline(reason);
  const quarantined = [...state.quarantineEntries(before.versionId)].flatMap((entry) => {
    const line = comparison.newLine(entry);
    return line === null ? [] : [{ ...entry, line }];
  });
  const recordKeys = comparison.keysWith(keys);
  return { records, newRecords, gone, before, recordKeys, quarantined, close };
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
