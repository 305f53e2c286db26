import path from 'node:path';
import type { LocatedQuarantineEntry, QuarantineFilter } from '../../state/records.ts';
import type { Invocation } from '../cli/invocation.ts';
import { readState } from '../state-reader.ts';
import { formatCount, plural, printable } from '../terminal/format.ts';

const shownByDefault = 50;

/** `marquee quarantine`: what stands in raw/ but could not be used, a line an entry. */
export function run({ root, json, quiet, options }: Invocation): Promise<number> {
  const limit = (options['limit'] as number | undefined) ?? (json ? 0 : shownByDefault);
  const code = options['code'] as string | undefined;
  const filter = toFilter(root, options);
  const { entries, total } = readState(root, (state) => {
    if (code === undefined) {
      const total = state.quarantineCounts(filter).reduce((sum, { entries }) => sum + entries, 0);
      return { entries: state.quarantine(limit === 0 ? filter : { ...filter, limit }), total };
    }
    const all = state.quarantine(filter).filter((entry) => entry.code === code);
    return { entries: limit === 0 ? all : all.slice(0, limit), total: all.length };
  });
  if (json) {
    process.stdout.write(`${JSON.stringify({ total, entries: entries.map(toJsonEntry) })}\n`);
    return Promise.resolve(0);
  }
  for (const entry of entries) process.stdout.write(`${describeEntry(entry)}\n`);
  const isFiltered = code !== undefined || Object.keys(filter).length > 0;
  if (!quiet) process.stderr.write(`${closing(entries.length, total, isFiltered)}\n`);
  return Promise.resolve(0);
}

/** `raw/movie_metadata/tmdb.csv:42: revenue: got "1,2x", expected whole dollars; cell set to null [bad-money]` */
export function describeEntry({ path: file, line, column, reason, code }: LocatedQuarantineEntry): string {
  const place = line === 0 ? `raw/${file}` : `raw/${file}:${line}`;
  return printable(`${place}: ${column === null ? '' : `${column}: `}${reason} [${code}]`);
}

function closing(shown: number, total: number, isFiltered: boolean): string {
  if (total === 0) return isFiltered ? 'nothing of that is quarantined' : 'nothing is quarantined';
  const all = `${plural(total, 'entry', 'entries')} in quarantine`;
  return shown === total ? all : `${all}, ${formatCount(shown)} shown; see all with --limit 0`;
}

/** Files may be named as the messages do (`raw/cpi/x.csv`), below raw/ (`cpi/x.csv`), or by an absolute path. */
function toFilter(root: string, options: Invocation['options']): QuarantineFilter {
  const source = options['source'] as string | undefined;
  const file = options['file'] as string | undefined;
  return {
    ...(source === undefined ? {} : { source }),
    ...(file === undefined ? {} : { path: belowRaw(root, file) }),
  };
}

function belowRaw(root: string, file: string): string {
  const relative = path.isAbsolute(file) ? path.relative(root, file) : path.normalize(file);
  return relative.replace(/^raw[\\/]/, '').replaceAll(path.sep, '/');
}

function toJsonEntry(entry: LocatedQuarantineEntry): Record<string, unknown> {
  const { source, path: file, line, column, code, key, value, reason, status } = entry;
  return { source, path: `raw/${file}`, line, column, code, key, value, reason, status };
}
