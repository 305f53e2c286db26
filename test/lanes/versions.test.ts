import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allLanes, Desk, recordsOnly } from './desk.ts';
import { bytesOf, chunk, headers, sound, type Chunk, type Frame } from './drops.ts';

const isSoak = process.env['MARQUEE_SOAK'] !== undefined;

let authority: Desk;
let desk: Desk;
beforeAll(async () => {
  authority = await Desk.open(recordsOnly);
  desk = await Desk.open(allLanes);
});
afterAll(async () => {
  await authority.close();
  await desk.close();
});

/** What happens to a file between two drops. */
interface Edit {
  /** From 0 to 1. */
  readonly place: number;
  readonly removed: number;
  readonly added: readonly Chunk[];
}

/** A drop of the file: edits since the last one, how it is written, and whether it is held. */
interface Version {
  readonly edits: readonly Edit[];
  readonly isLastLineEnded: boolean;
  readonly isHeld: boolean;
  readonly isReversed: boolean;
  /** Whether every line has another note, which nobody reads: no block is as it was. */
  readonly isTouched: boolean;
}

interface History {
  readonly frame: Omit<Frame, 'isLastLineEnded'>;
  readonly chunks: readonly Chunk[];
  readonly versions: readonly Version[];
}

// Now and then one that another record has; x1 is no id.
const anyId = fc.oneof({ weight: 9, arbitrary: fc.nat({ max: 500 }).map(String) }, fc.constant('x1'));
const seldom = fc.integer({ min: 0, max: 9 }).map((at) => at === 0);
const versionsOf = (hostile: number): fc.Arbitrary<Version[]> =>
  fc.array(
    fc.record<Version>({
      edits: fc.array(
        fc.record<Edit>({
          place: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
          removed: fc.nat({ max: 2 }),
          added: fc.array(chunk(anyId, { hostile }), { maxLength: 2 }),
        }),
        { maxLength: 3 },
      ),
      isLastLineEnded: fc.boolean(),
      isHeld: seldom,
      isReversed: seldom,
      isTouched: fc.integer({ min: 0, max: 2 }).map((at) => at === 0),
    }),
    { minLength: 2, maxLength: 5 },
  );

const history: fc.Arbitrary<History> = fc
  .tuple(fc.constantFrom(0, 0, 2), fc.integer({ min: 30, max: 70 }))
  .chain(([hostile, count]) =>
    fc.record<History>({
      frame: fc.record({
        header: fc.constantFrom(headers.keyed, headers.keyed, headers.keyless),
        bom: fc.boolean(),
      }),
      // Ids of their own: of a file in which keys repeat no blocks are kept.
      chunks: fc.tuple(...Array.from({ length: count }, (_, at) => sound(fc.constant(String(at))))),
      versions: versionsOf(hostile),
    }),
  );

function edited(chunks: readonly Chunk[], { edits, isReversed, isTouched }: Version): Chunk[] {
  const later = isReversed ? chunks.toReversed() : [...chunks];
  // Of a record it is the last field; what is none becomes some other one.
  if (isTouched) for (const [at, text] of later.entries()) later[at] = text.replace(/(?<=.)\n$/, '.\n');
  for (const { place, removed, added } of edits) {
    later.splice(Math.round(place * later.length), removed, ...added);
  }
  return later;
}

/** Histories that are played side by side, as files of one batch. */
const historiesAtOnce = 12;

describe('all lanes', () => {
  test('agree on every version of a file that comes again and again', async () => {
    const taken = { bulk: 0, blocks: 0, records: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(history, { minLength: historiesAtOnce, maxLength: historiesAtOnce }),
        async (histories) => {
          const names = histories.map((_, at) => `movie_metadata/${at}.csv`);
          const contents = histories.map(({ chunks }) => [...chunks]);
          const longest = Math.max(...histories.map(({ versions }) => versions.length));
          for (let step = -1; step < longest; step++) {
            const drops: Record<string, Buffer> = {};
            let isHeld = false;
            histories.forEach(({ frame, versions }, at) => {
              const version = versions[step];
              if (step >= 0 && version === undefined) return;
              if (version !== undefined) contents[at] = edited(contents[at]!, version);
              if (at === 0) isHeld = version?.isHeld ?? false;
              drops[names[at]!] = bytesOf(
                { ...frame, isLastLineEnded: version?.isLastLineEnded ?? true },
                contents[at]!,
              );
            });
            const ending = isHeld ? 'hold' : 'commit';
            const right = await authority.take(drops, ending);
            const mine = await desk.take(drops, ending);
            for (const [name, { outcome }] of Object.entries(right)) {
              const reading = mine[name]!;
              expect({ name, step, lane: reading.lane, ...reading.outcome }).toEqual({
                name,
                step,
                lane: reading.lane,
                ...outcome,
              });
              taken[reading.lane ?? 'refused'] += 1;
            }
          }
          const gone = Object.fromEntries(names.map((name) => [name, null]));
          await authority.take(gone);
          await desk.take(gone);
        },
      ),
      { numRuns: isSoak ? 300 : 3 },
    );
    console.log(`all lanes: ${JSON.stringify(taken)}`);
    expect(taken.blocks).toBeGreaterThan(10);
    expect(Math.min(taken.bulk, taken.records)).toBeGreaterThan(0);
  }, 300_000);
});
