/**
 * The program in few files: Node opens some 700 modules of ours and of packages otherwise, which takes a tenth of a second at every
 * start. Commands are loaded when they are asked for, so each has files of its own. Packages with native code stay outside.
 */
export default {
  input: { marquee: 'dist/src/main.js', 'survey-worker': 'dist/src/csv/survey-worker.js' },
  platform: 'node',
  external: ['better-sqlite3', '@duckdb/node-bindings'],
  output: {
    dir: 'dist/bin',
    format: 'esm',
    cleanDir: true,
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  },
};
