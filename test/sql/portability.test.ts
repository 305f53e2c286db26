import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { calledFunctions, macroNames, objections, portableFunctions } from './portable-sql.ts';
import { sqlFolder } from './session.ts';

const dialects = readdirSync(path.join(sqlFolder, 'dialects')).filter((file) => /^duckdb.*\.sql$/.test(file));
const macros = new Set(
  dialects.flatMap((file) => macroNames(readFileSync(path.join(sqlFolder, 'dialects', file), 'utf8'))),
);

const models = ['staging', 'intermediate', 'marts', 'aggregates', 'views', 'impact', 'checks']
  .filter((folder) => existsSync(path.join(sqlFolder, folder)))
  .flatMap((folder) => readdirSync(path.join(sqlFolder, folder)).map((file) => `${folder}/${file}`))
  .filter((file) => file.endsWith('.sql'));

describe('every model', () => {
  it('is found', () => {
    expect(models.length).toBeGreaterThan(10);
    expect(macros.size).toBeGreaterThan(20);
  });
  it.each(models)('sql/%s means the same on DuckDB and Spark', (file) => {
    const found = objections(readFileSync(path.join(sqlFolder, file), 'utf8'), macros);
    expect(found.map(({ line, message }) => `sql/${file}:${line}: ${message}`)).toEqual([]);
  });
  it('calls no macro that sql/dialects/README.md leaves unexplained', () => {
    const page = readFileSync(path.join(sqlFolder, 'dialects', 'README.md'), 'utf8');
    const called = models.flatMap((file) =>
      calledFunctions(readFileSync(path.join(sqlFolder, file), 'utf8')),
    );
    const explained = (name: string): boolean => page.includes(`\`${name}(`);
    expect([...new Set(called)].filter((name) => macros.has(name) && !explained(name))).toEqual([]);
  });
});

describe('the guard itself', () => {
  const known = new Set(['element_at', 'explode']);
  const said = (sql: string): string[] =>
    objections(sql, known).map(({ line, message }) => `${line}: ${message}`);

  it.each([
    ['a function that one engine lacks', 'select strftime(d) from t', /strftime\(\.\.\.\) is no portable/],
    ['DuckDB lists', "select list_transform(l, 'x') from t", /list_transform/],
    ['a quoted identifier', 'select "value" from t', /string on Spark/],
    ['a subscript', 'select l[1] from t', /element_at/],
    ['a struct literal', "select {'a': 1} from t", /no such literal/],
    ['a lambda', 'select if(x -> x) from t', /lambdas/],
    ['a backslash in a literal', String.raw`select regexp_extract(s, '\d', 0) from t`, /escape on Spark/],
    ['an order without a word on nulls', 'select a from t order by a', /nulls first or nulls last/],
    [
      'one such order among others',
      'select a from t order by a nulls last, b desc',
      /nulls first or nulls last/,
    ],
    ['a window without it', 'select row_number() over (partition by a order by b) from t', /nulls first/],
    ['a hugeint', 'select sum(a) as a from t', /cast\(sum/],
    ['a cast of texts', 'select try_cast(a as int) from t', /try_cast/],
    ['a lateral view', 'select a from t lateral view explode(l)', /lateral/],
    ['a decimal', 'select cast(a as decimal(18, 2)) from t', /decimal/],
    ['an arbitrary value', 'select any_value(a) from t', /min_by/],
    ['a mean that depends on the order', 'select avg(a) from t', /varies from run to run/],
    ['a scrambled list', 'select array_distinct(l) from t', /distinct_in_order/],
    ['a position before the first', 'select substr(a, 0, 3) from t', /counts from 1/],
    ['the clock', 'select now() as a from t', /clock/],
    ['whole-number division', 'select a // b from t', /no such operator/],
    ['more than one statement', 'select 1; select 2', /one select/],
    ['what is no select', 'create table a as select 1', /one select/],
  ])('refuses %s', (_, sql, message) => {
    expect(said(sql)).toEqual([expect.stringMatching(message)]);
  });

  it('names the line', () => {
    expect(said("-- a comment (strange)\nselect\n  'two\nlines', nonsense(a)\nfrom t")).toEqual([
      expect.stringMatching(/^4: nonsense/),
    ]);
  });

  it('lets portable texts pass', () => {
    const sql = `
      -- "quoted", l[1], try_cast(x) and order by in comments are no code
      /* nor \\d here */
      with a as (select x, 'order by "x" [1] {' as s, explode(l) as e from t),
      b as (select cast(sum(x) filter (where x > 0) as bigint) as x, median(x) as m from a group by s having count(*) > 1)
      select element_at(l, 1), row_number() over (partition by x, y order by x desc nulls last, if(x, 1, 2) nulls first rows 1 preceding),
        percentile_cont(0.5) within group (order by x), case when x in (1, 2) and (x or y) then 1 else (2) end
      from b join c using (x)
      order by max(x, y) asc nulls last limit 3`;
    expect(said(sql)).toEqual([]);
  });

  it('allows nothing that it forbids', () => {
    expect(
      [...portableFunctions].filter((name) => said(`select cast(${name}(a) as int) from t`).length > 0),
    ).toEqual([]);
  });
});
