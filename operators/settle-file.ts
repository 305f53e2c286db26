import type { EpochSession, QuarantineEntry, StageOutcome } from '../src/engine/engine.ts';
import type { FileWork } from './batch.ts';
import { refuse, type RefuseDeps } from './file-work.ts';

/** Adds what typing and checking found; a file may be rejected only here, by what its values say. */
export async function settleFile(
  file: FileWork,
  outcome: StageOutcome,
  session: EpochSession,
  deps: RefuseDeps,
): Promise<FileWork> {
  if (outcome.rejection !== null && file.meta !== null) {
    await session.unstage(file.drop.file.source, outcome.fileId);
    const hint = 'drop a file with the expected contents under the same name';
    return refuse(
      file.drop,
      { code: 'implausible-values', message: outcome.rejection, hint },
      file.meta,
      deps,
    );
  }
  const found = await located(outcome.quarantined, file.linesOf);
  return {
    ...file,
    account: {
      ...file.account,
      shadowed: outcome.shadowed,
      quarantined: file.account.quarantined + outcome.quarantinedCount,
    },
    quarantined: [...file.quarantined, ...found],
  };
}

/** Says lines in place of record numbers. */
async function located(
  entries: readonly QuarantineEntry[],
  linesOf: FileWork['linesOf'],
): Promise<readonly QuarantineEntry[]> {
  if (linesOf === null || entries.length === 0) return entries;
  const records = [...new Set(entries.map(({ line }) => line))].sort((a, b) => a - b);
  const lines = await linesOf(records);
  const lineOf = new Map(records.map((record, index) => [record, lines[index] ?? 0]));
  return entries.map((entry) => ({ ...entry, line: lineOf.get(entry.line) ?? 0 }));
}
