import type { MemoryData } from './memory-data.ts';
import type { EpochRecord } from './records.ts';
import type { Epochs } from './store-parts.ts';

/** The part of the memory store that begins, commits and remembers epochs. */
export function memoryEpochs(data: MemoryData): Epochs {
  const all = () => Array.from(data.tables.epochs.values());
  const openEpoch = () => all().find(({ state }) => state === 'intent') ?? null;
  const history = (limit: number): EpochRecord[] =>
    all()
      .filter(({ state }) => state === 'committed')
      .sort((a, b) => b.epoch - a.epoch)
      .slice(0, limit);
  const assertOpen = (epoch: number): EpochRecord => {
    const open = openEpoch();
    if (open?.epoch !== epoch)
      throw new Error(`epoch ${epoch} is not the open one (${open?.epoch ?? 'none is open'})`);
    return open;
  };

  return {
    openEpoch,
    history,
    lastEpoch: () => history(1)[0] ?? null,

    beginEpoch: ({ uuid, engineHash, intent, beganAtMs, atLeast = 1 }) =>
      data.transaction(() => {
        const open = openEpoch();
        if (open !== null) throw new Error(`epoch ${open.epoch} is still open`);
        if (all().some((known) => known.uuid === uuid)) throw new Error(`epoch ${uuid} is there already`);
        const epoch = Math.max(data.tables.last.epoch + 1, atLeast);
        data.tables.last.epoch = epoch;
        const record = { epoch, uuid, engineHash, intent, beganAtMs, committedAtMs: null, receipt: null };
        data.tables.epochs.set(epoch, { ...record, state: 'intent' });
        return epoch;
      }),

    commitEpoch: (epoch, receipt, committedAtMs) =>
      data.transaction(() => {
        const open = assertOpen(epoch);
        for (const { writing, version } of data.tables.versions.values())
          if (writing) throw new Error(`version ${version.versionId} is still being written`);
        const pending = data.finished().filter(({ status }) => status === 'pending');
        const newest = new Map(pending.map((version) => [version.fileId, version]));
        const replaced = data
          .finished()
          .filter(({ fileId, status }) => status === 'in_force' && newest.has(fileId));
        const printInForce = new Map(replaced.map(({ fileId, fingerprint }) => [fileId, fingerprint]));
        data.drop(({ fileId, versionId, status }) => {
          const successor = newest.get(fileId);
          if (successor === undefined || status === 'pending') return false;
          if (status === 'in_force') return true;
          const isRejection = successor.removed && successor.fingerprint === printInForce.get(fileId);
          return versionId < successor.versionId && !isRejection;
        });
        const tombstones = pending.filter(({ removed }) => removed);
        data.drop(({ status, removed }) => status === 'pending' && removed);
        const entered = pending
          .filter(({ removed }) => !removed)
          .map(({ versionId }) => data.change(versionId, { status: 'in_force', epoch }));
        const done = { ...open, state: 'committed', intent: null, receipt, committedAtMs } as const;
        data.tables.epochs.set(epoch, done);
        const removed = tombstones.map(({ fileId }) => data.tables.files.get(fileId)!);
        return { entered, replaced, removed };
      }),

    abandonEpoch: (epoch) =>
      data.transaction(() => {
        assertOpen(epoch);
        data.drop(({ status }) => status === 'pending');
        data.tables.epochs.delete(epoch);
      }),

    receipt: (epoch) => data.tables.epochs.get(epoch)?.receipt ?? null,

    pruneHistory: (keep) =>
      data.transaction(() => {
        const gone = history(Infinity).slice(keep);
        for (const { epoch } of gone) data.tables.epochs.delete(epoch);
        return gone.length;
      }),
  };
}
