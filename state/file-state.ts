import type { FileRecord, FileState, FileVersion } from './records.ts';

/** Sorts the versions of one file into their places. */
export function stateOf(file: FileRecord, versions: readonly FileVersion[]): FileState {
  const withStatus = (...statuses: FileVersion['status'][]) =>
    versions.find(({ status }) => statuses.includes(status)) ?? null;
  return {
    file,
    inForce: withStatus('in_force'),
    pending: withStatus('pending'),
    unaccepted: withStatus('held', 'rejected'),
  };
}
