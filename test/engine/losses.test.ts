import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { Connection } from '../../src/engine/connection.ts';
import { findLosses } from '../../src/engine/losses.ts';

const columns = ['title', 'revenue'] as const;
type Cells = Readonly<Record<(typeof columns)[number], string | null>>;
type Records = ReadonlyMap<number, Cells>;

/** One of the files of a batch: its records in force and its new ones, by key. Keys are the same ones in all files. */
interface File {
  readonly hasKeys: boolean;
  /** Whether records that stayed as they were are typed all the same: only of large files they are not. */
  readonly isWhole: boolean;
  readonly before: Records;
  readonly after: Records;
}

const cells: fc.Arbitrary<Cells> = fc.record({
  title: fc.constantFrom('A', 'B', null),
  revenue: fc.constantFrom('1', '2', null),
});
const records: fc.Arbitrary<Records> = fc
  .uniqueArray(fc.tuple(fc.nat({ max: 9 }), cells), { selector: ([key]) => key })
  .map((list) => new Map(list));
const files = fc.array(
  fc.record({ hasKeys: fc.boolean(), isWhole: fc.boolean(), before: records, after: records }),
  { minLength: 1, maxLength: 4 },
);

const isSame = (one: Cells | undefined, other: Cells | undefined): boolean =>
  columns.every((column) => one?.[column] === other?.[column]);

function changesOf({ before, after }: File): { key: number; op: string }[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.flatMap((key) => {
    if (!after.has(key)) return [{ key, op: 'delete' }];
    if (!before.has(key)) return [{ key, op: 'insert' }];
    return isSame(before.get(key), after.get(key)) ? [] : [{ key, op: 'update' }];
  });
}

/** What a file loses, by counting. */
function counted(file: File): { column: string; had: number; lost: number }[] {
  const { before, after, hasKeys } = file;
  const changes = changesOf(file);
  const of = (rows: Records, ops: readonly string[]): Cells[] =>
    changes.filter(({ op }) => ops.includes(op)).flatMap(({ key }) => rows.get(key) ?? []);
  const [gone, came] = [of(before, ['delete', 'update']), of(after, ['insert', 'update'])];
  return columns
    .map((column) => {
      const valued = (rows: Iterable<Cells>): number =>
        [...rows].filter((row) => row[column] !== null).length;
      const emptied = [...before].filter(
        ([key, row]) => row[column] !== null && after.has(key) && after.get(key)?.[column] === null,
      ).length;
      const poorer = valued(gone) - valued(came) - Math.max(0, gone.length - came.length);
      return { column, had: valued(before.values()), lost: hasKeys ? emptied : poorer };
    })
    .filter(({ lost }) => lost > 0);
}

let connection: Connection;
beforeAll(async () => {
  connection = new Connection(await (await DuckDBInstance.create(':memory:')).connect());
  await connection.run(`attach ':memory:' as warehouse`);
});

const shape = '(file_id int, record_key uhugeint, title varchar, revenue varchar)';
const text = (value: string | null): string => (value === null ? 'null' : `'${value}'`);

async function fill(table: string, columnList: string, rows: readonly string[]): Promise<void> {
  await connection.run(
    `create or replace ${table.startsWith('temp.') ? 'temp ' : ''}table ${table} ${columnList}`,
  );
  if (rows.length > 0) await connection.run(`insert into ${table} values ${rows.join(', ')}`);
}

/** The relations of a batch, as a session has them when the guard asks. */
async function stage(batch: readonly File[]): Promise<void> {
  const rowsOf = (which: (file: File, changed: ReadonlySet<number>) => Iterable<[number, Cells]>): string[] =>
    batch.flatMap((file, at) => {
      const changed = new Set(changesOf(file).map(({ key }) => key));
      return [...which(file, changed)].map(
        ([key, { title, revenue }]) => `(${at}, ${key}, ${text(title)}, ${text(revenue)})`,
      );
    });
  await fill(
    'warehouse.main.stg_movies',
    shape,
    rowsOf(({ before }) => before),
  );
  await fill(
    'temp.main.typed_movies',
    shape,
    rowsOf(({ after, isWhole }, changed) => [...after].filter(([key]) => isWhole || changed.has(key))),
  );
  await fill(
    'temp.main.delta_movies',
    '(file_id int, record_key uhugeint, op varchar)',
    batch.flatMap((file, at) => changesOf(file).map(({ key, op }) => `(${at}, ${key}, '${op}')`)),
  );
  await fill(
    'temp.main.staged_file_movies',
    '(file_id int, is_unique boolean)',
    batch.map(({ hasKeys }, at) => `(${at}, ${hasKeys})`),
  );
  await connection.run(`
    create or replace temp table places as
    select r.rowid as place from warehouse.main.stg_movies r semi join delta_movies using (record_key)`);
}

test('each file of a batch loses what counting says, whether few records or all are looked at', async () => {
  await fc.assert(
    fc.asyncProperty(files, async (batch) => {
      await stage(batch);
      for (const places of ['places', null]) {
        const losses = await findLosses(connection, columns, {
          source: 'movies',
          delta: 'delta_movies',
          places,
        });
        expect(batch.map((_, at) => losses.get(at) ?? [])).toEqual(batch.map(counted));
      }
    }),
    { numRuns: 60 },
  );
});
