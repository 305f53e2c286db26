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

/**
 * Compares what is to be published with what was, by row count and an order-independent checksum of each part,
 * and remembers the new checksums. Runs inside the epoch's transaction.
 */
export async function compareContent(
  connection: Connection,
  plan: Plan,
  scope: Scope,
): Promise<ChangedContent> {
  const { relation, by } = plan.publish.partitioned;
  const some =
    scope === 'everything'
      ? ''
      : `semi join (select distinct ${by} from changed_rows) c on c.${by} is not distinct from r.${by}`;
  await connection.run(`
    create or replace temp table content_now (relation varchar, part varchar, count_rows bigint, checksum varchar);
    insert into content_now
    select ${literal(relation)}, coalesce(cast(r.${by} as varchar), ${literal(defaultPartition)}), count(*), ${checksum('r')}
    from warehouse.main.${relation} r ${some} group by r.${by};`);
  const compared = [`relation = ${literal(relation)}`];
  if (scope === 'changes') {
    compared[0] += ` and part in (select coalesce(cast(${by} as varchar), ${literal(defaultPartition)}) from changed_rows)`;
  }
  for (const aggregate of plan.publish.aggregates) {
    await connection.run(`
      insert into content_now
      select ${literal(aggregate)}, '', count(*), coalesce(${checksum('r')}, '0') from warehouse.main.${aggregate} r`);
    compared.push(`relation = ${literal(aggregate)}`);
  }
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

/** A text that depends on the rows of a table alias, not on their order. */
export function checksum(alias: string): string {
  return `cast(sum(cast(hash(${alias}) as hugeint)) as varchar)`;
}
