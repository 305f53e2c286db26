import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { MarqueeError } from '../error.ts';
import type { CommandEntry, Invocation, OptionEntry } from './invocation.ts';

/**
 * Builds the command line out of the entries. `onExit` gets the exit code of the command that ran.
 *
 * Parsing throws a CommanderError for help, version and misuse; see `misuse`.
 */
export function buildProgram(
  entries: readonly CommandEntry[],
  version: string,
  onExit: (code: number) => void,
): Command {
  const program = new Command('marquee')
    .description(
      'Turns a folder of movie CSVs into an inflation-adjusted revenue warehouse, and keeps it true.',
    )
    .version(version, '-V, --version', 'print the version')
    .option('--root <folder>', 'the folder that holds raw/ (default: the current folder)')
    .option('--config <file>', 'the configuration (default: marquee.yaml in the root, if there is one)')
    .option('--json', 'machine-readable results on stdout, errors as JSON on stderr')
    .option('--quiet', 'no progress and no remarks')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
    .addHelpText('after', generalHelp);
  for (const entry of entries) program.addCommand(buildCommand(entry, program, onExit));
  return program;
}

/**
 * The exit code where the thrown error only says that commander has printed help or the version: 0 when that was asked
 * for, 2 when no command was given. Undefined for any other error.
 */
export function helpExitCode(error: unknown): number | undefined {
  if (!(error instanceof CommanderError)) return undefined;
  if (error.exitCode === 0) return 0;
  return error.code === 'commander.help' ? 2 : undefined;
}

/** Commander's complaint as an error of ours: what was wrong, what was probably meant, exit code 2. */
export function misuse(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  const [, said = error.message, guess] =
    /^(?:error: )?(.*?)(?:\n\(Did you mean (.*?)\?\))?$/s.exec(error.message) ?? [];
  const hint =
    guess === undefined ? 'see `marquee --help`' : `did you mean ${guess}? See also \`marquee --help\``;
  return new MarqueeError('usage', said, { hint, exitCode: 2 });
}

function buildCommand(entry: CommandEntry, program: Command, onExit: (code: number) => void): Command {
  const command = new Command(entry.name)
    .summary(entry.summary)
    .description(entry.description)
    .helpOption('-h, --help', 'print help')
    .copyInheritedSettings(program)
    .addHelpText('after', examplesHelp(entry));
  for (const [flags, description] of entry.arguments ?? []) command.argument(flags, description);
  for (const option of entry.options ?? []) command.addOption(buildOption(option));
  return command.action(async () => {
    onExit(await (await entry.load()).run(invocation(command)));
  });
}

function invocation(command: Command): Invocation {
  const shared: { root?: string; config?: string; json?: true; quiet?: true } = command.optsWithGlobals();
  return {
    root: rootFolder(shared.root),
    configFile: shared.config,
    json: shared.json ?? false,
    quiet: shared.quiet ?? false,
    args: command.args,
    options: command.opts(),
  };
}

/** The root, absolute. It may not exist yet; but an empty text is a script's unset variable, and a file is no root. */
function rootFolder(given = '.'): string {
  const hint = 'give --root the folder that holds raw/';
  if (given.trim() === '')
    throw new MarqueeError('usage', 'got an empty --root, expected a folder', { hint, exitCode: 2 });
  const root = path.resolve(given);
  if (isFile(root) || isFile(path.dirname(root))) {
    throw new MarqueeError('no-root', `got a file as --root, expected a folder: ${root}`, {
      hint,
      exitCode: 2,
    });
  }
  return root;
}

function isFile(name: string): boolean {
  return existsSync(name) && !statSync(name).isDirectory();
}

function buildOption({ flags, description, kind, choices }: OptionEntry): Option {
  const option = new Option(flags, description);
  if (choices !== undefined) option.choices(choices);
  if (kind === 'count') option.argParser(parseCount);
  if (kind === 'list') option.argParser((value, before: string[] = []) => [...before, value]);
  return option;
}

function parseCount(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 0.');
  return Number(text);
}

function examplesHelp({ examples }: CommandEntry): string {
  return `\nExamples:\n${examples.map(([line, what]) => `  # ${what}\n  ${line}`).join('\n')}\n`;
}

const generalHelp = `
Begin with:
  marquee init --demo     # folders, configuration, real films to play with
  marquee backfill        # read raw/, publish curated_data/
  marquee query           # list the views

Exit codes: 0 done; 1 failed; 2 usage or configuration; 3 done, but a drop is held or a file was
rejected; 4 verify found a difference; 75 another marquee holds this root.
`;
