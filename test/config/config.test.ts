import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig, parseConfig, sourceConfig } from '../../src/config.ts';
import { writeCommentedConfig } from '../../src/config/template.ts';
import { MarqueeError } from '../../src/error.ts';
import { defaultRemotes } from '../../src/fetch/resolve-remotes.ts';
import { packageRoot } from '../../src/package-root.ts';
import { newFolder } from '../cli/new-folder.ts';
import { sourceNames } from '../../src/source-names.ts';

const known = ['cpi', 'genre_cast_director', 'movie_metadata'];
const fixture = (name: string): string => path.join(packageRoot, 'fixtures', 'config', name);
const complaintsOf = (text: string): string[] => failureOf(text).message.split('\n');

function failureOf(text: string): MarqueeError {
  try {
    parseConfig(text, 'marquee.yaml', known);
  } catch (error) {
    if (error instanceof MarqueeError) return error;
    throw error;
  }
  throw new Error('expected a complaint');
}

const defaults = {
  sources: {},
  inflation: { series: 'CPIAUCSL', basis: 'month', base: 'latest' },
  guard: { maxLossShare: 0.2, minRows: 50 },
  roi: { minBudget: 1000 },
  watch: { settleMs: 300, rescanS: 60, poll: false },
  engine: { memoryLimit: '700MB', threads: 2 },
  onEpoch: { command: null, url: null, timeoutS: 30 },
  retention: { snapshots: 5, minutes: 15 },
  fetch: {},
};

describe('the configuration', () => {
  test('is all defaults without a file, with an empty one, and with one that holds comments only', () => {
    const root = newFolder('config');
    expect(loadConfig(root)).toEqual(defaults);
    writeFileSync(path.join(root, 'marquee.yaml'), '');
    expect(loadConfig(root)).toEqual(defaults);
    writeFileSync(path.join(root, 'marquee.yaml'), writeCommentedConfig());
    expect(loadConfig(root)).toEqual(defaults);
  });

  test('takes every key', () => {
    expect(loadConfig('/nowhere', fixture('full.yaml'), known)).toEqual({
      sources: {
        movie_metadata: {
          rank: { 'fix*.csv': 10, '2024*.csv': -1 },
          onMissingFile: 'retract',
          linksOutside: 'refuse',
        },
        genre_cast_director: { rank: {}, onMissingFile: 'keep', linksOutside: 'follow' },
      },
      inflation: { series: 'CPIAUCNS', basis: 'year', base: '2010' },
      guard: { maxLossShare: 0.5, minRows: 0 },
      roi: { minBudget: 100000 },
      watch: { settleMs: 1000, rescanS: 0, poll: true },
      engine: { memoryLimit: '1.5 GiB', threads: 8 },
      onEpoch: { command: 'cat >> receipts', url: 'https://hooks.example/x', timeoutS: 5 },
      retention: { snapshots: 1, minutes: 0 },
      fetch: {},
    });
  });

  test('takes a base as a bare year, a quoted year, a month or latest', () => {
    const base = (text: string): string => parseConfig(`inflation: { base: ${text} }`, 'x').inflation.base;
    expect(['2010', '"2010"', '2024-07', "'2024-07'", 'latest'].map(base)).toEqual([
      '2010',
      '2010',
      '2024-07',
      '2024-07',
      'latest',
    ]);
  });

  test('counts a section without keys as one of defaults', () => {
    expect(parseConfig('guard:\nsources:\n  cpi:\n', 'x', known)).toEqual({
      ...defaults,
      sources: { cpi: { rank: {}, onMissingFile: 'retract', linksOutside: 'refuse' } },
    });
  });

  test('knows the settings of a source that the file does not name, whatever it is called', () => {
    const config = parseConfig('sources: { cpi: { on_missing_file: keep } }', 'x');
    expect(sourceConfig(config, 'cpi').onMissingFile).toBe('keep');
    expect(sourceConfig(config, 'movie_metadata')).toEqual({
      rank: {},
      onMissingFile: 'retract',
      linksOutside: 'refuse',
    });
    expect(sourceConfig(config, 'constructor')).toEqual({
      rank: {},
      onMissingFile: 'retract',
      linksOutside: 'refuse',
    });
  });
});

describe('a mistake in the configuration', () => {
  test('is named with line, key, what was got and what was expected, all mistakes at once', () => {
    const error = failureOf(readFileSync(fixture('mistakes.yaml'), 'utf8'));
    expect(error).toMatchObject({ code: 'config-invalid', exitCode: 2 });
    expect(error.message.split('\n').sort()).toEqual(
      [
        'marquee.yaml:4: sources.cpi.rank.a*.csv: got "high", expected a whole number, such as { "fix*.csv": 10 }',
        'marquee.yaml:5: sources.cpi.on_mising_file: got an unknown key, expected on_missing_file',
        'marquee.yaml:7: inflation.series: got 7, expected the name of a price index, such as CPIAUCSL',
        'marquee.yaml:8: inflation.basis: got "week", expected month or year',
        'marquee.yaml:9: inflation.base: got "2024-13", expected latest, a year such as "2010" or a month such as "2024-07"',
        'marquee.yaml:10: guard.max_los_share: got an unknown key, expected max_loss_share',
        'marquee.yaml:10: guard.min_rows: got -1, expected a whole number of rows',
        'marquee.yaml:11: roi: got 1000, expected keys and values',
        'marquee.yaml:12: treads: got an unknown key, expected one of sources, inflation, guard, roi, watch, engine, on_epoch, retention, fetch',
        'marquee.yaml:14: engine.memory_limit: got "80%", expected a size such as 700MB or 2GB',
        'marquee.yaml:15: engine.threads: got 1.5, expected a whole number from 1',
      ].sort(),
    );
  });

  test('may be a source that does not exist', () => {
    expect(complaintsOf('sources:\n  movie_metdata: {}\n')).toEqual([
      'marquee.yaml:2: sources.movie_metdata: got an unknown source, expected movie_metadata',
    ]);
    expect(() => parseConfig('sources: { Movie-Metadata: {} }', 'marquee.yaml')).toThrow(
      /plain name in snake_case/,
    );
    expect(parseConfig('sources: { box_office: {} }', 'marquee.yaml').sources).toHaveProperty('box_office');
  });

  test('says what to write instead of a misspelt key', () => {
    expect(failureOf('inflation: { serie: X }').hint).toBe('write series in place of serie');
  });

  test.each([
    ['guard: [1, 2]', 'marquee.yaml:1: guard: got a list, expected keys and values'],
    ['- a', 'marquee.yaml:1: got a list, expected keys and values'],
    ['just a text', 'marquee.yaml:1: got "just a text", expected keys and values'],
    ['engine:\n  threads:\n', 'marquee.yaml:2: engine.threads: got nothing, expected a whole number from 1'],
    ['watch: { poll: "yes" }', 'marquee.yaml:1: watch.poll: got "yes", expected true or false'],
    [
      'guard: { max_loss_share: 20 }',
      'marquee.yaml:1: guard.max_loss_share: got 20, expected a share from 0 to 1',
    ],
    ['__proto__: 1', 'marquee.yaml:1: __proto__: got an unknown key'],
  ])('of kind %j is told as %j', (text, message) => {
    expect(complaintsOf(text)[0]).toContain(message);
  });

  test.each([
    ['guard: {\n', 2],
    ['roi: { min_budget: 1 }\nroi: { min_budget: 2 }\n', 2],
    ['watch:\n\tpoll: true\n', 2],
    ['a: b: c\n', 1],
  ])('of syntax, %j, is told with its line', (text, line) => {
    const [first = ''] = complaintsOf(text);
    expect(first).toMatch(/^marquee\.yaml:\d+: got text that is no YAML: /);
    expect(Math.abs(Number(/:(\d+):/.exec(first)?.[1]) - line)).toBeLessThanOrEqual(1);
  });

  test('may be the file itself', () => {
    expect(() => loadConfig('/nowhere', '/nowhere/x.yaml')).toThrow(
      /no configuration file \/nowhere\/x.yaml/,
    );
    expect(() => loadConfig('/nowhere', tmpdir())).toThrow(/cannot read/);
  });
});

describe('the commented configuration', () => {
  const commented = writeCommentedConfig();
  const lines = commented.split('\n');

  test('parses to the defaults when every key is put in force', () => {
    const inForce = lines
      .filter((line) => !line.startsWith('##'))
      .map((line) => line.replace(/^# /, ''))
      .join('\n');
    const config = parseConfig(inForce, 'marquee.yaml', sourceNames());
    expect({ ...config, sources: {}, fetch: {} }).toEqual(defaults);
    expect(config.fetch.sources).toEqual(defaultRemotes);
    expect(Object.keys(config.sources).sort()).toEqual(sourceNames());
  });

  test('parses with any one key put in force, beside its section', () => {
    let section = '';
    let source = '';
    let tried = 0;
    for (const line of lines.filter((text) => /^# /.test(text)).map((text) => text.slice(2))) {
      if (/^\w/.test(line)) section = line;
      else if (/^ {2}\w+:$/.test(line)) source = line;
      else {
        const text = /^ {4}/.test(line) ? [section, source, line] : [section, line];
        expect(() => parseConfig(text.join('\n'), 'marquee.yaml', sourceNames())).not.toThrow();
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(15);
  });

  test('has nothing but comments', () => {
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });
});
