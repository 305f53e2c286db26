import { partitionPoint } from '../../state/partition-point.ts';
import type { FilePart } from './compare-units.ts';

/** Parts of a file, ascending; a part that begins where the last one ends becomes one with it. State: 40 bytes a part. */
export class PartList implements Iterable<FilePart> {
  readonly #start: number[] = [];
  readonly #end: number[] = [];
  readonly #firstLine: number[] = [];
  readonly #lines: number[] = [];
  readonly #records: number[] = [];
  #hasHeader = false;

  add({ start, end, firstLine, lines, records, hasHeader }: FilePart): void {
    const last = this.#end.length - 1;
    if (this.#end[last] === start) {
      this.#end[last] = end;
      this.#lines[last]! += lines;
      this.#records[last]! += records;
      return;
    }
    if (last === -1) this.#hasHeader = hasHeader;
    this.#start.push(start);
    this.#end.push(end);
    this.#firstLine.push(firstLine);
    this.#lines.push(lines);
    this.#records.push(records);
  }

  /** Bytes of all parts. */
  get bytes(): number {
    return this.#end.reduce((sum, end, part) => sum + end - this.#start[part]!, 0);
  }

  /** Records of all parts. */
  get records(): number {
    return this.#records.reduce((sum, records) => sum + records, 0);
  }

  *[Symbol.iterator](): Generator<FilePart, void, undefined> {
    for (let part = 0; part < this.#start.length; part++) {
      yield {
        start: this.#start[part]!,
        end: this.#end[part]!,
        firstLine: this.#firstLine[part]!,
        lines: this.#lines[part]!,
        records: this.#records[part]!,
        hasHeader: part === 0 && this.#hasHeader,
      };
    }
  }

  /**
   * Tells on which line of the whole file a line of the parts stands.
   *
   * @param headerLines lines that stand before the first part
   */
  lineMapper(headerLines: number): (line: number) => number {
    // Of each part the line of the parts on which it begins.
    const begins: number[] = [];
    let before = headerLines;
    for (const lines of this.#lines) {
      begins.push(before + 1);
      before += lines;
    }
    const firstLine = this.#firstLine;
    return (line) => {
      const part = partitionPoint(0, begins.length, (at) => begins[at]! <= line) - 1;
      return part === -1 ? line : line - begins[part]! + firstLine[part]!;
    };
  }
}
