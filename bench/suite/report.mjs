import { summary } from './figures.mjs';

const cells = (row) => `| ${row.join(' | ')} |`;
const table = (head, rows) => [cells(head), cells(head.map(() => '---')), ...rows.map(cells)].join('\n');
const seconds = (value) => (value === null ? '-' : value.toFixed(2));
const megabytes = (value) => (value === null ? '-' : value.toFixed(0));

/** The figures as a person reads them, in Markdown. */
export function report({ machine, rows, megabytesOfFilms, runs, rival, works, contenders, startUps }) {
  const parts = [
    `${rows.toLocaleString('en')} films (${megabytesOfFilms.toFixed(0)} MB), ${runs} runs of each in turn, whole processes, cache warm\n` +
      `${machine.processors}, ${machine.memoryGb} GB, ${machine.system}, load ${machine.load.join(' ')} at the start; ` +
      `Node ${machine.node}, DuckDB ${machine.duckdb}, marquee ${machine.commit}`,
  ];
  const full = rival && summary(rival);
  const ratio = (value) => (full === undefined ? '-' : (value / full.median).toFixed(2));
  if (works.length > 0) {
    parts.push(
      table(
        ['marquee', 'of a rebuild', 'bar', '', 'min s', 'median s', 'max s', 'cpu s', 'peak MB'],
        works.map(({ title, bar, runs }) => {
          const all = summary(runs);
          const isMet = bar !== undefined && full !== undefined && all.median / full.median <= bar;
          const verdict = bar === undefined || full === undefined ? '' : isMet ? 'met' : 'NOT MET';
          return [title, ratio(all.median), bar ?? '-', verdict, ...times(all)];
        }),
      ),
    );
  }
  if (contenders.length > 0) {
    parts.push(
      table(
        ['contender', 'of a rebuild', 'min s', 'median s', 'max s', 'cpu s', 'peak MB'],
        contenders.map(({ title, runs }) => [title, ratio(summary(runs).median), ...times(summary(runs))]),
      ),
    );
  }
  if (startUps.length > 0) {
    parts.push(
      table(
        ['start-up', 'bar ms', '', 'min ms', 'median ms', 'max ms', 'peak MB'],
        startUps.map(({ title, bar, runs }) => {
          const all = summary(runs);
          const verdict = bar === undefined ? '' : all.median <= bar ? 'met' : 'NOT MET';
          const ms = [all.min, all.median, all.max].map((value) => (value * 1000).toFixed(0));
          return [title, bar === undefined ? '-' : bar * 1000, verdict, ...ms, megabytes(all.peakMb)];
        }),
      ),
    );
  }
  return parts.join('\n\n');
}

const times = (all) => [...[all.min, all.median, all.max, all.cpu].map(seconds), megabytes(all.peakMb)];
