import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Desk, recordsOnly, allLanes } from './desk.ts';
import { bytesOf, chunk, headers } from './drops.ts';

const isSoak = process.env['MARQUEE_SOAK'] !== undefined;

let authority: Desk;
let desk: Desk;
beforeAll(async () => {
  authority = await Desk.open(recordsOnly);
  desk = await Desk.open({ ...allLanes, form: null });
});
afterAll(async () => {
  await authority.close();
  await desk.close();
});

const ids = fc.oneof(
  { weight: 20, arbitrary: fc.nat({ max: 60 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('x', ' 7 ', '"8"', '007', '-1') },
);
const frames = fc.record({
  header: fc.constantFrom(
    ...Object.values(headers),
    '"tmdb_id","title",release_year,revenue,"no\nte"\n',
    'tmdb_id,title,release_year,title,note\n',
    ' tmdb_id , title,release_year,revenue,note\n',
    '\ntmdb_id,title,release_year,revenue,note\n',
    'tmdb_id,title,release_year,revenue,note\r\n',
  ),
  bom: fc.boolean(),
  isLastLineEnded: fc.boolean(),
});
const file = fc
  .tuple(frames, fc.constantFrom(0, 0, 3, 10), fc.constantFrom(0, 6, 12, 30))
  .chain(([frame, hostile, maxLength]) =>
    fc.array(chunk(ids, { hostile }), { maxLength }).map((chunks) => bytesOf(frame, chunks)),
  );

/** Files that are read in one session, since a session takes longer than a file. */
const filesAtOnce = 16;

describe('the bulk lane', () => {
  test('finds in any file what the records lane finds, or says why it declines it', async () => {
    const taken = { bulk: 0, blocks: 0, records: 0, refused: 0 };
    const reasons = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: filesAtOnce, maxLength: filesAtOnce }), async (files) => {
        const drops = Object.fromEntries(files.map((bytes, at) => [`movie_metadata/${at}.csv`, bytes]));
        const right = await authority.take(drops);
        const mine = await desk.take(drops);
        for (const [name, { outcome }] of Object.entries(right)) {
          const reading = mine[name]!;
          expect({ name, ...reading.outcome }).toEqual({ name, ...outcome });
          taken[reading.lane ?? 'refused'] += 1;
          if (reading.lane === 'records') {
            expect(reading.declined).not.toBeNull();
            reasons.add((reading.declined ?? '').replaceAll(/\d+/g, 'N'));
          }
        }
        // So that what is the first of its source is staged where it stays.
        const gone = Object.fromEntries(Object.keys(drops).map((name) => [name, null]));
        await authority.take(gone);
        await desk.take(gone);
      }),
      { numRuns: isSoak ? 1000 : 24 },
    );
    // Of what the generator makes each lane gets a good part.
    expect(taken).toMatchObject({ blocks: 0 });
    expect(Math.min(taken.bulk, taken.records, taken.refused)).toBeGreaterThan(10);
    expect(reasons.size).toBeGreaterThan(4);
  }, 300_000);
});
