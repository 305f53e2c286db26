import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { describeIssues, describeUnknownSources, type Complaint } from './config/complaints.ts';
import { fetchConfig, type FetchConfig } from './config/fetch-schema.ts';
import { fileSchema, type ConfigFile } from './config/schema.ts';
import { MarqueeError } from './error.ts';
import { printable } from './terminal/format.ts';

/** The settings of one source. */
export interface SourceConfig {
  /** Glob over file names within the source's folder -> rank; a file that no glob names has rank 0, higher wins. */
  readonly rank: Readonly<Record<string, number>>;
  /** Whether the rows of a file that went away go too, or stay. */
  readonly onMissingFile: 'retract' | 'keep';
  /** Whether a file that is a link to one outside of its folder is taken. */
  readonly linksOutside: 'refuse' | 'follow';
}

/** The whole configuration, defaults filled in. Names are those of marquee.yaml in camel case, units as there. */
export interface Config {
  /** Per source named in the file; ask `sourceConfig` for one, it knows the defaults. */
  readonly sources: Readonly<Record<string, SourceConfig>>;
  readonly inflation: {
    readonly series: string;
    readonly basis: 'month' | 'year';
    /** `latest`, `YYYY` or `YYYY-MM`. */
    readonly base: string;
  };
  readonly guard: { readonly maxLossShare: number; readonly minRows: number };
  /** Whole US dollars. */
  readonly roi: { readonly minBudget: number };
  readonly watch: { readonly settleMs: number; readonly rescanS: number; readonly poll: boolean };
  /** `memoryLimit` as DuckDB writes sizes: `700MB`. */
  readonly engine: { readonly memoryLimit: string; readonly threads: number };
  /** Whom to tell after each epoch. */
  readonly onEpoch: {
    /** A shell command; it runs in the root. */
    readonly command: string | null;
    /** http or https. */
    readonly url: string | null;
    readonly timeoutS: number;
  };
  readonly retention: { readonly snapshots: number; readonly minutes: number };
  readonly fetch: FetchConfig;
}

/**
 * Reads and validates the configuration of a root.
 *
 * @param root the folder that holds `raw/`
 * @param file the file to read; without it `<root>/marquee.yaml`, and the defaults where that doesn't exist
 * @param knownSources names that may stand below `sources`; without it any plain snake_case name
 * @throws MarqueeError `config-missing` or `config-invalid`, exit code 2, a line a complaint:
 *   `marquee.yaml:3: guard.max_los_share: got an unknown key, expected max_loss_share`
 */
export function loadConfig(root: string, file?: string, knownSources?: readonly string[]): Config {
  const found = file ?? path.join(root, 'marquee.yaml');
  // A link that leads nowhere is a mistake to be told of, not a missing file.
  if (lstatSync(found, { throwIfNoEntry: false }) === undefined) {
    if (file === undefined) return fromFile(fileSchema.parse({}));
    throw new MarqueeError('config-missing', `there is no configuration file ${file}`, {
      hint: 'check the path given with --config, or run `marquee init` to make a commented marquee.yaml',
      exitCode: 2,
    });
  }
  return parseConfig(readText(found), file ?? 'marquee.yaml', knownSources);
}

/** Validates the text of a configuration file; `label` is what complaints call the file. */
export function parseConfig(text: string, label: string, knownSources?: readonly string[]): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fail = (complaints: readonly Complaint[]): never => {
    const said = complaints.slice(0, maxComplaints).map((complaint) => printable(complaint.message));
    const rest = complaints.length - said.length;
    if (rest > 0) said.push(`${label}: and ${rest} more`);
    throw new MarqueeError('config-invalid', said.join('\n'), {
      hint:
        complaints.find((c) => c.hint !== undefined)?.hint ?? `correct ${label} and run the command again`,
      exitCode: 2,
    });
  };
  if (document.errors.length > 0) {
    fail(
      document.errors.map((error) => {
        const line = error.linePos?.[0].line ?? lines.linePos(error.pos[0]).line;
        return { message: `${label}:${line}: got text that is no YAML: ${firstLine(error.message)}` };
      }),
    );
  }
  const value: unknown =
    readValue(document, (why) =>
      fail([{ message: `${label}: got ${why}, expected plain keys and values` }]),
    ) ?? {};
  const parsed = fileSchema.safeParse(value);
  const at = { label, document, lines };
  if (!parsed.success) return fail(describeIssues(parsed.error.issues, value, at));
  const strangers = describeUnknownSources(Object.keys(parsed.data.sources), knownSources, at);
  if (strangers.length > 0) fail(strangers);
  return fromFile(parsed.data);
}

/** Complaints that are said one by one: a file that is no YAML at all has thousands. */
const maxComplaints = 20;

/** The values of a document, its aliases resolved. An unknown alias, or ones that multiply, show only here. */
function readValue(document: Document, fail: (why: string) => never): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError) && !(error instanceof RangeError)) throw error;
    return fail(firstLine(error.message));
  }
}

/** The settings of one source, whether or not the configuration names it. */
export function sourceConfig(config: Config, source: string): SourceConfig {
  return Object.hasOwn(config.sources, source)
    ? (config.sources[source] as SourceConfig)
    : { rank: {}, onMissingFile: 'retract', linksOutside: 'refuse' };
}

function fromFile(file: ConfigFile): Config {
  const sources = Object.entries(file.sources).map(
    ([name, { rank, on_missing_file, links_outside }]) =>
      [name, { rank, onMissingFile: on_missing_file, linksOutside: links_outside }] as const,
  );
  return {
    sources: Object.fromEntries(sources),
    inflation: file.inflation,
    guard: { maxLossShare: file.guard.max_loss_share, minRows: file.guard.min_rows },
    roi: { minBudget: file.roi.min_budget },
    watch: { settleMs: file.watch.settle_ms, rescanS: file.watch.rescan_s, poll: file.watch.poll },
    engine: { memoryLimit: file.engine.memory_limit, threads: file.engine.threads },
    onEpoch: { command: file.on_epoch.command, url: file.on_epoch.url, timeoutS: file.on_epoch.timeout_s },
    retention: file.retention,
    fetch: fetchConfig(file.fetch),
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MarqueeError('config-unreadable', `cannot read ${file}: ${(cause as Error).message}`, {
      cause,
      hint: 'make it a readable text file',
      exitCode: 2,
    });
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? text;
}
