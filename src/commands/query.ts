import { readFileSync } from 'node:fs';
import { text as readStream } from 'node:stream/consumers';
import type { Invocation } from '../cli/invocation.ts';
import { tableRows, writeResult, type Format } from '../cli/result-output.ts';
import { loadConfig } from '../config.ts';
import { openQuerySandbox, type QuerySandbox, type ViewEntry } from '../engine/query-sandbox.ts';
import { MarqueeError } from '../error.ts';
import { nearest } from '../nearest.ts';
import { publishedSnapshot } from '../published-snapshot.ts';
import { renderTable } from '../terminal/table.ts';
import { toJson } from '../terminal/text-formats.ts';

/** `marquee query`: prints a view, or the answer to one SELECT, from the published snapshot. */
export async function run(invocation: Invocation): Promise<number> {
  const { engine } = loadConfig(invocation.root, invocation.configFile);
  const format = chooseFormat(invocation);
  const output = invocation.options['output'] as string | undefined;
  const asked = await readQuery(invocation);
  const sandbox = await openQuerySandbox(publishedSnapshot(invocation.root), engine);
  try {
    if (asked === undefined) {
      process.stdout.write(listing(await sandbox.views(), format));
      return 0;
    }
    const sql = isName(asked) ? await selectView(asked.trim(), sandbox) : asked;
    const limit = (invocation.options['limit'] as number | undefined) ?? (format === 'table' ? tableRows : 0);
    const result = await sandbox.select(sql, limit === 0 ? undefined : limit);
    await writeResult(result, format, output === undefined ? 'stdout' : { file: output }, engine);
    return 0;
  } finally {
    sandbox.close();
  }
}

/** The name or SQL that was asked for; undefined when the views are to be listed. */
async function readQuery({ args, options }: Invocation): Promise<string | undefined> {
  const file = options['file'] as string | undefined;
  if (file === undefined) return args.length === 0 ? undefined : args.join(' ');
  if (args.length > 0) {
    throw new MarqueeError('usage', 'got both a query and -f, expected one of them', { exitCode: 2 });
  }
  if (file === '-') return readStream(process.stdin);
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MarqueeError('usage', `cannot read ${file}: ${(cause as Error).message}`, {
      cause,
      hint: 'give the path of a file with one SELECT to -f',
      exitCode: 2,
    });
  }
}

/** What `--format` says; else JSON with `--json`, by the name of the output file, a table on a terminal, CSV. */
function chooseFormat({ json, options }: Invocation): Format {
  const output = options['output'] as string | undefined;
  const extension = /\.(csv|json|arrow|parquet)$/i.exec(output ?? '')?.[1]?.toLowerCase();
  const isTerminal = output === undefined && process.stdout.isTTY;
  const format = (options['format'] ??
    (json ? 'json' : (extension ?? (isTerminal ? 'table' : 'csv')))) as Format;
  if (isTerminal && (format === 'arrow' || format === 'parquet')) {
    throw new MarqueeError('usage', `${format} is binary, and stdout is a terminal`, {
      hint: `write it to a file: -o result.${format}`,
      exitCode: 2,
    });
  }
  return format;
}

function isName(text: string): boolean {
  return /^\s*[a-z_][a-z0-9_]*\s*$/i.test(text);
}

async function selectView(name: string, sandbox: QuerySandbox): Promise<string> {
  const names = (await sandbox.views()).map((view) => view.name);
  if (names.includes(name.toLowerCase())) return `select * from "${name.toLowerCase()}"`;
  const guess = nearest(name, names);
  throw new MarqueeError('query-unknown-view', `there is no view ${name}`, {
    hint:
      guess === undefined
        ? `the views are ${names.join(', ')}`
        : `did you mean ${guess}? \`marquee query\` lists all`,
    exitCode: 2,
  });
}

function listing(views: readonly ViewEntry[], format: Format): string {
  if (format === 'json') return `${toJson(views)}\n`;
  const columns = [
    { name: 'view', isNumber: false },
    { name: 'what it shows', isNumber: false },
  ];
  const rows = views.map(({ name, comment }) => [name, comment]);
  const width = process.stdout.columns || 120;
  return renderTable(columns, rows, { width, cell: Math.max(40, width - 30) });
}
