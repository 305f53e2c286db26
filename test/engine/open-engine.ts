import path from 'node:path';
import { DuckDbEngine, type EngineOptions } from '../../src/engine/duckdb-engine.ts';
import { loadSqlLibrary } from '../../src/engine/sql-library.ts';
import { packageRoot } from '../../src/package-root.ts';
import { loadSources } from '../../src/sources/declaration.ts';

/** The sources that ship, as an engine needs them. */
export const sources = loadSources(path.join(packageRoot, 'sql', 'sources')).map(({ source, columns }) => ({
  source,
  columns: columns.map(({ name }) => name),
}));

/**
 * An engine of its own, over a throw-away warehouse unless a test says otherwise.
 *
 * @param folder where it puts what it needs besides
 */
export function openEngine(folder: string, options: Partial<EngineOptions> = {}): Promise<DuckDbEngine> {
  return DuckDbEngine.open({
    file: ':memory:',
    library: loadSqlLibrary(),
    sources,
    settings: { cpiSeries: 'CPIAUCSL', cpiBasis: 'month', cpiBase: 'latest', minBudget: 1000 },
    planHash: 'plan',
    rawHash: 'raw',
    version: '0',
    memoryLimit: '300MB',
    threads: 1,
    tempFolder: path.join(folder, 'tmp'),
    templateFolder: path.join(folder, 'templates'),
    ...options,
  });
}
