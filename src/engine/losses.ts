import type { Connection } from './connection.ts';
import type { CellLoss } from './engine.ts';
import { rowsAt } from './places.ts';

/** What changed of a source, and where that stands. */
export interface ChangedRecords {
  readonly source: string;
  /** The relation of its changes: file_id, record_key, op. */
  readonly delta: string;
  /** The relation of the places of all records in force whose keys changed; null where these are so many that all are read. */
  readonly places: string | null;
}

/**
 * For the guard: by file, of which columns cells that had a value would lose it in records that stay, and how many had one. Without
 * record keys nobody knows which stay: then it is by how many values the file is poorer, less the records it is shorter.
 *
 * All files are asked about at once: of a thousand of some thousand records each, a few statements a file would take longest.
 * Where few records changed only these are looked at, and where many did all of the files, which is faster then.
 *
 * @param guarded the columns whose loss counts
 */
export async function findLosses(
  connection: Connection,
  guarded: readonly string[],
  { source, delta, places }: ChangedRecords,
): Promise<Map<number, CellLoss[]>> {
  const asked = ['file_id', 'record_key', ...guarded].join(', ');
  const force = `warehouse.main.stg_${source}`;
  const were =
    places === null
      ? `not materialized (select ${asked} from ${force} where file_id in (select distinct file_id from ${delta}))`
      : `materialized (${await rowsAt(connection, `stg_${source}`, places, asked)})`;
  const now = `temp.main.typed_${source}`;
  const ofEach = (count: (column: string) => string): string => guarded.map(count).join(', ');
  const changed = (rows: string, ops: string, name: string): string => `(
    select file_id, count(*) as ${name}, ${ofEach((column) => `count(${column}) as ${name}_${column}`)}
    from ${rows} r semi join (select file_id, record_key from ${delta} where op in (${ops})) k using (file_id, record_key)
    group by file_id)`;
  const none = (count: string): string => `coalesce(${count}, 0)`;
  const rows = await connection.rows(`
    with were as ${were}
    select f.file_id, ${ofEach(
      (column) => `h.had_${column}, case when f.is_unique then h.losing_${column}
        else ${none(`g.gone_${column}`)} - ${none(`c.came_${column}`)}
          - greatest(0, ${none('g.gone')} - ${none('c.came')}) end as lost_${column}`,
    )}
    from temp.main.staged_file_${source} f
    join (
      select o.file_id, ${ofEach(
        (column) => `count(o.${column}) as had_${column},
          count_if(o.${column} is not null and n.record_key is not null and n.${column} is null) as losing_${column}`,
      )}
      from were o left join ${now} n using (file_id, record_key)
      group by o.file_id) h using (file_id)
    left join ${changed('were', "'delete', 'update'", 'gone')} g using (file_id)
    left join ${changed(now, "'insert', 'update'", 'came')} c using (file_id)`);
  const losses = new Map<number, CellLoss[]>();
  for (const row of rows) {
    const lost = guarded
      .map((column) => ({
        column,
        had: Number(row[`had_${column}`] ?? 0),
        lost: Number(row[`lost_${column}`] ?? 0),
      }))
      .filter((loss) => loss.lost > 0);
    if (lost.length > 0) losses.set(Number(row['file_id']), lost);
  }
  return places === null ? losses : withValues(connection, force, guarded, losses);
}

/** How many values files have in columns that lose some: to count them takes all their records. */
async function withValues(
  connection: Connection,
  force: string,
  guarded: readonly string[],
  losses: Map<number, CellLoss[]>,
): Promise<Map<number, CellLoss[]>> {
  if (losses.size === 0) return losses;
  const rows = await connection.rows(`
    select file_id, ${guarded.map((column) => `count(${column}) as ${column}`).join(', ')}
    from ${force} where file_id in (${[...losses.keys()].join(', ')}) group by file_id`);
  return new Map(
    rows.map((row) => {
      const fileId = Number(row['file_id']);
      const counted = (losses.get(fileId) ?? []).map((loss) => ({
        ...loss,
        had: Number(row[loss.column] ?? 0),
      }));
      return [fileId, counted];
    }),
  );
}
