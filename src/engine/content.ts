import { literal, type Connection } from './connection.ts';
import type { Scope } from './engine.ts';
import type { Plan } from './sql-library.ts';

/** How the folder of rows without a partition value is called, as in Hive. */
export const defaultPartition = '__HIVE_DEFAULT_PARTITION__';

/** Parts of what is published whose rows are others than at the last epoch. */
export interface ChangedContent {
  readonly partitions: (number | null)[];
  readonly aggregates: string[];
}

/** How a run of the plan left a relation, by name: as it was, or with the rows of some groups replaced; else it was made anew. */
export type Touched = Map<string, 'same' | 'groups'>;

/**
 * Compares what is to be published with what was, by row count and an order-independent checksum of each part,
 * and remembers the new checksums. Runs inside the epoch's transaction.
 */
export async function compareContent(
  connection: Connection,
  plan: Plan,
  scope: Scope,
  touched: Pick<Touched, 'get'>,
): Promise<ChangedContent> {
  const { relation, by } = plan.publish.partitioned;
  const aggregates = plan.publish.aggregates.filter((name) => touched.get(name) !== 'same');
  const whole = (name: string): string => `
    select ${literal(name)}, '', count(*), coalesce(${checksum('r')}, '0') from warehouse.main.${name} r`;
  const parts = scope === 'everything' ? allParts(relation, by) : changedParts(relation, by);
  await connection.run(`
    create or replace temp table content_now (relation varchar, part varchar, count_rows bigint, checksum varchar);
    insert into content_now ${[parts, ...aggregates.map((name) => (touched.get(name) === 'groups' ? replaced(name) : whole(name)))].join(' union all ')};`);
  const compared = [...aggregates.map((name) => `relation = ${literal(name)}`)];
  const isChanged =
    scope === 'everything' ? 'true' : `part in (select ${partOf('r', by)} from changed_rows r)`;
  compared.push(`relation = ${literal(relation)} and ${isChanged}`);
  await connection.run(`
    create or replace temp table content_changed as
    select relation, part from (
      from (from content_now except from warehouse.main.content) n
      union all
      from (select * from warehouse.main.content where ${compared.join(' or ')} except from content_now) b
    ) d group by relation, part;
    delete from warehouse.main.content c using content_changed d where d.relation = c.relation and d.part = c.part;
    insert into warehouse.main.content select n.* from content_now n semi join content_changed using (relation, part);`);
  const rows = await connection.rows('select relation, part from content_changed order by relation, part');
  const partitions = rows.filter((row) => row['relation'] === relation).map((row) => String(row['part']));
  return {
    partitions: partitions.map((part) => (part === defaultPartition ? null : Number(part))),
    aggregates: rows.filter((row) => row['relation'] !== relation).map((row) => String(row['relation'])),
  };
}

function allParts(relation: string, by: string): string {
  return `
    select ${literal(relation)}, ${partOf('r', by)}, count(*), ${checksum('r')}
    from warehouse.main.${relation} r group by r.${by}`;
}

/** Counts and checksums are sums: those of an aggregate follow from the rows that its groups had and have. */
function replaced(name: string): string {
  return `
    select ${literal(name)}, '', cast(sum(count_rows) as bigint), cast(sum(print) as varchar)
    from (
      select -1 as count_rows, -1 * cast(print as hugeint) as print from ${name}_places
      union all
      select 1, cast(print as hugeint) from ${name}_after
      union all
      select count_rows, cast(checksum as hugeint) from warehouse.main.content where relation = ${literal(name)}
    )`;
}

/** So do those of the partitions. */
function changedParts(relation: string, by: string): string {
  const rows = (name: string, sign: number): string => `
    select ${partOf('r', by)} as part, ${sign} as count_rows, ${sign} * cast(r.print as hugeint) as print from ${name} r`;
  return `
    select ${literal(relation)}, part, cast(sum(count_rows) as bigint), cast(sum(print) as varchar)
    from (
      ${rows('gone_rows', -1)} union all ${rows('come_rows', 1)}
      union all
      select part, count_rows, cast(checksum as hugeint) from warehouse.main.content
      where relation = ${literal(relation)} and part in (select ${partOf('r', by)} from changed_rows r)
    )
    group by part
    having sum(count_rows) > 0`;
}

/** How a part is called: as its folder is. */
function partOf(alias: string, by: string): string {
  return `coalesce(cast(${alias}.${by} as varchar), ${literal(defaultPartition)})`;
}

/** A text that depends on the rows of a table alias, not on their order. */
export function checksum(alias: string): string {
  return `cast(sum(cast(hash(${alias}) as hugeint)) as varchar)`;
}
