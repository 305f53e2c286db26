import { beforeAll, describe, expect, it } from 'vitest';
import type { DuckDBConnection } from '@duckdb/node-api';
import { dialectSession, evaluate, none, reads, rows } from './session.ts';

let session: DuckDBConnection;
const connection = (): DuckDBConnection => session;
beforeAll(async () => {
  session = await dialectSession();
});

describe('lists in a cell', () => {
  reads(connection, 'parse_list(t)', 'splits plain lists at bars, else at commas', [
    ['Drama', ['Drama']],
    ['A, B', ['A', 'B']],
    ['A,B', ['A', 'B']],
    ['A|B', ['A', 'B']],
    ['Warner Bros., Inc.|A', ['Warner Bros., Inc.', 'A']],
    ['Joel Coen, Ethan Coen', ['Joel Coen', 'Ethan Coen']],
    ['Action, Comedy, Drama            ', ['Action', 'Comedy', 'Drama']],
    ["Ed O'Neill, Sofía Vergara", ["Ed O'Neill", 'Sofía Vergara']],
    ['千と千尋, Б', ['千と千尋', 'Б']],
    ['A\u00a0B, C', ['A B', 'C']],
    ['[REC] Films, B', ['[REC] Films', 'B']],
    ['[Action, Drama]', ['Action', 'Drama']],
  ]);
  reads(connection, 'parse_list(t)', 'reads JSON and Python literals of strings', [
    ['["A","B","A"]', ['A', 'B']],
    ["['Ralph Macchio, ', 'William Zabka']", ['Ralph Macchio', 'William Zabka']],
    [`["Ed O'Neill, ", 'Sofía Vergara']`, ["Ed O'Neill", 'Sofía Vergara']],
    [String.raw`["Caf\u00e9", "A\"B", "x\\y", "a\/b"]`, ['Café', 'A"B', 'x\\y', 'a/b']],
    [String.raw`['O\'Brien', 'Jos\xe9', 'a "q" \u00e9']`, ["O'Brien", 'José', 'a "q" é']],
    [String.raw`["\ud83c\udfac Films"]`, ['🎬 Films']],
    ["['Smith, John', 'B']", ['Smith, John', 'B']],
    ["['    Star:', 'Jo Koy']", ['Jo Koy']],
    ["[None, 'A']", ['A']],
  ]);
  reads(connection, 'parse_list(t)', 'takes the names out of objects, and of a crew only the directors', [
    ['[{"id": 28, "name": "Action"}, {"id": 1, "name": "Drama"}]', ['Action', 'Drama']],
    [`[{'id': 16, 'name': 'Animation'}, {'id': 1, 'name': "Director's"}]`, ['Animation', "Director's"]],
    ["[{'character': 'Woody, {toy}', 'name': 'Tom Hanks'}]", ['Tom Hanks']],
    [
      `[{'job': 'Writer', 'name': 'W'}, {'name': 'D', 'job': 'Director'}, {"job": "Co-Director", "name": "C"}]`,
      ['D'],
    ],
    ...none("[{'job': 'Writer', 'name': 'W'}]"),
  ]);
  reads(connection, 'parse_list(t)', 'keeps what belongs to a name together', [
    ['Toho Co., Ltd., Gaumont', ['Toho Co., Ltd.', 'Gaumont']],
    ['Screen Gems, Inc.', ['Screen Gems, Inc.']],
    ['Louis Gossett, Jr., Nick Nolte', ['Louis Gossett, Jr.', 'Nick Nolte']],
    ['Robert Downey Jr., X', ['Robert Downey Jr.', 'X']],
    ['Weinstein Company, The', ['Weinstein Company, The']],
    ['A, Incredible Films', ['A', 'Incredible Films']],
  ]);
  reads(connection, 'parse_list(t)', 'drops blanks, repetitions and unknown tokens, and keeps the order', [
    ['B, A, B', ['B', 'A']],
    ['A,, B,', ['A', 'B']],
    ['unknown, A, N/A', ['A']],
    ['A, -', ['A']],
    ...none('[]', '[None]', "['']", 'Unknown', '-', '', ' , '),
  ]);
  reads(connection, 'parse_list(t)', 'reads nothing out of a literal that breaks off', [
    ...none("['A', 'B", '[{"id": 28, "name": "Act', '["A"'),
  ]);
  it('tells a broken literal from an empty one', async () => {
    const broken = ["['A', 'B", '[{"id": 28}]'];
    const sound = ['[{"name": "A"}]', '[]', "['']", 'A, B', '-', '[REC]'];
    const results = await evaluate(connection(), 'is_broken_list(t)', [...broken, ...sound]);
    expect(results).toEqual([...broken.map(() => true), ...sound.map(() => false)]);
  });
});

describe('lists of columns', () => {
  it('leave out the unknown and the repeated, and know an empty list as null', async () => {
    const select = `
      select known_names('a', null, 'a') as one, known_names(null, 'b', 'c') as two,
        known_names(cast(null as varchar), null, null) as nobody,
        distinct_in_order(['b', 'a', 'b', 'c', 'a']) as in_order, distinct_in_order(cast([] as varchar[])) as empty`;
    expect(await rows(connection(), select)).toEqual([
      { one: ['a'], two: ['b', 'c'], nobody: null, in_order: ['b', 'a', 'c'], empty: null },
    ]);
  });
});

describe('a list that no publisher meant', () => {
  const repeated = (items: number): string =>
    Array.from({ length: items }, (_, position) => `name ${position % 30_000}`).join(', ');
  it('takes a moment, not an hour', async () => {
    const counted = await evaluate(connection(), 'cast(len(parse_list(t)) as int)', [repeated(80_000)]);
    expect(counted).toEqual([30_000]);
  });
  it('is broken when it fills a megabyte', async () => {
    const texts = [repeated(100_000)];
    expect(await evaluate(connection(), 'parse_list(t)', texts)).toEqual([null]);
    expect(await evaluate(connection(), 'is_broken_list(t)', texts)).toEqual([true]);
  });
});

describe("Spark's names", () => {
  it('mean on DuckDB what they mean on Spark', async () => {
    const select = `
      select regexp_replace('aaa', 'a', 'b') as replaced, regexp_like('xay', 'a') as found,
        element_at([1, 2], 1) as newest, element_at([1, 2], -1) as oldest, element_at([1, 2], 3) as outside,
        cast(size([1, 2]) as int) as elements, array_repeat('a', 2) as repeated,
        cast(datediff(date '2020-03-01', date '2020-02-01') as int) as days,
        (select collect_list(x) from (values (1), (null)) v(x)) as collected`;
    expect(await rows(connection(), select)).toEqual([
      {
        replaced: 'bbb',
        found: true,
        newest: 1,
        oldest: 2,
        outside: null,
        elements: 2,
        repeated: ['a', 'a'],
        days: 29,
        collected: [1],
      },
    ]);
  });
  it('explode a sequence beside the columns of a row', async () => {
    const select = 'select i, cast(explode(sequence(1, 2)) as int) as n from (select 7 as i) t';
    expect(await rows(connection(), select)).toEqual([
      { i: 7, n: 1 },
      { i: 7, n: 2 },
    ]);
  });
});
