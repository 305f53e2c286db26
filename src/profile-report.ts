import type { BatchResult } from '../operators/batch.ts';
import type { StatementProfile } from './engine/statement-profile.ts';
import { formatBytes, formatCount, formatDuration } from './terminal/format.ts';

/** Statements that are listed. */
const maxStatements = 40;

/** A run to be told of. */
export interface ProfiledRun {
  readonly results: readonly BatchResult[];
  readonly profile: StatementProfile;
  /** The whole run, the opening and closing of stores included. */
  readonly durationMs: number;
  /** Bytes. */
  readonly peakMemory: number;
}

/** Where the time of a run went, as Markdown: by stage, by file, by model, by statement, with the engine's own plans. */
export function describeProfile({ results, profile, durationMs, peakMemory }: ProfiledRun): string {
  const receipts = results.flatMap(({ receipt }) => (receipt === null ? [] : [receipt]));
  const accounts = results.flatMap((result) => result.accounts);
  const stages = new Map<string, number>();
  const models = new Map<string, number>();
  for (const { timings, recomputed } of receipts) {
    for (const [stage, ms] of Object.entries(timings)) stages.set(stage, (stages.get(stage) ?? 0) + ms);
    for (const [model, rows] of Object.entries(recomputed))
      models.set(model, (models.get(model) ?? 0) + rows);
  }
  const staged = [...stages.values()].reduce((sum, ms) => sum + ms, 0);
  const { count, durationMs: statementMs } = profile.total;
  const statements = profile.slowest();
  return [
    '# Where the time went',
    '',
    `${formatDuration(durationMs)} in all, ${formatDuration(staged)} of it in the stages of ${receipts.length} epochs; ` +
      `${formatCount(count)} statements of the engine took ${formatDuration(statementMs)}. Peak memory ${formatBytes(peakMemory)}.`,
    '',
    '## Stages',
    '',
    ...table(
      ['stage', 'time', 'share'],
      [...stages].map(([stage, ms]) => [stage, formatDuration(ms), percent(ms, durationMs)]),
    ),
    '',
    '## Files',
    '',
    ...table(
      ['file', 'status', 'read as', 'bytes', 'records', 'inserted', 'updated', 'deleted', 'why not in bulk'],
      accounts.map((file) => [
        `raw/${file.file.path}`,
        file.status,
        file.lane ?? '',
        formatBytes(file.bytes),
        ...[file.read, file.inserted, file.updated, file.deleted].map(formatCount),
        file.declined ?? '',
      ]),
    ),
    '',
    '## Rows recomputed by model',
    '',
    ...table(
      ['model', 'rows'],
      [...models].map(([model, rows]) => [model, formatCount(rows)]),
    ),
    '',
    `## The slowest statements`,
    '',
    ...table(
      ['time', 'share', 'statement'],
      statements
        .slice(0, maxStatements)
        .map(({ sql, durationMs: ms }) => [formatDuration(ms), percent(ms, durationMs), firstLine(sql)]),
    ),
    '',
    ...statements.flatMap(({ sql, durationMs: ms, plan }) =>
      plan === null
        ? []
        : [`### ${formatDuration(ms)}: ${firstLine(sql)}`, '', '```text', plan.trimEnd(), '```', ''],
    ),
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(inCell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
}

/** What a statement is about: its first line that says something. */
function firstLine(sql: string): string {
  const line = sql.split('\n').find((text) => text.trim() !== '') ?? '';
  return line.trim().slice(0, 120);
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
