#!/usr/bin/env node
// Whether the rival made what marquee made: every relation that both publish, except history, column by column. Exit 1
// and some of the differing rows otherwise.
//
//   node bench/rival/compare.mjs --root FOLDER --out FOLDER    # a root that marquee backfilled, what the rival wrote
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';

const { values } = parseArgs({ options: { root: { type: 'string' }, out: { type: 'string' } } });
if (values.root === undefined || values.out === undefined) {
  console.error('usage: node bench/rival/compare.mjs --root FOLDER --out FOLDER');
  process.exit(2);
}
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const rows = async (sql) => (await connection.runAndReadAll(sql)).getRows();
const curated = path.resolve(values.root, 'curated_data');
await connection.run(`attach '${path.join(curated, 'marquee.duckdb')}' as marquee (read_only)`);
await connection.run(`attach '${path.resolve(values.out, 'marquee.duckdb')}' as rival (read_only)`);

const history = new Set(['pipeline_epochs']);
const relationsOf = async (database) =>
  rows(`select name, columns from (
    select table_name as name, list(column_name order by column_name) as columns
    from duckdb_columns() where database_name = '${database}' and schema_name = 'main' group by name
  ) order by name`);
const columnsOfRival = new Map((await relationsOf('rival')).map(([name, { items }]) => [name, items]));

let differing = 0;
let count = 0;
for (const [name, { items: columns }] of await relationsOf('marquee')) {
  if (history.has(name)) continue;
  count++;
  const known = columnsOfRival.get(name) ?? [];
  // Who made it and when is history as well.
  const common = columns.filter((column) => name !== 'pipeline_info' || known.includes(column));
  const compared = common.filter((column) => column !== 'committed_at');
  const missing = compared.filter((column) => !known.includes(column));
  if (missing.length > 0) {
    differ(name, `the rival lacks ${missing.join(', ')}`);
    continue;
  }
  await compare(name, compared, 'as published', `marquee.main.${name}`, `rival.main.${name}`);
  const isAggregate = await exists(path.join(curated, 'aggregates', name));
  const files = isAggregate ? `aggregates/${name}/*.parquet` : `${name}/*/*.parquet`;
  if (!isAggregate && !(await exists(path.join(curated, name)))) continue;
  const parquet = (root) =>
    `read_parquet('${root}/${files}', hive_partitioning = ${String(!isAggregate)}${isAggregate ? '' : ", hive_types = { 'release_year': int }"})`;
  await compare(name, compared, 'in Parquet', parquet(curated), parquet(path.resolve(values.out)));
}
console.error(differing === 0 ? `${count} relations are equal` : `${differing} differ`);
process.exitCode = differing === 0 ? 0 : 1;

/** Rows as a multiset: their number, and an order-independent sum of their hashes. */
async function compare(name, columns, place, mine, theirs) {
  const list = columns.map((column) => `"${column}"`).join(', ');
  const content = (relation) =>
    rows(`select count(*), sum(hash(r))::varchar from (select ${list} from ${relation}) as r`);
  const [[[count, sum]], [[countTheirs, sumTheirs]]] = [await content(mine), await content(theirs)];
  if (count === countTheirs && sum === sumTheirs) return;
  differ(name, `${place}: ${count} rows of marquee, ${countTheirs} of the rival`);
  const sums = (relation) =>
    rows(`select ${columns.map((column) => `sum(hash("${column}"))`).join(', ')} from ${relation}`);
  const [[ofMine], [ofTheirs]] = [await sums(mine), await sums(theirs)];
  const others = columns.filter((column, at) => column.endsWith('_key') || ofMine[at] !== ofTheirs[at]);
  const shown = (others.length > 0 ? others : columns).map((column) => `"${column}"`).join(', ');
  for (const [side, a, b] of [
    ['only marquee', mine, theirs],
    ['only the rival', theirs, mine],
  ]) {
    const sample = await rows(
      `select to_json(r)::varchar from (select ${shown} from ${a} except all select ${shown} from ${b} order by all limit 2) as r`,
    );
    for (const [row] of sample) console.error(`  ${side}: ${row}`);
  }
}

function differ(name, what) {
  differing++;
  console.error(`${name}: ${what}`);
}

async function exists(folder) {
  return (await rows(`select count(*) from glob('${folder}/**')`))[0][0] > 0n;
}
