/** A place in an SQL text that DuckDB and Spark would understand differently, or that one of them refuses. */
export interface Objection {
  /** From 1. */
  readonly line: number;
  /** What stands there, and what to write instead. */
  readonly message: string;
}

interface Token {
  readonly kind: 'word' | 'number' | 'text' | 'identifier' | 'symbol';
  readonly value: string;
  readonly line: number;
}

/** Built-ins with one name and one meaning on both engines. Aggregates whose result depends on the order are not here. */
export const portableFunctions: ReadonlySet<string> = new Set(
  [
    'cast coalesce nullif if greatest least',
    'count sum min max min_by max_by median percentile_cont bool_or bool_and count_if',
    'row_number rank dense_rank lag lead first_value last_value ntile',
    'abs round floor ceil sign mod power',
    'length lower upper trim ltrim rtrim substr left right replace repeat lpad rpad concat_ws split_part md5',
    'regexp_extract array_sort array_contains',
    'year quarter month day extract last_day make_date date_trunc',
  ].flatMap((names) => names.split(' ')),
);

/** Words that may stand before a parenthesis without calling anything. */
const notFunctions: ReadonlySet<string> = new Set(
  (
    'as and or not in on by over filter where from join using select when then else case with union all except intersect ' +
    'having between like is distinct exists within group partition order qualify limit values interval escape'
  ).split(' '),
);

const forbiddenWords: Readonly<Record<string, string>> = {
  try_cast: 'it reads "1.7" and "2024" differently: parse texts behind a macro in sql/dialects/',
  lambda: 'lambdas have another form on each engine: put the expression behind a macro in sql/dialects/',
  lateral: 'put explode(list) in a select list with its from beside it',
  unnest: 'write explode(list)',
  exclude: 'write * except (...), or name the columns',
  decimal: 'decimal / decimal has another type on each engine: cast to double or count in whole units',
  numeric: 'decimal / decimal has another type on each engine: cast to double or count in whole units',
  hugeint: 'Spark has none: cast to bigint',
  varchar: 'write string',
  struct: 'put the expression behind a macro in sql/dialects/',
  pivot: 'write the aggregates out',
  asof: 'write a window over the union of both sides',
  rand: 'a result must be a function of the rows',
  now: 'a result must not depend on the clock',
  current_date: 'a result must not depend on the clock',
  current_timestamp: 'a result must not depend on the clock',
};

const forbiddenFunctions: Readonly<Record<string, string>> = {
  any_value: 'it varies from run to run: say which one with min_by(value, key)',
  array_distinct: 'DuckDB scrambles the order: write distinct_in_order(list)',
  list_distinct: 'it scrambles the order: write distinct_in_order(list)',
  avg: 'a mean of doubles varies from run to run: write cast(sum(integers) as double) / count(*)',
  stddev: 'it varies from run to run: take percentiles',
  len: 'write size(list) or length(text)',
  array_agg: 'write collect_list(x), sorted',
  list: 'write collect_list(x), sorted',
  string_agg: 'write concat_ws over a sorted list',
};

const forbiddenSymbols: Readonly<Record<string, string>> = {
  '[': 'arrays count from 0 on Spark and from 1 on DuckDB, and literals differ: write element_at(list, i)',
  '{': 'Spark has no such literal: put it behind a macro in sql/dialects/',
  '->': 'lambdas have another form on each engine: put the expression behind a macro in sql/dialects/',
  '//': 'Spark has no such operator: put the expression behind a macro in sql/dialects/',
  '~': 'write regexp_like(text, pattern)',
  ';': 'a model is one select',
};

const pattern =
  /(?<gap>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<text>'(?:[^']|'')*')|(?<identifier>"[^"]*")|(?<word>[A-Za-z_][A-Za-z_0-9]*)|(?<number>[0-9]+(?:\.[0-9]+)?)|(?<symbol>->>?|\/\/|\|\||::|<>|<=|>=|[\s\S])/gy;

function tokens(sql: string): Token[] {
  const found: Token[] = [];
  let line = 1;
  for (const { 0: value, groups } of sql.matchAll(pattern)) {
    const kind = (['word', 'number', 'text', 'identifier', 'symbol'] as const).find(
      (name) => groups?.[name] !== undefined,
    );
    if (kind !== undefined) found.push({ kind, value: kind === 'word' ? value.toLowerCase() : value, line });
    line += value.split('\n').length - 1;
  }
  return found;
}

/** The name of what is defined: `create or replace macro name(...)`. */
export function macroNames(dialect: string): string[] {
  return [...dialect.matchAll(/create or replace macro ([a-z_0-9]+)/g)].map((match) => match[1] ?? '');
}

/** The functions that a text calls, in lower case, each once. */
export function calledFunctions(sql: string): string[] {
  const all = tokens(sql);
  return [...new Set(all.filter((_, position) => isCall(all, position)).map((token) => token.value))];
}

function isCall(all: readonly Token[], position: number): boolean {
  const token = all[position];
  return token?.kind === 'word' && all[position + 1]?.value === '(' && !notFunctions.has(token.value);
}

/** The sort expressions from `position` that don't say where nulls go: the line of each. */
function* unsaidNulls(all: readonly Token[], position: number): Generator<number> {
  let depth = 0;
  let last: Token[] = [];
  for (let at = position; at <= all.length; at += 1) {
    const token = all[at];
    const isEnd =
      token === undefined ||
      (depth === 0 && /^(\)|rows|range|limit|qualify|union|window|;)$/.test(token.value));
    if (isEnd || (depth === 0 && token.value === ',')) {
      const [before, end] = last.slice(-2).map(({ value }) => value);
      if (before !== 'nulls' || (end !== 'first' && end !== 'last'))
        yield last[0]?.line ?? all[position]?.line ?? 1;
      last = [];
      if (isEnd) return;
      continue;
    }
    if (token.value === '(') depth += 1;
    if (token.value === ')') depth -= 1;
    last.push(token);
  }
}

/**
 * What in a model's text is not the same on both engines.
 *
 * It reads tokens, no grammar: what needs types (a date minus a date, a double made a text, a division by what may be
 * 0) it can't see.
 *
 * @param macros names that every dialect defines
 */
export function objections(sql: string, macros: ReadonlySet<string>): Objection[] {
  const all = tokens(sql);
  const found: Objection[] = [];
  const object = (line: number, message: string): void => {
    found.push({ line, message });
  };
  if (all[0] !== undefined && !['with', 'select'].includes(all[0].value)) {
    object(all[0].line, `"${all[0].value}" opens the text: a model is one select`);
  }
  all.forEach((token, position) => {
    const { kind, value, line } = token;
    const next = all[position + 1]?.value;
    if (kind === 'identifier') object(line, `${value} is a string on Spark: write bare names`);
    if (kind === 'text' && value.includes('\\')) {
      object(line, `the backslash in ${value} is an escape on Spark: write classes such as [0-9]`);
    }
    const symbol = kind === 'symbol' ? forbiddenSymbols[value] : undefined;
    if (symbol !== undefined) object(line, `"${value}": ${symbol}`);
    const word = kind === 'word' && all[position - 1]?.value !== '.' ? forbiddenWords[value] : undefined;
    if (word !== undefined) object(line, `${value}: ${word}`);
    if (value === 'order' && next === 'by' && all[position - 3]?.value !== 'within') {
      for (const at of unsaidNulls(all, position + 2)) {
        object(at, 'order by: nulls come first on Spark and last on DuckDB: say nulls first or nulls last');
      }
    }
    if (word !== undefined || !isCall(all, position)) return;
    if (value === 'sum' && !(all[position - 1]?.value === '(' && all[position - 2]?.value === 'cast')) {
      object(line, 'sum(...) of integers is a hugeint on DuckDB: write cast(sum(...) as bigint)');
    }
    const instead = forbiddenFunctions[value];
    if (instead !== undefined) object(line, `${value}(...): ${instead}`);
    else if (!portableFunctions.has(value) && !macros.has(value)) {
      object(
        line,
        `${value}(...) is no portable function: use one of sql/dialects/README.md, or define it there`,
      );
    }
    if (value === 'substr') {
      const start = all.slice(position + 2, position + 12).findIndex((after) => after.value === ',');
      if (start >= 0 && all[position + 3 + start]?.value === '0') object(line, 'substr counts from 1');
    }
  });
  return found;
}
