import { randomUUID } from 'node:crypto';
import { memoryBlocks } from './memory-blocks.ts';
import { MemoryData } from './memory-data.ts';
import { memoryEpochs } from './memory-epochs.ts';
import { compareText } from './memory-order.ts';
import { memoryQuarantine } from './memory-quarantine.ts';
import { memoryFiles, memoryVersions } from './memory-versions.ts';
import type { Control } from './store-parts.ts';
import type { StateStore } from './store.ts';

/**
 * The store without a disk, for tests and throw-away recomputation; one suite holds it and the SQLite store to the
 * same behaviour. It is the readable specification: lookups are scans.
 *
 * Growth: all of it is in memory, 32 bytes a record and more.
 */
export function openMemoryStore(): StateStore {
  const data = new MemoryData();
  return {
    stateId: randomUUID(),
    ...memoryFiles(data),
    ...memoryVersions(data),
    ...memoryBlocks(data),
    ...memoryEpochs(data),
    ...memoryQuarantine(data),
    ...memoryControl(data),
    transaction: (step) => data.transaction(step),
    close: () => {
      data.close();
    },
  };
}

function memoryControl(data: MemoryData): Control {
  return {
    accept(fingerprint, acceptedAtMs) {
      const { acceptances } = data.tables;
      if (!acceptances.has(fingerprint)) acceptances.set(fingerprint, acceptedAtMs);
    },
    isAccepted: (fingerprint) => data.tables.acceptances.has(fingerprint),
    acceptances: () =>
      Array.from(data.tables.acceptances, ([fingerprint, acceptedAtMs]) => ({
        fingerprint,
        acceptedAtMs,
      })).sort((a, b) => compareText(a.fingerprint, b.fingerprint)),

    addRequest(kind, payload, requestedAtMs) {
      const requestId = ++data.tables.last.requestId;
      data.tables.requests.set(requestId, { requestId, kind, payload, requestedAtMs });
      return requestId;
    },
    requests: () => Array.from(data.tables.requests.values()),
    completeRequest(requestId) {
      data.tables.requests.delete(requestId);
    },

    meta: (key) => data.tables.meta.get(key) ?? null,
    setMeta(key, value) {
      data.tables.meta.set(key, value);
    },
  };
}
