import { canBeExact } from './engine/exact-path.ts';
import type { BulkDrop, OpenedDrop, ReadEnd, Refusal } from '../operators/opened-drop.ts';
import { FileRejection } from './csv/file-rejection.ts';
import { openCsv, type OpenedCsv, type QuarantinedRecord } from './csv/open-csv.ts';
import type { QuarantineEntry } from './engine/engine.ts';
import type { SourceDeclaration } from './sources/declaration.ts';
import { unreadColumns } from './sources/unread.ts';

/**
 * Opens a file of raw/ as CSV of a source: recognised by its header and ready to be read, or why it can't be taken.
 *
 * @param file where it stands
 * @param name its path below raw/, for messages
 * @param rank its precedence between files, from the configuration
 */
export async function openDrop(
  file: string,
  name: string,
  source: SourceDeclaration,
  rank: number,
): Promise<OpenedDrop | Refusal> {
  const opened = await openCsv(file, source);
  const located = ({ code, message, hint, line }: Refusal & { line: number | null }): Refusal => ({
    code,
    message: `raw/${name}${line === null ? '' : `:${line}`}: ${message}`,
    hint,
  });
  if (opened.kind === 'rejection') return located(opened);
  const { shape, encoding, delimiter, size } = opened;
  const declined = canBeExact(file) ? opened.notPlain : 'its name has a backslash and a wildcard';
  return {
    size,
    bulk: declined === null ? bulkDrop(file, opened) : { declined },
    shape: shape.name,
    unread: unreadColumns(opened.recognised),
    key: shape.key,
    isUnique: shape.unique,
    dateOrder: shape.dateOrder,
    encoding,
    delimiter,
    rank,
    async *read() {
      try {
        const { truncated, ...summary } = yield* opened.read({ truncated: 'keep' });
        if (truncated !== null && summary.quarantined.some(({ code }) => code === 'truncated')) {
          return { kind: 'refused', refusal: located(truncated) } satisfies ReadEnd;
        }
        return {
          kind: 'read',
          ...summary,
          quarantined: summary.quarantined.map(toEntry),
          isTruncated: truncated !== null,
        } satisfies ReadEnd;
      } catch (error) {
        if (error instanceof FileRejection)
          return { kind: 'refused', refusal: located(error.rejection) } satisfies ReadEnd;
        throw error;
      }
    },
  };
}

/** The same file as the engine needs to know it to read it by itself. */
function bulkDrop(file: string, opened: OpenedCsv): BulkDrop {
  const { shape, recognised, delimiter, header, examine, linesOf } = opened;
  return {
    file: {
      path: file,
      delimiter,
      columns: header.length,
      origins: [...recognised.columnOf.values()],
      required: shape.key.filter((column) => !shape.keyMayLack.includes(column)),
    },
    examine,
    linesOf,
  };
}

function toEntry(record: QuarantinedRecord): QuarantineEntry {
  return { ...record, key: null };
}
