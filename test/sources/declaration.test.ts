import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MarqueeError } from '../../src/error.ts';
import { packageRoot } from '../../src/package-root.ts';
import { loadSources, parseSource } from '../../src/sources/declaration.ts';

const good = `source: prices
description: Prices
columns:
  day: { type: date, description: Day }
  name: { type: text, description: Name }
  value: { type: number, description: Value }
shapes:
  - name: plain
    description: Day and value
    columns:
      day: [Date, "Day Of"]
      name: { header_of: value }
      value: { pattern: "^[A-Z]+$" }
    required: [day, value]
    key: [day]
    unique: true
`;

/** The finding that a change of the good declaration leads to. */
function findingOf(from: string | RegExp, to: string): string {
  try {
    parseSource(good.replace(from, to), 'sql/sources/prices.yaml', 'prices');
  } catch (error) {
    if (error instanceof MarqueeError) {
      expect(error).toMatchObject({ code: 'invalid-source', exitCode: 2 });
      return error.message;
    }
    throw error;
  }
  throw new Error('the declaration was taken');
}

describe('source declarations', () => {
  it('a declaration comes out with normalised headers, columns in order and a hash of its text', () => {
    const source = parseSource(good, 'x', 'prices');
    expect(source.columns.map((column) => column.name)).toEqual(['day', 'name', 'value']);
    const [shape] = source.shapes;
    expect(shape?.columns.get('day')).toEqual({ kind: 'aliases', aliases: ['date', 'day_of'] });
    expect(shape?.columns.get('name')).toEqual({ kind: 'headerOf', column: 'value' });
    expect(shape).toMatchObject({ signature: [], requiredOneOf: [], dateOrder: 'ymd', unique: true });
    expect(source.hash).not.toBe(parseSource(`${good}# note\n`, 'x', 'prices').hash);
  });

  it.each<[string, string | RegExp, string, string]>([
    [
      'an unknown key',
      'unique: true',
      'unique: true\n    uniq: 1',
      ':17: got an unknown key "uniq" in shapes.0',
    ],
    ['an unknown type', 'type: number', 'type: float', ':6: columns.value.type: got "float", expected '],
    ['a missing key', '    unique: true\n', '', ':8: shapes.0.unique: got nothing, expected '],
    [
      'a key that is not mapped',
      'key: [day]',
      'key: [date]',
      ':15: plain.key: got "date", expected a column that the shape maps',
    ],
    [
      'a key that is not required',
      'required: [day, value]',
      'required: [value]',
      ':15: plain.key: got "day"',
    ],
    ['a required column that is not mapped', '[day, value]', '[day, val]', ':14: plain.required: got "val"'],
    [
      'a column that is not declared',
      'name: { header_of',
      'nam: { header_of',
      ':12: plain: got column "nam", expected "name"',
    ],
    [
      'header_of a column that is not mapped',
      'header_of: value',
      'header_of: worth',
      ':12: plain.name.header_of: got "worth"',
    ],
    [
      'a pattern that is none',
      '^[A-Z]+$',
      '^[A-Z+$',
      ':13: shapes.0.columns.value.pattern: got "^[A-Z+$", expected a regular expression',
    ],
    [
      'another name than the file',
      'source: prices',
      'source: price',
      ':1: source: got "price", expected "prices"',
    ],
    ['text that is no YAML', 'key: [day]', 'key: [day', ':1'],
  ])('%s is found, with its line', (_, from, to, finding) => {
    expect(findingOf(from, to)).toContain(`sql/sources/prices.yaml${finding}`);
  });

  it('two shapes of one name are found', () => {
    const again = good.slice(good.indexOf('  - name: plain'));
    expect(() => parseSource(good + again, 'x.yaml', 'prices')).toThrow(
      'x.yaml:17: shapes: got "plain" twice',
    );
  });

  it('a folder that is not there is a configuration error', () => {
    expect(() => loadSources('/nowhere')).toThrow('cannot read the source declarations in /nowhere');
  });

  it('the sources that ship are those of the documentation, and each column is filled by some shape', () => {
    const sources = loadSources(path.join(packageRoot, 'sql', 'sources'));
    expect(sources.map((source) => source.source)).toEqual(['cpi', 'genre_cast_director', 'movie_metadata']);
    for (const source of sources) {
      for (const { name } of source.columns) {
        const filled = source.shapes.some((shape) => shape.columns.has(name));
        expect([source.source, name, filled]).toEqual([source.source, name, true]);
      }
    }
  });
});
