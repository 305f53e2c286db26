import type { KeptKeys } from '../../state/key-runs.ts';
import type { KnownRecords } from '../../state/known-records.ts';
import { words } from '../../state/segments.ts';
import { recordsOf, type UnitComparison } from './compare-units.ts';

/** The keys of all records of a new version, in the order of the file: those of kept blocks by their places in the old one. State: 8 bytes a record of the other blocks. */
export class NewKeys implements Iterable<BigUint64Array | KeptKeys> {
  readonly #units: Pick<UnitComparison, 'kept' | 'parts'>;
  /** By record of the units' parts. */
  readonly #keys: BigUint64Array;
  readonly #words: Uint32Array;
  /** Places in that column of the records that are not known, as runs: where each begins, and how long it is. */
  readonly #runs: number[] = [];
  #count = 0;

  constructor({ kept, parts }: UnitComparison) {
    this.#units = { kept, parts };
    this.#keys = new BigUint64Array(recordsOf(parts));
    this.#words = words(this.#keys);
  }

  /** The next record is a known one: its number in there. */
  addKnown(number: number, known: KnownRecords): void {
    known.copyKey(number, this.#words, this.#count++);
  }

  /** The next record is not known. */
  addNew(): void {
    const runs = this.#runs;
    const last = runs.length - 2;
    if (last >= 0 && runs[last]! + runs[last + 1]! === this.#count) runs[last + 1]! += 1;
    else runs.push(this.#count, 1);
    this.#count += 1;
  }

  /** Puts in the keys of the records that are not known. */
  fill(keys: BigUint64Array): void {
    let done = 0;
    for (let run = 0; run < this.#runs.length; run += 2) {
      const records = this.#runs[run + 1]!;
      this.#keys.set(keys.subarray(done, done + records), this.#runs[run]);
      done += records;
    }
  }

  *[Symbol.iterator](): Generator<BigUint64Array | KeptKeys, void, undefined> {
    const { kept, parts } = this.#units;
    const inBlocks = kept.map(({ oldRecord, newRecord, records }) => ({ at: newRecord, oldRecord, records }));
    const inParts = parts.map(({ firstRecord, records }) => ({ at: firstRecord, oldRecord: null, records }));
    let done = 0;
    for (const { oldRecord, records } of [...inBlocks, ...inParts].sort((a, b) => a.at - b.at)) {
      if (oldRecord !== null) yield { first: oldRecord, records };
      else yield this.#keys.subarray(done, (done += records));
    }
  }
}
