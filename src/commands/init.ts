import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../atomic-file.ts';
import type { Invocation } from '../cli/invocation.ts';
import { writeCommentedConfig } from '../config/template.ts';
import { sourceNames } from '../source-names.ts';
import { plural } from '../terminal/format.ts';

/** What `init` found or made, for `--json`. Paths are relative to the root. */
interface Made {
  readonly path: string;
  readonly made: boolean;
  readonly note?: string;
}

/** `marquee init`: folders for the sources and a commented marquee.yaml; with `--demo` real films to play with. */
export async function run({ root, json, quiet, options }: Invocation): Promise<number> {
  const result: Made[] = [];
  for (const source of sourceNames()) {
    const folder = path.join('raw', source);
    const made = mkdirSync(path.join(root, folder), { recursive: true }) !== undefined;
    result.push({ path: `${folder}/`, made });
  }
  const config = path.join(root, 'marquee.yaml');
  const isNew = !existsSync(config);
  if (isNew) writeFileAtomic(config, writeCommentedConfig());
  result.push({ path: 'marquee.yaml', made: isNew });
  if (options['demo'] === true) {
    const { writeDemo } = await import('../demo/write-demo.ts');
    for (const drop of writeDemo(path.join(root, 'raw'))) {
      result.push({ path: path.join('raw', drop.path), made: drop.changed, note: plural(drop.rows, 'row') });
    }
  }
  if (json) process.stdout.write(`${JSON.stringify({ root, files: result })}\n`);
  else if (!quiet) process.stderr.write(describe(root, result, options['demo'] === true));
  return 0;
}

function describe(root: string, result: readonly Made[], demo: boolean): string {
  const lines = result.map(
    ({ path: name, made, note }) =>
      `  ${made ? 'made' : 'kept'}  ${name}${note === undefined ? '' : `  ${note}`}`,
  );
  const next = demo
    ? 'marquee backfill'
    : 'drop CSV files into the folders, then run marquee backfill (or marquee init --demo to try it on real films)';
  const remark = demo
    ? 'The demo films come from the vega-datasets package; they name no cast, so lead actors stay empty.\n'
    : '';
  return `${root}\n${lines.join('\n')}\n${remark}next: ${next}\n`;
}
