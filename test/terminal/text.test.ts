import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatBytes, formatCount, formatDuration, plural, printable } from '../../src/terminal/format.ts';
import { csvText, jsonText } from '../../src/terminal/text-formats.ts';

async function joined(parts: AsyncIterable<string>): Promise<string> {
  let whole = '';
  for await (const part of parts) whole += part;
  return whole;
}

async function* inBatches<T>(...batches: T[]): AsyncGenerator<T> {
  for (const batch of batches) yield await Promise.resolve(batch);
}

describe('CSV', () => {
  test('reads back as what was written, whatever the texts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 2 })),
        async (rows) => {
          const csv = await joined(csvText(['a', 'b,"'], inBatches(rows)));
          expect(parse(csv, { relax_column_count: false })).toEqual([['a', 'b,"'], ...rows]);
        },
      ),
    );
  });

  test('tells an unknown value from an empty text', async () => {
    expect(
      await joined(csvText(['a', 'b', 'c'], inBatches([[null, '', undefined]], [[1n, 1.5, true]]))),
    ).toBe('a,b,c\n,"",\n1,1.5,true\n');
  });
});

describe('JSON', () => {
  test('is an array with a row a line, over batches and without any', async () => {
    expect(await joined(jsonText(['a'], inBatches([], [[1]], [], [[2n], [[null, 3n]]])))).toBe(
      '[\n{"a":1},\n{"a":2},\n{"a":[null,3]}\n]\n',
    );
    expect(await joined(jsonText(['a'], inBatches()))).toBe('[]\n');
  });

  test('keeps every digit of a whole number', async () => {
    const values = [9007199254740991n, 9007199254740992n, -9007199254740993n, NaN, Infinity];
    expect(JSON.parse(await joined(jsonText(['n'], inBatches(values.map((value) => [value])))))).toEqual([
      { n: 9007199254740991 },
      { n: '9007199254740992' },
      { n: '-9007199254740993' },
      { n: 'NaN' },
      { n: 'Infinity' },
    ]);
  });
});

test('numbers are written for people', () => {
  expect([0, 999, 1000, -1234567, 12345678901234567890n].map(formatCount)).toEqual([
    '0',
    '999',
    '1,000',
    '-1,234,567',
    '12,345,678,901,234,567,890',
  ]);
  expect([0, 999.4, 999.6, 59_940, 59_960, 200_000].map(formatDuration)).toEqual([
    '0 ms',
    '999 ms',
    '1.0 s',
    '59.9 s',
    '1 min 0 s',
    '3 min 20 s',
  ]);
  expect([0, 999, 1000, 999_960, 1.5e9, 3e15].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '1.0 MB',
    '1.5 GB',
    '3000.0 TB',
  ]);
  expect([plural(1, 'row'), plural(2000n, 'entry', 'entries')]).toEqual(['1 row', '2,000 entries']);
  expect(printable('a\u0000\u001b[1m\nb')).toBe('a [1m b');
});
