const sorted = (list) => [...list].sort((a, b) => a - b);

/** The middle one, or the mean of the two in the middle. */
export function median(list) {
  const all = sorted(list);
  const half = all.length >> 1;
  return all.length % 2 === 1 ? all[half] : (all[half - 1] + all[half]) / 2;
}

/**
 * What several runs of one work come to: seconds of the whole process, processor seconds, and the highest memory.
 *
 * @param runs what `measure` gave, one a run
 */
export function summary(runs) {
  const seconds = sorted(runs.map((run) => run.seconds));
  const known = (what) => runs.map((run) => run[what]).filter((value) => value !== null);
  return {
    min: seconds[0],
    median: median(seconds),
    max: seconds.at(-1),
    cpu: known('cpu').length > 0 ? median(known('cpu')) : null,
    peakMb: known('peakMb').length > 0 ? Math.max(...known('peakMb')) : null,
  };
}
