import { isStuck, type Pulse } from '../watch/pulse.ts';
import { formatBytes, formatCount, formatDuration, plural, printable } from './format.ts';

/** A pulse in one line, and in a second one what waits or fails. */
export function describePulse(
  pulse: Pulse,
  { epoch, held }: { readonly epoch: number | null; readonly held: number },
): readonly string[] {
  const { stage, inHand, waiting, settling, failure, oldestAtMs, atMs, startedAtMs, rssBytes, movedAtMs } =
    pulse;
  const work =
    stage === null
      ? inHand > 0
        ? `at work on ${plural(inHand, 'file')}`
        : 'idle'
      : `${printable(stage.name)}${describeCount(stage.count, stage.total)}`;
  const facts = [
    epoch === null ? 'no epoch yet' : `epoch ${epoch}`,
    ...(waiting > 0 ? [`${plural(waiting, 'file')} waiting`] : []),
    ...(oldestAtMs === null ? [] : [`${formatDuration(atMs - oldestAtMs)} behind`]),
    ...(isStuck(pulse) ? [`stuck: nothing has moved for ${formatDuration(atMs - movedAtMs)}`] : []),
    ...(held > 0 ? [`${formatCount(held)} held`] : []),
    formatBytes(rssBytes),
    `up ${formatDuration(atMs - startedAtMs)}`,
  ];
  const second =
    failure !== null && failure.retryAtMs !== null
      ? `failed: ${printable(failure.message)}; again in ${formatDuration(Math.max(0, failure.retryAtMs - atMs))}`
      : settling.length > 0
        ? `still being written: ${settling.map(({ path }) => printable(`raw/${path}`)).join(', ')}`
        : null;
  return [`${work} | ${facts.join(' | ')}`, ...(second === null ? [] : [second])];
}

function describeCount(count: number, total: number | null): string {
  if (total !== null && total > 0) return ` ${formatCount(Math.min(count, total))} of ${formatCount(total)}`;
  return count > 0 ? ` ${formatCount(count)}` : '';
}
