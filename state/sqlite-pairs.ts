import { checksum } from './checksum.ts';
import { decodeOverlay, emptyOverlay, overlaid, type Overlay } from './overlay.ts';
import type { PairChunk } from './pairs.ts';
import { decodeSegment, pairCount } from './segments.ts';
import { corrupt, type SqliteSession } from './sqlite-session.ts';

/** Of what the watermarks of a version consist. */
export interface Layers {
  /** The version that wrote the segments. */
  readonly segmentsOf: number;
  /** Pairs in the segments. */
  readonly baseRecords: number;
  readonly overlay: Overlay;
  /** Pairs in all. */
  readonly records: number;
}

/** @throws StateError `state-corrupt` */
export function layersOf(session: SqliteSession, versionId: number): Layers {
  const row = session.get<{
    segmentsOf: number | null;
    records: number;
    baseRecords: number | null;
    checksum: number;
    pairs: Uint8Array;
  }>(
    `select v.segments_of as segmentsOf, v.records, o.base_records as baseRecords, o.checksum, o.pairs
     from version v left join overlay o using (version_id) where v.version_id = ?`,
    versionId,
  );
  if (row === undefined) throw new Error(`no version ${versionId} in the state store`);
  const { segmentsOf, baseRecords, records, pairs } = row;
  if (segmentsOf === null)
    return { segmentsOf: versionId, baseRecords: records, overlay: emptyOverlay(), records };
  if (baseRecords === null) throw corrupt(session.db.name, `the overlay of version ${versionId} is missing`);
  if (checksum(pairs) !== row.checksum)
    throw corrupt(session.db.name, `the overlay of version ${versionId} has another checksum`);
  return { segmentsOf, baseRecords, overlay: decodeOverlay(pairs), records };
}

/** The pairs of a version, one query a segment, so that the store stays usable in between. */
export function* readPairs(session: SqliteSession, versionId: number): Generator<PairChunk> {
  const layers = layersOf(session, versionId);
  let found = 0;
  for (const chunk of readLayers(session, versionId, layers)) {
    found += pairCount(chunk);
    yield chunk;
  }
  if (found !== layers.records)
    throw corrupt(session.db.name, `version ${versionId} has ${found} watermarks, not ${layers.records}`);
}

/** The pairs of layers, on behalf of a version. */
export function readLayers(session: SqliteSession, versionId: number, layers: Layers): Iterable<PairChunk> {
  return overlaid(readSegments(session, versionId, layers), layers.overlay);
}

function* readSegments(
  session: SqliteSession,
  versionId: number,
  { segmentsOf, baseRecords }: Layers,
): Generator<PairChunk> {
  let left = baseRecords;
  for (let segmentNo = 0; left > 0; segmentNo++) {
    const row = session.get<{ checksum: number; pairs: Uint8Array }>(
      'select checksum, pairs from segment where version_id = ? and segment_no = ?',
      segmentsOf,
      segmentNo,
    );
    if (row === undefined) {
      if (session.get('select 1 from version where version_id = ?', versionId) === undefined)
        throw new Error(`version ${versionId} was dropped while it was read`);
      throw corrupt(session.db.name, `segment ${segmentNo} of version ${segmentsOf} is missing`);
    }
    if (checksum(row.pairs) !== row.checksum)
      throw corrupt(session.db.name, `segment ${segmentNo} of version ${segmentsOf} has another checksum`);
    const chunk = decodeSegment(row.pairs);
    left -= pairCount(chunk);
    yield chunk;
  }
}
