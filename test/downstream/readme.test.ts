import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { loadSqlLibrary } from '../../src/engine/sql-library.ts';
import { packageRoot } from '../../src/package-root.ts';

const adrs = readdirSync(path.join(packageRoot, 'docs', 'adr')).map((name) => `docs/adr/${name}`);
const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].concat(
  ['docs/glossary.md', 'docs/configuration.md', 'docs/errors.md'],
  adrs,
);
const read = (page: string): string => readFileSync(path.join(packageRoot, page), 'utf8');
const found = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '');

describe.each(pages)('%s', (page) => {
  const text = read(page);

  test('every link leads to a file', () => {
    const links = found(text, /\]\(([^)#]+)[^)]*\)/g).filter((link) => !link.includes('://'));
    const broken = links.filter((link) => !existsSync(path.join(packageRoot, path.dirname(page), link)));
    expect(broken).toEqual([]);
  });

  test('every file of the project that it names is there', () => {
    const names = found(
      text,
      /`((?:src|operators|state|sql|test|docs|downstream)\/[\w/.-]*\w\.(?:ts|sql|yaml|md))`/g,
    );
    expect(names.filter((name) => !existsSync(path.join(packageRoot, name)))).toEqual([]);
  });
});

describe('README.md', () => {
  const text = read('README.md');

  test('lists all commands', () => {
    expect(found(text, /^\| `marquee ([a-z]+)`/gm).sort()).toEqual(commands.map(({ name }) => name).sort());
  });

  test('lists all published relations', () => {
    const table = text.slice(text.indexOf('\nThe views:'), text.indexOf('\n## Commands'));
    const listed = found(table, /^\|(.+?)\|/gm).flatMap((cell) => found(cell, /`(\w+)`/g));
    expect(listed.sort()).toEqual(Object.keys(loadSqlLibrary().documentation).sort());
  });
});

test('the list of decisions names every page', () => {
  const listed = found(read('docs/adr/README.md'), /\]\((\d{4}-[\w-]+\.md)\)/g);
  expect(listed.map((name) => `docs/adr/${name}`)).toEqual(adrs.filter((name) => /\d{4}-/.test(name)).sort());
});
