import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { World } from '../property/world.ts';
import { csv, drop, film, type Row } from './drops.ts';

/** A version of a file: which of 20 films, which of them without revenue, and which revenues. */
interface Version {
  readonly ids: readonly number[];
  readonly blank: readonly number[];
  readonly raise: number;
}

type Step =
  | { readonly step: 'drop'; readonly version: Version; readonly isAcceptingAll: boolean }
  | { readonly step: 'accept' | 'restore' | 'again' };

interface History {
  readonly minRows: number;
  /** In hundredths, so that the model counts in whole numbers. */
  readonly maxLossPercent: number;
  readonly hasKeys: boolean;
  readonly first: Version;
  readonly steps: readonly Step[];
}

const ids = Array.from({ length: 20 }, (_, at) => at + 1);
const some = fc.subarray(ids);
const most = some.map((without) => ids.filter((id) => !without.slice(0, 6).includes(id)));
const few = some.map((chosen) => chosen.slice(0, 6));
const version: fc.Arbitrary<Version> = fc.record({
  ids: fc.oneof({ weight: 4, arbitrary: most }, some),
  blank: fc.oneof({ weight: 4, arbitrary: few }, some),
  raise: fc.nat({ max: 1 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(version, fc.integer({ min: 0, max: 9 }))
      .map(([dropped, dice]): Step => ({ step: 'drop', version: dropped, isAcceptingAll: dice === 0 })),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('accept', 'restore', 'again').map((name): Step => ({ step: name })),
  },
);
const history: fc.Arbitrary<History> = fc.record({
  minRows: fc.constantFrom(1, 5, 15, 20),
  maxLossPercent: fc.constantFrom(0, 5, 20, 25, 29, 50, 100),
  hasKeys: fc.boolean(),
  first: version,
  steps: fc.array(step, { minLength: 3, maxLength: 7 }),
});

function rowsOf(history: History, { ids: present, blank, raise }: Version): Row[] {
  return present.map((id) => {
    const { tmdb_id = '', ...rest } = film(id, {
      revenue: blank.includes(id) ? '' : String(1_000_000 + id + raise),
    });
    return history.hasKeys ? { tmdb_id, ...rest } : rest;
  });
}

function textOf(history: History, dropped: Version): string {
  return csv(
    rowsOf(history, dropped),
    Object.keys(rowsOf(history, { ids: [1], blank: [], raise: 0 })[0] ?? {}),
  );
}

/** Whether the guard has to hold `after`, by counting. */
function isTooMuch(history: History, before: Version, after: Version): boolean {
  const [old, fresh] = [rowsOf(history, before), rowsOf(history, after)];
  if (old.length < history.minRows) return false;
  const isOver = (lost: number, had: number): boolean => lost * 100 > history.maxLossPercent * had;
  const shorter = Math.max(0, old.length - fresh.length);
  const gone = before.ids.filter((id) => !after.ids.includes(id)).length;
  if (isOver(history.hasKeys ? gone : shorter, old.length)) return true;
  const withRevenue = (rows: readonly Row[]): number => rows.filter((row) => row['revenue'] !== '').length;
  const had = withRevenue(old);
  const emptied = before.ids.filter(
    (id) => after.ids.includes(id) && !before.blank.includes(id) && after.blank.includes(id),
  ).length;
  return (
    had >= history.minRows && isOver(history.hasKeys ? emptied : had - withRevenue(fresh) - shorter, had)
  );
}

let world: World;
let serial = 0;
/** What was accepted in any of the histories: bytes are, whatever file they stand in. */
const accepted = new Set<string>();
beforeAll(() => {
  world = new World();
});
afterAll(() => world.dispose());

/** Plays a history on a file of its own, and says what the guard did otherwise than the model. */
async function play(history: History): Promise<string[]> {
  world.remove(`movie_metadata/${serial}.csv`);
  serial += 1;
  const file = `movie_metadata/${serial}.csv`;
  const { minRows, maxLossPercent } = history;
  await world.configure(`guard: { min_rows: ${minRows}, max_loss_share: ${maxLossPercent / 100} }\n`);
  const textOfVersion = (dropped: Version): string => textOf(history, dropped);
  let [inForce, waiting, present]: [Version | null, Version | null, Version] = [null, null, history.first];
  const wrong: string[] = [];
  for (const [at, now] of [
    { step: 'drop', version: history.first, isAcceptingAll: false } as Step,
    ...history.steps,
  ].entries()) {
    if (now.step === 'drop') present = now.version;
    if (now.step === 'restore') present = inForce ?? present;
    const { state } = await world.open();
    if (now.step === 'accept' && waiting !== null) {
      accepted.add(textOfVersion(waiting));
      for (const { version: held } of state.held()) state.accept(held.fingerprint, 0);
    }
    drop(world, file, textOfVersion(present));
    const isAcceptingAll = now.step === 'drop' && now.isAcceptingAll;
    const result = await world.run({ acceptAll: isAcceptingAll });

    const text = textOfVersion(present);
    const isLet = isAcceptingAll || accepted.has(text);
    let expected = 'unchanged';
    if (waiting !== null && textOfVersion(waiting) === text && !isLet) expected = 'unchanged';
    else if (inForce !== null && textOfVersion(inForce) === text) waiting = null;
    else if (inForce === null || isLet || !isTooMuch(history, inForce, present)) {
      [expected, inForce, waiting] = ['taken', present, null];
    } else [expected, waiting] = ['held', present];

    const got = result.accounts.find((account) => account.file.path === file)?.status ?? 'unchanged';
    if (got !== expected) wrong.push(`step ${at}: ${got}, expected ${expected}`);
    const held = (await world.open()).state.held().length;
    if (held !== (waiting === null ? 0 : 1)) wrong.push(`step ${at}: ${held} held`);
    wrong.push(
      ...(await inForceDiffers(file, textOfVersion(inForce ?? present), rowsOf(history, inForce ?? present))),
    );
    if (wrong.length > 0) break;
  }
  return wrong;
}

async function inForceDiffers(file: string, text: string, rows: readonly Row[]): Promise<string[]> {
  const { state, warehouse } = await world.open();
  const engine = await warehouse.engine();
  const fileId = state.fileByPath(file)?.fileId ?? -1;
  const wrong: string[] = [];
  if (state.fileState(fileId)?.inForce?.fingerprint !== createHash('sha256').update(text).digest('hex')) {
    wrong.push('other bytes are in force');
  }
  const inWarehouse = await engine.rows(`
    select title, coalesce(revenue, 0) as revenue from warehouse.main.stg_movie_metadata
    where file_id = ${fileId} order by title`);
  const got = inWarehouse.map(({ title, revenue }) => `${String(title)}: ${String(revenue)}`).sort();
  const right = rows.map(({ title = '', revenue = '' }) => `${title}: ${Number(revenue)}`).sort();
  if (got.join('\n') !== right.join('\n'))
    wrong.push(`${got.length} rows in the warehouse are not the ${right.length} in force`);
  return wrong;
}

const none: Version = { ids: [], blank: [], raise: 0 };
const whole: Version = { ids, blank: [], raise: 0 };

/** What is accepted in one history comes again in another. */
const examples: readonly History[] = [
  {
    minRows: 1,
    maxLossPercent: 0,
    hasKeys: false,
    first: whole,
    steps: [{ step: 'drop', version: none, isAcceptingAll: false }, { step: 'accept' }],
  },
  {
    minRows: 1,
    maxLossPercent: 0,
    hasKeys: false,
    first: none,
    steps: [
      { step: 'drop', version: whole, isAcceptingAll: true },
      { step: 'drop', version: none, isAcceptingAll: false },
    ],
  },
];

const runs = Number(process.env['MARQUEE_GUARD_HISTORIES'] ?? 5);

test(
  'what is held and what is taken follows from counts alone',
  async () => {
    await fc.assert(
      fc.asyncProperty(history, async (drawn) => {
        expect(await play(drawn)).toEqual([]);
      }),
      { numRuns: runs + examples.length, examples: examples.map((example) => [example]) },
    );
  },
  60_000 + runs * 30_000,
);

const all = { ids, blank: [], raise: 0 };
const limits: readonly [string, Omit<History, 'first' | 'minRows'>, boolean][] = [
  [
    'exactly the limit goes',
    {
      maxLossPercent: 20,
      hasKeys: true,
      steps: [{ step: 'drop', version: { ...all, ids: ids.slice(4) }, isAcceptingAll: false }],
    },
    false,
  ],
  [
    'one more is held',
    {
      maxLossPercent: 20,
      hasKeys: true,
      steps: [{ step: 'drop', version: { ...all, ids: ids.slice(5) }, isAcceptingAll: false }],
    },
    true,
  ],
  [
    'at no loss, one is held',
    {
      maxLossPercent: 0,
      hasKeys: false,
      steps: [{ step: 'drop', version: { ...all, ids: ids.slice(1) }, isAcceptingAll: false }],
    },
    true,
  ],
  [
    'at no loss, one more and one less without keys goes',
    {
      maxLossPercent: 0,
      hasKeys: false,
      steps: [{ step: 'drop', version: { ...all, raise: 1 }, isAcceptingAll: false }],
    },
    false,
  ],
  [
    'whatever goes may go',
    {
      maxLossPercent: 100,
      hasKeys: true,
      steps: [{ step: 'drop', version: { ...all, ids: [] }, isAcceptingAll: false }],
    },
    false,
  ],
];

test.each(limits)('%s', async (_, rest, isHeld) => {
  expect(await play({ ...rest, minRows: 20, first: all })).toEqual([]);
  expect((await world.open()).state.held()).toHaveLength(isHeld ? 1 : 0);
});
