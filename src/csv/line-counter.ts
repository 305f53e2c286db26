/**
 * Tells on which line (from 1) a byte offset of a stream lies, for offsets that only grow. Holds the offsets of the
 * line breaks between the last offset asked for and the last byte seen.
 */
export class LineCounter {
  readonly #breakByte: number;
  #breaks: number[] = [];
  #next = 0;
  #seen = 0;
  #line = 1;

  /** @param breakByte the byte that ends a line: LF, or CR where a file has nothing else */
  constructor(breakByte: number) {
    this.#breakByte = breakByte;
  }

  /** Takes note of the next bytes of the stream. */
  see(bytes: Buffer): void {
    if (this.#next > 0) {
      this.#breaks = this.#breaks.slice(this.#next);
      this.#next = 0;
    }
    for (let at = bytes.indexOf(this.#breakByte); at !== -1; at = bytes.indexOf(this.#breakByte, at + 1)) {
      this.#breaks.push(this.#seen + at);
    }
    this.#seen += bytes.length;
  }

  /** The line on which the byte at `offset` lies; `offset` is no smaller than any asked for before. */
  lineAt(offset: number): number {
    while ((this.#breaks[this.#next] ?? Infinity) < offset) {
      this.#next += 1;
      this.#line += 1;
    }
    return this.#line;
  }
}
