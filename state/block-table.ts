/**
 * The blocks of a file, in file order, column by column: what `compareUnits` needs to tell which records of a new
 * version stand in the old one as well, without looking at the bytes of either.
 *
 * Every block but the last ends behind a line feed. 33 bytes a block; a file of
 * 550 MB has about 64,000 blocks, 2.1 MB.
 */
export interface BlockTable extends BlockColumns {
  /** What the bytes of the first record and the way of cutting hash to, hex: under another header the same text means another thing. */
  readonly header: string;
}

/** The columns of a {@link BlockTable}, or of a part of one. */
export interface BlockColumns {
  /** 16 bytes a block: the beginning of its SHA-256. */
  readonly hash: Uint8Array;
  /** Bytes of each block. */
  readonly bytes: Uint32Array;
  /** Line feeds in each block, those within quotes included. */
  readonly lines: Uint32Array;
  /** 1 where a block holds an odd number of `"` bytes, else 0. */
  readonly oddQuotes: Uint8Array;
  /**
   * Records that end in each block if it begins outside of quotes: line feeds outside of quotes, blank lines not
   * counted, and what stands behind the last line feed of a file.
   */
  readonly recordsOutside: Uint32Array;
  /** The same if the block begins inside of quotes. */
  readonly recordsInside: Uint32Array;
}

/** Bytes of a block's hash. */
export const BLOCK_HASH_BYTES = 16;

const MAGIC = 0x6d726b31;
const HEAD_BYTES = 8;
const ROW_BYTES = BLOCK_HASH_BYTES + 4 * 4 + 1;

/** Number of blocks of a table. */
export function blockCount(table: BlockColumns): number {
  return table.bytes.length;
}

/**
 * Records of a file, its header and blank lines not counted; null where the file ends within quotes, or has no header.
 */
export function recordCount(table: BlockColumns): number | null {
  let records = -1;
  let isInside = false;
  for (let block = 0; block < blockCount(table); block++) {
    records += isInside ? table.recordsInside[block]! : table.recordsOutside[block]!;
    isInside = isInside !== (table.oddQuotes[block] === 1);
  }
  return isInside || records < 0 ? null : records;
}

/** Columns for `count` blocks, all zero; `shared` where several threads are to see it. */
export function emptyColumns(count: number, shared = false): BlockColumns {
  const bytes = shared ? new SharedArrayBuffer(count * ROW_BYTES) : new ArrayBuffer(count * ROW_BYTES);
  return layOut(bytes, 0, count);
}

/** The columns of `count` blocks in `bytes`: the 32-bit ones first, so that all are aligned. */
function layOut(bytes: ArrayBufferLike, offset: number, count: number): BlockColumns {
  const words = (index: number) => new Uint32Array(bytes, offset + index * 4 * count, count);
  const small = offset + 16 * count;
  return {
    bytes: words(0),
    lines: words(1),
    recordsOutside: words(2),
    recordsInside: words(3),
    hash: new Uint8Array(bytes, small, BLOCK_HASH_BYTES * count),
    oddQuotes: new Uint8Array(bytes, small + BLOCK_HASH_BYTES * count, count),
  };
}

/** Copies the first `count` blocks of `from` into `to`, from block `at` on. */
export function copyBlocks(from: BlockColumns, count: number, to: BlockColumns, at: number): void {
  to.bytes.set(from.bytes.subarray(0, count), at);
  to.lines.set(from.lines.subarray(0, count), at);
  to.recordsOutside.set(from.recordsOutside.subarray(0, count), at);
  to.recordsInside.set(from.recordsInside.subarray(0, count), at);
  to.hash.set(from.hash.subarray(0, count * BLOCK_HASH_BYTES), at * BLOCK_HASH_BYTES);
  to.oddQuotes.set(from.oddQuotes.subarray(0, count), at);
}

/** The columns of a table as one blob, in the machine's byte order. */
export function packColumns(columns: BlockColumns): Uint8Array {
  const count = blockCount(columns);
  const blob = new ArrayBuffer(HEAD_BYTES + count * ROW_BYTES);
  new Uint32Array(blob, 0, 2).set([MAGIC, count]);
  copyBlocks(columns, count, layOut(blob, HEAD_BYTES, count), 0);
  return new Uint8Array(blob);
}

/** The columns that a blob holds; null where it is none, or one of another layout or byte order. */
export function unpackColumns(blob: Uint8Array): BlockColumns | null {
  if (blob.byteLength < HEAD_BYTES) return null;
  const bytes = Uint8Array.from(blob).buffer;
  const [magic, count = 0] = new Uint32Array(bytes, 0, 2);
  if (magic !== MAGIC || blob.byteLength !== HEAD_BYTES + count * ROW_BYTES) return null;
  return layOut(bytes, HEAD_BYTES, count);
}
