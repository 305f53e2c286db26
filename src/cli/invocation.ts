/** What a command is told: the options that all commands share, and its own. */
export interface Invocation {
  /** Absolute path of the folder that holds `raw/`. */
  readonly root: string;
  /** The file given with `--config`, if any. */
  readonly configFile: string | undefined;
  /** Machine-readable results on stdout. */
  readonly json: boolean;
  /** No progress, no remarks; errors are still printed. */
  readonly quiet: boolean;
  readonly args: readonly string[];
  /** The command's own options by name in camel case, as commander parsed them. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What each file in `src/commands/` exports. */
export interface CommandModule {
  /**
   * Does the work, results on stdout, remarks on stderr.
   *
   * @returns the exit code: 0 done, 1 failed, 3 done but something is held or rejected, 4 differences found
   * @throws MarqueeError for what a person can do something about; anything else is a bug
   */
  run(invocation: Invocation): Promise<number>;
}

/** One option of a command, as commander takes it. */
export interface OptionEntry {
  readonly flags: string;
  readonly description: string;
  /** `count`: a whole number from 0; `list`: may be given several times. Otherwise a text or a switch. */
  readonly kind?: 'count' | 'list';
  readonly choices?: readonly string[];
}

/** A command as the CLI lists it. Its module, with whatever it imports, is loaded only when it runs. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** What the command does in some sentences, for its help. */
  readonly description: string;
  /** Positional arguments: `[what]`, `<what>`, `[what...]`, each with a description. */
  readonly arguments?: readonly (readonly [flags: string, description: string])[];
  readonly options?: readonly OptionEntry[];
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  readonly load: () => Promise<CommandModule>;
}
