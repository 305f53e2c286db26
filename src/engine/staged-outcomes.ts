import type { Connection } from './connection.ts';
import type { QuarantineEntry, StagedFile, StageOutcome } from './engine.ts';

/** Quarantine entries of one file that are kept one by one; what is beyond is only counted. */
const maxEntries = 10_000;

/**
 * What staging a source found, file by file; of each file the first 10,000 quarantine entries.
 *
 * @param bulkStarts of files read in bulk, the place of their first row: places stand where lines would
 */
export async function readOutcomes(
  connection: Connection,
  source: string,
  files: readonly StagedFile[],
  shadowed: ReadonlyMap<number, number>,
  bulkStarts: ReadonlyMap<number, number>,
): Promise<StageOutcome[]> {
  const byFile = async (sql: string): Promise<Map<number, number>> => {
    const rows = await connection.rows(sql);
    return new Map(rows.map((row) => [Number(row['file_id']), Number(row['n'])]));
  };
  const records = await byFile(
    `select file_id, count(*) as n from temp.main.pairs_${source} group by file_id`,
  );
  const counts = await byFile(`select file_id, count(*) as n from quarantined_${source} group by file_id`);
  const rejections = await connection.rows(
    `select file_id, min(reason) as reason from rejected_${source} group by file_id`,
  );
  const entries = await connection.rows(`
    select file_id, line, column_name, code, key_hash, "value", reason from quarantined_${source}
    qualify row_number() over (partition by file_id order by line, column_name, code) <= ${maxEntries}
    order by file_id, line, column_name, code`);
  const entriesOf = new Map<number, QuarantineEntry[]>(files.map(({ fileId }) => [fileId, []]));
  for (const row of entries) {
    const fileId = Number(row['file_id']);
    entriesOf.get(fileId)?.push(toEntry(row, bulkStarts.get(fileId) ?? 0));
  }
  const reasonOf = new Map(rejections.map((row) => [Number(row['file_id']), String(row['reason'])]));
  return files.map(({ fileId }) => ({
    fileId,
    records: records.get(fileId) ?? 0,
    shadowed: shadowed.get(fileId) ?? 0,
    quarantined: entriesOf.get(fileId) ?? [],
    quarantinedCount: counts.get(fileId) ?? 0,
    rejection: reasonOf.get(fileId) ?? null,
  }));
}

function toEntry(row: Record<string, unknown>, start: number): QuarantineEntry {
  const text = (name: string): string | null => row[name] as string | null;
  return {
    line: Number(row['line']) - start,
    column: text('column_name'),
    code: String(row['code']),
    key: text('key_hash'),
    value: text('value'),
    reason: String(row['reason']),
  };
}
