import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fileSchema, keysAt, sourceSchema } from '../../src/config/schema.ts';
import { packageRoot } from '../../src/package-root.ts';

const page = (name: string): string => readFileSync(path.join(packageRoot, 'docs', name), 'utf8');

/** The texts of all files of a kind below a folder, as one. */
function sourceText(folder: string, extension: string): string {
  const files = readdirSync(path.join(packageRoot, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith(extension))
    .map((file) => readFileSync(path.join(packageRoot, folder, file), 'utf8'))
    .join('\n');
}

const found = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '');

/** First cells of the page's tables that hold a code or a key. */
const listed = (text: string): Set<string> => new Set(found(text, /^\| `([^`]+)`/gm));

describe('docs/errors.md', () => {
  const program = ['src', 'operators', 'state'].map((folder) => sourceText(folder, '.ts')).join('\n');
  const checks = sourceText('sql/checks', '.sql');
  const codes = new Set([
    ...found(program, /new MarqueeError\(\s*'([a-z-]+)'/g),
    ...found(program, /^ {2}\| '(state-[a-z-]+)'/gm),
    ...found(program, /type (?:RecordFault|RejectionCode) =([^;]+);/g).flatMap((union) =>
      found(union, /'([a-z-]+)'/g),
    ),
    ...found(program, /\bcode: '([a-z]+(?:-[a-z]+)+)'/g),
    ...found(checks, /'([a-z-]+)' as code/g),
    ...found(checks, /'(bad-[a-z-]+)'/g),
  ]);
  const documented = listed(page('errors.md'));

  test('the codes in the program are found', () => {
    for (const code of [
      'usage',
      'root-locked',
      'state-corrupt',
      'missing-column',
      'broken-quote',
      'bad-money',
    ]) {
      expect(codes).toContain(code);
    }
    expect(codes.size).toBeGreaterThan(40);
  });

  test('every code in the program is on the page', () => {
    expect([...codes].filter((code) => !documented.has(code))).toEqual([]);
  });

  test('every code on the page is in the program', () => {
    const all = program + checks;
    expect([...documented].filter((code) => !all.includes(`'${code}'`))).toEqual([]);
  });
});

describe('docs/configuration.md', () => {
  const text = page('configuration.md');
  const keys = keysAt([]).flatMap((section) =>
    section === 'sources'
      ? Object.keys(sourceSchema.shape).map((key) => `sources.<source>.${key}`)
      : keysAt([section]).map((key) => `${section}.${key}`),
  );
  keys.push(...keysAt(['fetch', 'sources', 'any']).map((key) => `fetch.sources.<name>.${key}`));

  test('every key is on the page, and none that is not there', () => {
    expect([...listed(text)].sort()).toEqual(keys.sort());
  });

  test('the defaults on the page are the defaults', () => {
    const defaults = fileSchema.parse({ sources: { any: {} } });
    const rows = text.matchAll(/^\| `([^`]+)` +\| `([^`]+)`/gm);
    for (const [, key = '', value = ''] of rows) {
      const place = key.replace('<source>', 'any').split('.');
      const actual = place.reduce<unknown>(
        (inner, part) => (inner as Record<string, unknown>)[part],
        defaults,
      );
      expect(parse(value), key).toEqual(actual);
    }
  });

  test('the example on the page is valid', () => {
    const [example = ''] = found(text, /```yaml\n([\s\S]*?)```/g);
    expect(() => fileSchema.parse(parse(example))).not.toThrow();
  });
});
