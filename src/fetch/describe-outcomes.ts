import { describeFailure } from '../cli/report-failure.ts';
import { formatBytes, printable } from '../terminal/format.ts';
import type { FetchOutcome } from './fetch-all.ts';
import type { Remote } from './remote.ts';

/** What became of a remote, as lines for a person. */
export function describeOutcome({
  name,
  file,
  status,
  bytes,
  reason,
  error,
}: FetchOutcome): readonly string[] {
  switch (status) {
    case 'fetched':
      return [`fetched: ${printable(file)}, ${formatBytes(bytes)}`];
    case 'same':
      return [`fetched: ${printable(file)} holds the same already`];
    case 'unchanged':
      return [`nothing new: ${printable(file)}`];
    case 'skipped':
      return [`not fetched: ${name}`, `  next: ${reason ?? ''}`];
    case 'failed': {
      const { message, hint } = describeFailure(error, false);
      return [`not fetched: ${printable(message)}`, ...(hint === undefined ? [] : [`  next: ${hint}`])];
    }
  }
}

/** The same for a script. */
export function outcomeJson({ error, ...plain }: FetchOutcome): Readonly<Record<string, unknown>> {
  if (error === undefined) return plain;
  const { code, message, hint } = describeFailure(error, false);
  return { ...plain, error: { code, message, hint } };
}

/** What would be fetched if it were asked for, and what that needs, as lines. */
export function describePlan(remotes: readonly Remote[]): readonly string[] {
  const missing = new Set(remotes.flatMap((remote) => remote.missing ?? []));
  return [
    'nothing is fetched: marquee.yaml has no `fetch` section; `marquee fetch` would take',
    ...remotes.map(({ what, into, fileName }) => `  ${printable(`raw/${into}/${fileName}`)}: ${what}`),
    ...[...missing].map((what) => `  next: ${what}`),
  ];
}
