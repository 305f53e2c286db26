import { variants } from '../generator/variants.mjs';
import { mainFile } from './places.mjs';

/** Shares of a full rebuild by the rival that no work may exceed. */
const bars = {
  backfill: 1.6,
  identical: 0.15,
  years: 0.4,
  front: 0.4,
  scattered: 0.8,
  touched: 1.0,
  daily: 1.3,
};

/** Where a variant's file is dropped, if not in the place of the original. */
const besides = 'raw/movie_metadata/corrections.csv';

/**
 * What marquee is timed at: a backfill from nothing, then one drop each on top of that.
 *
 * @returns a list of { name, title, bar, command, args, prepare() }; `variant` where the work begins with a drop
 */
export function works(root) {
  const command = process.execPath;
  const args = [mainFile, ...root.backfillArgs()];
  const backfill = {
    name: 'backfill',
    title: 'backfill from nothing',
    bar: bars.backfill,
    command,
    args,
    prepare: () => root.forget(),
  };
  const drops = Object.entries(variants).map(([name, { title, only }]) => ({
    name,
    title: `re-drop: ${title}`,
    ...(only && { title }),
    ...(bars[name] !== undefined && { bar: bars[name] }),
    variant: name,
    isBeside: only !== undefined,
    command,
    args,
    prepare() {
      const file = root.data.drop(name, only && besides);
      root.restore();
      root.put(file, only && besides);
    },
  }));
  return [backfill, ...drops];
}

/** Commands that need no DuckDB, with how many milliseconds they may take; measured apart, since no data matters. */
export function startUps(root) {
  const command = process.execPath;
  const bar = 0.15;
  return [
    { name: 'node', title: 'node itself (-e 0)', args: ['-e', '0'] },
    { name: '--help', title: 'marquee --help', bar, args: [mainFile, '--help'] },
    ...['status', 'history', 'held', 'quarantine'].map((name) => ({
      name,
      title: `marquee ${name}`,
      bar,
      args: [mainFile, name, '--root', root.folder],
    })),
  ].map((one) => ({ ...one, command }));
}
