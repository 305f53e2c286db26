import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/** Fills `src/known-yaml.ts`. */
const knownYaml = {
  name: 'known-yaml',
  load(id) {
    if (!id.endsWith(path.join('dist', 'src', 'known-yaml.js'))) return null;
    const texts = readdirSync('sql', { recursive: true })
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => readFileSync(path.join('sql', name), 'utf8'));
    const entries = texts.map((text) => [
      createHash('sha256').update(text).digest('hex'),
      parse(text, { merge: true }),
    ]);
    return `export const knownYaml = new Map(JSON.parse(${JSON.stringify(JSON.stringify(entries))}));`;
  },
};

/** Puts the program's beginning beside the rest as it is: no ES module, unlike all else. */
const beginning = {
  name: 'beginning',
  generateBundle() {
    const fileName = 'marquee.cjs';
    this.emitFile({ type: 'asset', fileName, source: readFileSync(path.join('dist', 'src', fileName)) });
  },
};

/**
 * The program in few files: Node opens some 700 modules of ours and of packages otherwise, which takes a tenth of a second at every
 * start. Commands are loaded when they are asked for, so each has files of its own. Packages with native code stay outside.
 *
 * Workers are started by their names, from a file that stands in the same folder. Files of earlier builds stay: a watcher that
 * runs may still load some of them.
 */
export default {
  input: {
    main: 'dist/src/main.js',
    'survey-worker': 'dist/src/csv/survey-worker.js',
    'hash-worker': 'dist/src/csv/hash-worker.js',
  },
  platform: 'node',
  // What RxJS gives to Node is CommonJS, of which nothing can be left out.
  resolve: { alias: { rxjs: path.resolve('node_modules/rxjs/dist/esm/index.js') } },
  external: ['better-sqlite3', '@duckdb/node-bindings'],
  plugins: [knownYaml, beginning],
  onLog(level, log, handle) {
    if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
    handle(level, log);
  },
  output: {
    dir: 'dist/bin',
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  },
};
