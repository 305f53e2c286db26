import { randomInt } from 'node:crypto';
import type { Invocation } from '../cli/invocation.ts';
import type { Sample } from '../engine/engine.ts';
import type { RowDifference } from '../engine/compare.ts';
import { MarqueeError } from '../error.ts';
import { formatCount, formatDuration, plural, printable } from '../terminal/format.ts';
import { createProgress } from '../terminal/progress.ts';
import { renderTable } from '../terminal/table.ts';
import type { VerifyReport } from '../verify/report.ts';
import { repair } from '../verify/repair.ts';
import { verify } from '../verify/verify.ts';

/** Columns of a differing row that are shown to a person. */
const shownColumns = 6;

/** `marquee verify`: whether what is published is what raw/ comes to. Exit code 4 where it is not. */
export async function run({ root, configFile, json, quiet, options }: Invocation): Promise<number> {
  const began = performance.now();
  const sample = toSample(options);
  const progress = createProgress({ quiet: quiet || json });
  try {
    const report = { begin: (stage: string, total?: number) => progress.stage(stage, total) };
    const isRepairing = options['repair'] === true;
    const found = await (isRepairing ? repair : verify)({ root, configFile, sample, report });
    progress.close();
    const durationMs = performance.now() - began;
    if (json) {
      process.stdout.write(`${JSON.stringify({ ...found, durationMs })}\n`);
    } else {
      process.stdout.write(describe(found));
      if (!quiet) process.stderr.write(`${verdict(found)} (${formatDuration(durationMs)})\n`);
    }
    return found.ok ? 0 : 4;
  } finally {
    progress.close();
  }
}

/** `5%` of the films, by a seed that is made up unless one is given. */
function toSample(options: Readonly<Record<string, unknown>>): Sample | null {
  const asked = options['sample'] as string | undefined;
  if (asked === undefined) return null;
  const [, percent] = /^(\d{1,3}(?:\.\d+)?) ?%$/.exec(asked) ?? [];
  const share = Number(percent) / 100;
  if (percent === undefined || share <= 0 || share > 1) {
    throw new MarqueeError('usage', `--sample: got "${asked}", expected a share such as 5%`, { exitCode: 2 });
  }
  return { share, seed: (options['seed'] as number | undefined) ?? randomInt(1_000_000_000) };
}

function describe({ relations, files, remarks, repaired }: VerifyReport): string {
  const columns = ['relation', 'published in', 'rows', 'expected', 'checksum'];
  const table = renderTable(
    columns.map((name) => ({ name, isNumber: name === 'rows' || name === 'expected' })),
    relations.map(({ relation, place, rowsPublished, rowsExpected, isEqual }) => [
      relation,
      place === 'parquet' ? 'Parquet' : 'serving file',
      rowsPublished,
      rowsExpected,
      isEqual ? 'equal' : 'DIFFERS',
    ]),
    { width: process.stdout.columns || 120 },
  );
  const lines = [...repaired.map((what) => `repair: ${what}`), ...remarks];
  const broken = [...files, ...relations.flatMap((relation) => relation.files)];
  lines.push(...new Set(broken.map((found) => `${found.path}: ${found.message}`)));
  for (const relation of relations) {
    for (const row of relation.rows) lines.push(`${row.path}: ${relation.relation} ${describeRow(row)}`);
  }
  return `${table}${lines.map((line) => `${printable(line)}\n`).join('')}`;
}

/** `row {movie_key tmdb:1} revenue: published 5, expected 6` */
function describeRow({ kind, key, columns }: RowDifference): string {
  const named = Object.entries(key).map(([column, value]) => `${column} ${value ?? 'null'}`);
  const row = named.length === 0 ? 'row' : `row {${named.join(', ')}}`;
  const entries = Object.entries(columns);
  const more = entries.length > shownColumns ? `, and ${entries.length - shownColumns} columns more` : '';
  const shown = entries.slice(0, shownColumns);
  if (kind === 'changed') {
    const texts = shown.map(
      ([column, cell]) =>
        `${column}: published ${cell.published ?? 'null'}, expected ${cell.expected ?? 'null'}`,
    );
    return `${row} ${texts.join('; ')}${more}`;
  }
  const side = kind === 'missing' ? 'expected' : 'published';
  const texts = shown.map(([column, cell]) => `${column} ${cell[side] ?? 'null'}`);
  return `${row} ${kind === 'missing' ? 'is missing' : 'should not be there'}: ${texts.join(', ')}${more}`;
}

function verdict({ ok, epoch, sample, relations, remarks, repaired }: VerifyReport): string {
  const what =
    sample === null
      ? `epoch ${epoch}, ${plural(relations.length, 'relation')}`
      : `epoch ${epoch}, ${formatCount(sample.films)} films at random (${sample.share * 100}%, --seed ${sample.seed}; aggregates are not sampled)`;
  if (ok) return `verified: ${what} equal to a recomputation${remarks.length > 0 ? ', see the remarks' : ''}`;
  const next =
    repaired.length > 0 ? 'raw/ or the disk changes under marquee' : 'next: marquee verify --repair';
  return `DIFFERENT: ${what}, ${relations.filter(({ isEqual }) => !isEqual).length} differ; ${next}`;
}
