import type { FileRecord } from './records.ts';

/** Source, then path, by UTF-8 bytes as SQLite compares text: UTF-16 orders emoji before some letters. */
export function bySourceAndPath(
  a: Pick<FileRecord, 'source' | 'path'>,
  b: Pick<FileRecord, 'source' | 'path'>,
): number {
  return compareText(a.source, b.source) || compareText(a.path, b.path);
}

/** Orders two texts by their UTF-8 bytes. */
export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
