import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import tseslint from 'typescript-eslint';

/** One zone a rule: files under `target` may not import from `from`. See ARCHITECTURE.md, "Who may import whom". */
const zones = [
  {
    target: './state',
    from: ['./src', './operators', './test', './bench'],
    message: 'state/ imports nothing of ours',
  },
  {
    target: './operators',
    from: './src',
    except: ['./engine/engine.ts', './error.ts'],
    message: 'operators/ may import state/ and the engine interface only',
  },
  { target: './src/engine', from: ['./operators'], message: 'the engine knows no operators' },
  {
    target: ['./src', './operators', './state'],
    from: ['./test', './bench'],
    message: 'product code never imports tests',
  },
];

const onlyImporter = (name, message) => ({ name, message });

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'curated_data/', 'raw/', '.bench/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  importX.flatConfigs.typescript,
  {
    files: ['**/*.ts', '**/*.cts'],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'error',
      'no-console': 'error',
      'no-restricted-imports': [
        'error',
        {
          paths: [
            onlyImporter('better-sqlite3', 'only state/ talks to SQLite'),
            onlyImporter('@duckdb/node-api', 'only src/engine/ talks to DuckDB'),
          ],
        },
      ],
    },
  },
  {
    files: ['state/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [onlyImporter('@duckdb/node-api', 'only src/engine/ talks to DuckDB')] },
      ],
    },
  },
  {
    files: ['src/engine/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [onlyImporter('better-sqlite3', 'only state/ talks to SQLite')] },
      ],
    },
  },
  {
    files: ['operators/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^node:(?!timers/promises$)|^@duckdb/|^better-sqlite3$',
              message: 'operators/ have no files, clock or stores of their own: ask for them in the deps',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-restricted-imports': 'off', 'no-console': 'off' },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        setTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
      },
    },
  },
);
