import { readFileSync } from 'node:fs';
import path from 'node:path';
import { commands } from './cli/commands.ts';
import { buildProgram, helpExitCode, misuse } from './cli/program.ts';
import { describeFailure, formatFailure } from './cli/report-failure.ts';
import { packageRoot } from './package-root.ts';

/** Runs the command line; leaves its exit code in `process.exitCode`, or exits with a message. */
async function main(argv: readonly string[]): Promise<void> {
  const { version } = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  try {
    await buildProgram(commands, version, (code) => {
      process.exitCode = code;
    }).parseAsync(argv);
  } catch (error) {
    const shown = helpExitCode(error);
    if (shown !== undefined) {
      process.exitCode = shown;
      return;
    }
    const failure = describeFailure(misuse(error), process.env['MARQUEE_DEBUG'] === '1');
    process.stderr.write(formatFailure(failure, argv.includes('--json')));
    process.exit(failure.exitCode);
  }
}

// `marquee query ... | head` ends our output early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

await main(process.argv);
