import { readlinkSync } from 'node:fs';
import path from 'node:path';
import { MarqueeError } from './error.ts';

/**
 * The folder of the snapshot that is published now, by the path that its own views use: `.current` is followed, the
 * folders above are not.
 *
 * @throws MarqueeError `no-warehouse` when nothing was published yet
 */
export function publishedSnapshot(root: string): string {
  const folder = path.join(root, 'curated_data');
  try {
    return path.resolve(folder, readlinkSync(path.join(folder, '.current')));
  } catch (cause) {
    throw new MarqueeError('no-warehouse', `nothing is published in ${folder} yet`, {
      cause,
      hint: 'put CSV files into raw/ (or run `marquee init --demo`), then run `marquee backfill`',
    });
  }
}
