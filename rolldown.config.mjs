/**
 * The program in few files: Node opens some 700 modules of ours and of packages otherwise, which takes a tenth of a second at every
 * start. Commands are loaded when they are asked for, so each has files of its own. Packages with native code stay outside.
 *
 * `survey-worker` is started by its name, from a file that stands in the same folder. Files of earlier builds stay: a watcher that
 * runs may still load some of them.
 */
export default {
  input: { marquee: 'dist/src/main.js', 'survey-worker': 'dist/src/csv/survey-worker.js' },
  platform: 'node',
  external: ['better-sqlite3', '@duckdb/node-bindings'],
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
