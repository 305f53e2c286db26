import type { StateStore } from './store.ts';

/** What the store answers about files and versions. */
export type FileQueries = Pick<
  StateStore,
  | 'ensureFile'
  | 'fileByPath'
  | 'fileStates'
  | 'fileState'
  | 'version'
  | 'versionsWithFingerprint'
  | 'unchangedVersion'
  | 'held'
>;

/** What the store does to versions. */
export type VersionChanges = Pick<
  StateStore,
  | 'updateStat'
  | 'openWriter'
  | 'readPairs'
  | 'markRemoved'
  | 'demote'
  | 'recordUnaccepted'
  | 'dropVersion'
  | 'setSaved'
  | 'discardPending'
>;

/** What the store keeps of large files, so that their next versions need not be read whole. */
export type Blocks = Pick<StateStore, 'saveBlocks' | 'readBlocks' | 'readRecordKeys'>;

/** What the store does for epochs. */
export type Epochs = Pick<
  StateStore,
  | 'beginEpoch'
  | 'commitEpoch'
  | 'abandonEpoch'
  | 'openEpoch'
  | 'lastEpoch'
  | 'history'
  | 'receipt'
  | 'pruneHistory'
>;

/** What the store does for quarantine. */
export type Quarantine = Pick<
  StateStore,
  'addQuarantine' | 'quarantineCount' | 'quarantineEntries' | 'quarantine' | 'quarantineCounts'
>;

/** What people and other processes leave in the store: acceptances, requests, settings. */
export type Control = Pick<
  StateStore,
  'accept' | 'isAccepted' | 'acceptances' | 'addRequest' | 'requests' | 'completeRequest' | 'meta' | 'setMeta'
>;
