import type { Connection } from './connection.ts';

/** Rows that DuckDB stores together. */
export const rowGroup = 122_880;

/**
 * A query for the rows of a warehouse relation that stand at some places.
 *
 * DuckDB reads all columns from the first place to the last and picks afterwards. What changed lately stands at the end of
 * a table and what never did stands before, so places that lie far apart are read as several stretches.
 *
 * @param places a relation that holds rowids as `place`
 * @param columns what is asked of these rows, which are called `r`
 */
export async function rowsAt(
  connection: Connection,
  relation: string,
  places: string,
  columns = 'r.*',
): Promise<string> {
  const groups = await connection.rows(
    `select distinct place // ${rowGroup} as row_group from ${places} order by row_group`,
  );
  const stretches: [number, number][] = [];
  for (const row of groups) {
    const group = Number(row['row_group']);
    const last = stretches.at(-1);
    if (last !== undefined && group - last[1] <= 1) last[1] = group;
    else stretches.push([group, group]);
  }
  const read = (which: string): string => `
    select ${columns} from warehouse.main.${relation} r where r.rowid in (select place from ${places} ${which})`;
  if (stretches.length < 2) return read('');
  return stretches
    .map(([first, last]) => read(`where place >= ${first * rowGroup} and place < ${(last + 1) * rowGroup}`))
    .join(' union all ');
}
