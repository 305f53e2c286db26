import { describe, expect, test } from 'vitest';
import { renderTable } from '../../src/terminal/table.ts';

const text = (name: string): { name: string; isNumber: boolean } => ({ name, isNumber: false });
const number = (name: string): { name: string; isNumber: boolean } => ({ name, isNumber: true });

describe('a table', () => {
  test('aligns numbers to the right, with separators from five digits on', () => {
    expect(
      renderTable(
        [text('title'), number('release_year'), number('revenue'), number('roi')],
        [
          ['Up', 2009, 735099082n, 3.2005661],
          ['Alien', 1979, null, -0.5],
          ['Cheap', 1999, 9999n, 12],
        ],
        { width: 80 },
      ),
    ).toBe(
      [
        'title  release_year      revenue     roi',
        '-----  ------------  -----------  ------',
        'Up             2009  735,099,082  3.2006',
        'Alien          1979                 -0.5',
        'Cheap          1999         9999      12',
        '',
      ].join('\n'),
    );
  });

  test('leaves what identifies something without separators', () => {
    const table = renderTable(
      [number('tmdb_id'), number('id'), number('grid')],
      [[123456n, 123456, 123456]],
      { width: 80 },
    );
    expect(table.split('\n')[2]?.split(/ +/)).toEqual(['', '123456', '123456', '123,456']);
  });

  test('shows negative, huge and fractional numbers as they are', () => {
    const table = renderTable(
      [number('n')],
      [[-1234567n], [170141183460469231731687303715884105727n], [12345.678901], [1e300]],
      {
        width: 80,
        cell: 80,
      },
    );
    expect(
      table
        .split('\n')
        .map((line) => line.trim())
        .slice(2, 6),
    ).toEqual(['-1,234,567', '170,141,183,460,469,231,731,687,303,715,884,105,727', '12,345.6789', '1e+300']);
  });

  test('writes lists in a row, and unknown values as nothing', () => {
    expect(
      renderTable(
        [text('genres'), text('x')],
        [
          [['Drama', 'Crime'], null],
          [[], { a: 1n }],
        ],
        { width: 80 },
      ),
    ).toBe('genres        x\n------------  ---------\nDrama, Crime\n              {"a":"1"}\n');
  });

  test('cuts long texts, and leaves out columns that do not fit, saying so', () => {
    expect(
      renderTable([text('a'), text('b'), text('c')], [['x'.repeat(50), 'y', 'z']], { width: 12, cell: 8 }),
    ).toBe('a         b\n--------  -\nxxxxxxx…  y\n(1 more column to the right)\n');
    expect(renderTable([text('a'), text('b')], [['x'.repeat(50), 'y']], { width: 3, cell: 8 })).toContain(
      '(1 more column',
    );
  });

  test('counts wide characters as two columns, so that what follows is aligned', () => {
    const lines = renderTable(
      [text('title'), number('n')],
      [
        ['千と千尋の神隠し', 1],
        ['Amélie', 2],
      ],
      { width: 80 },
    ).split('\n');
    expect(lines[1]).toBe(`${'-'.repeat(16)}  -`);
    expect(lines[2]).toBe('千と千尋の神隠し  1');
    expect(lines[3]).toBe(`Amélie${' '.repeat(10)}  2`);
  });

  test('lets no terminal code through', () => {
    const table = renderTable([text('t\u001b[31m')], [['a\u001b[2Jb\nc\r\u202ed']], { width: 80 });
    // eslint-disable-next-line no-control-regex -- what must not come through are control characters
    expect(table.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(table).toContain('a [2Jb c d');
  });

  test('may be empty', () => {
    expect(renderTable([text('a')], [], { width: 80 })).toBe('a\n-\n');
  });

  test('of thousands of rows is as wide all the way down', () => {
    const rows = Array.from({ length: 20_000 }, (_, at) => [`film ${at}`, 1000 * at]);
    const lines = renderTable([text('title'), number('revenue')], rows, { width: 80 }).split('\n');
    expect(lines).toHaveLength(20_003);
    expect(new Set(lines.slice(0, -1).map((line) => line.length))).toEqual(new Set([lines[0]?.length]));
    expect(lines.at(-2)).toBe('film 19999  19,999,000');
  });
});
