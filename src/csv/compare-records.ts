import { setImmediate } from 'node:timers/promises';
import type { PartsOfFile, RecordRange } from '../../operators/opened-drop.ts';
import type { KeptKeys } from '../../state/key-runs.ts';
import { KeySet } from '../../state/key-set.ts';
import { KnownRecords } from '../../state/known-records.ts';
import type { PairChunk } from '../../state/pairs.ts';
import type { QuarantineEntry } from '../../state/records.ts';
import { words } from '../../state/segments.ts';
import { lineMapper, recordsOf, type FilePart, type UnitComparison } from './compare-units.ts';
import { hashParts, type HashedParts } from './hash-parts.ts';
import type { RecordForm } from './hash-records.ts';
import { NewKeys } from './new-keys.ts';
import { PartList } from './part-list.ts';

/** What is remembered of the records of a version. */
export interface VersionRecords {
  /** The lower halves of the keys of some records, in the order of the file. */
  readonly readKeys: (first: number, count: number) => BigUint64Array;
  /** All pairs, ascending by key. */
  readonly readPairs: () => Iterable<PairChunk>;
}

/** A part with more bytes is one record, or nearly: it is not looked into. */
const mostBytes = 16 << 20;

/** Where so many times as many records came as went, hardly any of them can be known. */
const mostComers = 8;

/** Keys read at a time. */
const keysAtOnce = 65_536;

/** So many chunks or parts are worked off at a time: a watcher, and an engine that is being opened, have other things to do as well. */
const stepsAtOnce = 16;

/**
 * Compares what the blocks of two versions leave: of the records in new blocks those are kept whose row the old version has too, as
 * often as that. Where every line has another number in a column that nobody reads, no record is left.
 *
 * The rows are hashed as the engine hashed those of the old version. To find the records, hash and seek them takes some 2
 * microseconds each on one thread. Memory: for the records in question what `KnownRecords` and `hashParts` say and 8 bytes
 * each; of parts, what `PartList` says.
 *
 * @returns why that can't be done: the new blocks are not made of sound records, or old ones have the same half of a key
 * @throws MarqueeError as `readFailure` says, retryable
 */
export async function compareRecords(
  file: string,
  units: UnitComparison,
  form: RecordForm,
  version: VersionRecords,
): Promise<RecordComparison | { readonly declined: string }> {
  const isWorthIt = recordsOf(units.parts) <= mostComers * recordsOf(units.vanished);
  const isHashed = ({ hasHeader, start, end }: FilePart): boolean =>
    isWorthIt && !hasHeader && end - start <= mostBytes;
  const { hashed, done: known } = await hashParts(file, units.parts.filter(isHashed), form, () =>
    readKnown(units.vanished, version),
  );
  if (known.hasTwins) return { declined: 'two records that went have the same half of a key' };
  if (hashed === null) return { declined: 'its new blocks are no sound CSV' };
  const news = new News(units, known);
  for (const [at, part] of units.parts.entries()) {
    if (isHashed(part)) news.look(part, hashed);
    else news.add(part);
    if (at % stepsAtOnce === 0) await setImmediate();
  }
  const gone: PairChunk[] = [];
  for (const chunk of known.unfound()) {
    gone.push(chunk);
    await setImmediate();
  }
  return new RecordComparison(units, version, known, news, gone);
}

/** The records that stand in no block that is kept. */
async function readKnown(vanished: readonly RecordRange[], version: VersionRecords): Promise<KnownRecords> {
  const known = new KnownRecords(recordsOf(vanished));
  let steps = 0;
  for (const keys of keysOf(vanished, version)) {
    known.addKeys(keys);
    if (++steps % stepsAtOnce === 0) await setImmediate();
  }
  for (const chunk of version.readPairs()) {
    known.addPairs(chunk);
    if (++steps % stepsAtOnce === 0) await setImmediate();
  }
  return known;
}

function* keysOf(
  ranges: Iterable<RecordRange>,
  { readKeys }: VersionRecords,
): Generator<BigUint64Array, void, undefined> {
  for (const { firstRecord, records } of ranges) {
    for (let done = 0; done < records; done += keysAtOnce) {
      yield readKeys(firstRecord + done, Math.min(keysAtOnce, records - done));
    }
  }
}

/** Gathers, part by part, the records that are not known, and the keys of those that are. */
class News {
  readonly parts = new PartList();
  readonly keys: NewKeys;
  readonly #known: KnownRecords;

  constructor(units: UnitComparison, known: KnownRecords) {
    this.keys = new NewKeys(units);
    this.#known = known;
  }

  /** Takes a part as it is. */
  add(part: FilePart): void {
    for (let record = 0; record < part.records; record++) this.keys.addNew();
    this.parts.add(part);
  }

  /** Looks which records of a part are known. */
  look(part: FilePart, hashed: HashedParts): void {
    const { rows, start, line } = hashed.records;
    const first = hashed.first.get(part)!;
    // Where the records that are not known begin, of those that were looked at last.
    let from = 0;
    const addTo = (to: number): void => {
      if (from === to) return;
      const [bytes, lines] = [start[first + from]!, line[first + from]!];
      const isLast = to === part.records;
      this.parts.add({
        start: part.start + bytes,
        end: isLast ? part.end : part.start + start[first + to]!,
        firstLine: part.firstLine + lines,
        lines: (isLast ? part.lines : line[first + to]!) - lines,
        records: to - from,
        hasHeader: false,
      });
    };
    for (let record = 0; record < part.records; record++) {
      const found = this.#known.find(rows, first + record, part.firstLine + line[first + record]!);
      if (found === -1) {
        this.keys.addNew();
        continue;
      }
      this.keys.addKnown(found, this.#known);
      addTo(record);
      from = record + 1;
    }
    addTo(part.records);
  }
}

/** What became of the records of a file. Holds all that was found out, so let it go soon. */
export class RecordComparison implements PartsOfFile {
  /** Where in the new version the records are that the old one lacks. */
  readonly parts: PartList;
  readonly gone: readonly PairChunk[];
  readonly #units: UnitComparison;
  readonly #version: VersionRecords;
  readonly #known: KnownRecords;
  readonly #keys: NewKeys;
  readonly #lineOf: (oldLine: number) => number | null;

  constructor(
    units: UnitComparison,
    version: VersionRecords,
    known: KnownRecords,
    { parts, keys }: News,
    gone: readonly PairChunk[],
  ) {
    this.parts = parts;
    this.gone = gone;
    this.#units = units;
    this.#version = version;
    this.#known = known;
    this.#keys = keys;
    this.#lineOf = lineMapper(units.kept);
  }

  get records(): number {
    return this.#units.records;
  }

  get newRecords(): number {
    return this.parts.records;
  }

  newLine({ line, key }: Pick<QuarantineEntry, 'line' | 'key'>): number | null {
    const inBlock = this.#lineOf(line);
    if (inBlock !== null || key === null) return inBlock;
    return this.#known.lineOf(words(BigUint64Array.of(BigInt(`0x${key.slice(-16)}`))), 0);
  }

  /**
   * The same key in a part and in a kept record, or twice in the parts, needs the order of the whole file to say which of
   * them counts.
   */
  clash(keys: BigUint64Array): string | null {
    const set = new KeySet();
    set.add(keys);
    if (set.hasRepeated) return 'two of the changed records have the same key';
    const isKept = 'a changed record has the key of an unchanged one';
    const halves = words(keys);
    for (let at = 0; at < keys.length; at++) if (this.#known.lineOf(halves, at) !== null) return isKept;
    const inBlocks = this.#units.kept.map(({ oldRecord, records }) => ({ firstRecord: oldRecord, records }));
    // Records that were set aside have keys too, though no pairs.
    for (const chunk of keysOf(inBlocks, this.#version)) if (set.find(chunk).length > 0) return isKept;
    return null;
  }

  keysWith(keys: BigUint64Array): Iterable<BigUint64Array | KeptKeys> {
    this.#keys.fill(keys);
    return this.#keys;
  }
}
