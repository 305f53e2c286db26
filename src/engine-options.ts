import { readFileSync } from 'node:fs';
import path from 'node:path';
import picomatch from 'picomatch';
import { sourceConfig, type Config } from './config.ts';
import type { EngineOptions } from './engine/duckdb-engine.ts';
import { hashOf, planHash, rawHash } from './engine/plan-hash.ts';
import { shareOf } from './engine/share-of.ts';
import type { SqlLibrary } from './engine/sql-library.ts';
import { packageRoot } from './package-root.ts';
import type { SourceDeclaration } from './sources/declaration.ts';
import { workspacePaths } from './workspace-paths.ts';

/** marquee's own version, from its package.json. */
export function marqueeVersion(): string {
  const { version } = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

/** Rank of a file by the globs of the configuration; the highest that matches its name. */
export function rankOf(config: Config, source: string, file: string): number {
  const ranks = Object.entries(sourceConfig(config, source).rank)
    .filter(([glob]) => picomatch(glob)(path.posix.basename(file)))
    .map(([, rank]) => rank);
  return ranks.length === 0 ? 0 : Math.max(...ranks);
}

/** What decides how the engine of a root is opened. */
export interface EngineInputs {
  readonly root: string;
  readonly config: Config;
  readonly sources: readonly SourceDeclaration[];
  readonly library: SqlLibrary;
}

/** How the engine of a root is opened. */
export function describeEngine({ root, config, sources, library }: EngineInputs): EngineOptions {
  const paths = workspacePaths(root);
  const { inflation, roi } = config;
  const ranks = Object.fromEntries(Object.entries(config.sources).map(([name, { rank }]) => [name, rank]));
  const settings = {
    cpiSeries: inflation.series,
    cpiBasis: inflation.basis,
    cpiBase: inflation.base,
    minBudget: roi.minBudget,
  };
  const raw = rawHash(library, sources);
  return {
    file: paths.warehouse,
    library,
    sources: sources.map(({ source, columns }) => ({ source, columns: columns.map(({ name }) => name) })),
    settings,
    rankOf: (source, file) => rankOf(config, source, file),
    planHash: planHash(hashOf([library.hash, raw, marqueeVersion()]), hashOf([inflation, roi, ranks])),
    rawHash: raw,
    version: marqueeVersion(),
    memoryLimit: shareOf(config.engine.memoryLimit, engineShare),
    threads: config.engine.threads,
    tempFolder: paths.temp,
    templateFolder: paths.templates,
    thresholds: {
      viewedKeys: numberIn('MARQUEE_VIEWED_KEYS'),
      pickedShare: numberIn('MARQUEE_PICKED_SHARE'),
    },
  };
}

/** A number in the environment: tests of whole processes have no other way to say it. */
function numberIn(variable: string): number | undefined {
  const value = process.env[variable];
  return value === undefined ? undefined : Number(value);
}

/** DuckDB takes more than its limit says (rows on their way in, Parquet being encoded): this much of the budget is its. */
const engineShare = 0.7;
