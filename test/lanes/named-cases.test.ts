import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allLanes, Desk, recordsOnly, type Bytes, type Reading } from './desk.ts';
import { headers } from './drops.ts';

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

/** A file of its own for each test: what the others left in force is no concern of it. */
let file = '';
let files = 0;
beforeEach(() => {
  file = `movie_metadata/films-${++files}.csv`;
});

/** Takes drops on both desks, which have to agree; how the one with all lanes read them. */
async function take(drops: Readonly<Record<string, Bytes>>, ending: 'commit' | 'hold' = 'commit') {
  const right = await authority.take(drops, ending);
  const mine = await desk.take(drops, ending);
  for (const [name, { outcome }] of Object.entries(right)) expect(mine[name]?.outcome).toEqual(outcome);
  return mine;
}

/** Takes one version of the file after another; how the last was read. */
async function play(...versions: readonly string[]): Promise<Reading> {
  let last: Reading | undefined;
  for (const text of versions) last = (await take({ [file]: text }))[file];
  if (last === undefined) throw new Error('nothing was taken');
  return last;
}

/** A film; a text for a number is no id. */
const record = (id: number | string, revenue = '100', title = `Film number ${id}`): string =>
  `${typeof id === 'number' ? 1000 + id : id},${title},2001,${revenue},a note of film ${id}\n`;
/** Sixty films of some 50 bytes: about thirty blocks. */
const records = Array.from({ length: 60 }, (_, id) => record(id));
const films = (list: readonly string[]): string => headers.keyed + list.join('');
const changed = (...over: readonly (readonly [number, string])[]): string[] =>
  records.map((text, at) => over.find(([place]) => place === at)?.[1] ?? text);
const whole = films(records);

describe('a source that has no row, though a version of it is in force', () => {
  afterEach(() => take({ [file]: null }));

  test('a header alone, and all its rows after it', async () => {
    const { outcome } = await play(headers.keyed, whole);
    expect(outcome.counts).toMatchObject({ inserted: 60 });
  });

  test('a file of which every record was bad, while its source has no row', async () => {
    const bad = records.map((_, at) => record(`x${at}`));
    const { outcome } = await play(
      films(bad),
      films([...bad.slice(0, 59), record(1)]),
      films([record(2), ...bad.slice(1)]),
    );
    expect(outcome.counts).toMatchObject({ inserted: 1, deleted: 1, quarantined: 59 });
  });
});

describe('only what is new is read', () => {
  test('of a film that changed', async () => {
    const { lane, outcome } = await play(whole, films(changed([30, record(30, '7')])));
    expect(lane).toBe('blocks');
    expect(outcome.counts).toMatchObject({ read: 60, updated: 1, unchanged: 59 });
  });

  test('of films at the front, and what stood there keeps its keys for the next drop', async () => {
    const longer = films([record(100), ...records]);
    const { lane, outcome } = await play(
      whole,
      longer,
      films([record(100), ...changed([40, record(40, '7')])]),
    );
    expect(lane).toBe('blocks');
    expect(outcome.counts).toMatchObject({ read: 61, updated: 1, inserted: 0, deleted: 0 });
  });

  test('where records go and none comes', async () => {
    const { lane, outcome } = await play(whole, films(records.filter((_, at) => at < 20 || at > 24)));
    expect(lane).toBe('blocks');
    expect(outcome.counts).toMatchObject({ read: 55, deleted: 5, unchanged: 55 });
  });

  test('but all of a file of which most is gone', async () => {
    const { lane, outcome } = await play(whole, films([...records.slice(0, 20), record(100)]));
    expect(lane).toBe('bulk');
    expect(outcome.counts).toMatchObject({ read: 21, inserted: 1, deleted: 40, unchanged: 20 });
  });

  test('where a record moves from one changed block to another', async () => {
    const rest = records.filter((_, at) => at !== 10);
    const { lane, outcome } = await play(
      whole,
      films([...rest.slice(0, 50), records[10]!, ...rest.slice(50)]),
    );
    expect(lane).toBe('blocks');
    expect(outcome.counts).toMatchObject({ unchanged: 60, deleted: 0 });
  });

  test('of a file that grows behind a last line without its end', async () => {
    const open = whole.replace(/\n$/, '');
    const { lane, outcome } = await play(
      open,
      `${open}\n${record(60)}`,
      `${whole}${record(60)}${record(61).trim()}`,
    );
    expect(lane).toBe('blocks');
    expect(outcome.counts).toMatchObject({ read: 62, inserted: 1, unchanged: 61 });
  });

  test('of a file with a byte order mark', async () => {
    const { lane } = await play(
      `\ufeff${whole}`,
      `\ufeff${films(changed([40, record(40, '7')], [59, record(59, '7')]))}`,
    );
    expect(lane).toBe('blocks');
  });

  test('and in them only records of which anything changed that is read', async () => {
    const retold = changed([30, record(30, '7')]).map((text) => text.replace('a note', 'another note'));
    const { lane, outcome } = await play(whole, films(retold));
    expect(lane).toBe('blocks');
    expect(outcome.counts).toMatchObject({ read: 60, updated: 1, unchanged: 59 });
    expect(desk.rowsRead).toBeLessThan(10);
  });

  test('and of none where nothing changed that is read', async () => {
    const retold = (how: string): string => films(records.map((text) => text.replace('a note', how)));
    const { lane, outcome } = await play(whole, retold('another note'), retold('yet another'));
    expect(lane).toBe('blocks');
    expect(outcome.counts).toMatchObject({ read: 60, updated: 0, unchanged: 60 });
    expect(desk.rowsRead).toBeLessThan(4);
  });

  test('of records that are their own keys: one goes and one comes', async () => {
    const keyless = headers.keyless + records.join('');
    const { lane, outcome } = await play(keyless, headers.keyless + changed([30, record(30, '7')]).join(''));
    expect(lane).toBe('blocks');
    expect(outcome.counts).toMatchObject({ inserted: 1, deleted: 1, unchanged: 59 });
  });

  test('where padding has to be trimmed in them', async () => {
    const { lane, outcome } = await play(
      whole,
      films(changed([30, record(30, ' 7 ')], [31, record(31, '\u00a0100')])),
    );
    expect(lane).toBe('blocks');
    expect(outcome.counts).toMatchObject({ updated: 1, unchanged: 59 });
  });

  test('of one file, beside another of its source that is read record by record', async () => {
    const other = `${file}-2.csv`;
    const unsound = films([...records, '99,a "quote",2001,1,\n']);
    await take({ [file]: whole, [other]: unsound });
    const mine = await take({
      [file]: films(changed([30, record(30, '7')])),
      [other]: `${unsound}${record(61)}`,
    });
    expect([mine[file]?.lane, mine[other]?.lane]).toEqual(['blocks', 'records']);
  });
});

describe('the file is read whole', () => {
  const bulk = (declined: string | null) => ({ lane: 'bulk', declined });

  test('where a changed record takes the key of an unchanged one, before it or behind it', async () => {
    const reason = 'a changed record has the key of an unchanged one';
    expect(await play(whole, films(changed([30, record(5, '7')])))).toMatchObject(bulk(reason));
    expect(await play(whole, films(changed([30, record(55, '7')])))).toMatchObject(bulk(reason));
  });

  test('where that unchanged record was set aside: it has a key and no watermark', async () => {
    const aside = films(changed([55, record(55, '100', '')]));
    const takes = films(changed([30, record(55, '7')], [55, record(55, '100', '')]));
    const { outcome, ...how } = await play(aside, takes);
    expect(how).toEqual(bulk('a changed record has the key of an unchanged one'));
    expect(outcome.counts).toMatchObject({ shadowed: 1, unchanged: 58, deleted: 1 });
  });

  test('where two changed records have one key', async () => {
    const { outcome, ...how } = await play(whole, films(changed([10, record(70)], [50, record(70, '7')])));
    expect(how).toEqual(bulk('two of the changed records have the same key'));
    expect(outcome.counts).toMatchObject({ shadowed: 1, inserted: 1, deleted: 2 });
  });

  test('after a version in which keys repeat, and by blocks again after that', async () => {
    const repeated = films([...records, record(3, '7')]);
    expect(await play(whole, repeated, films([...records, record(4, '7')]))).toMatchObject(bulk(null));
    const { lane } = await play(whole, films(changed([30, record(30, '8')])));
    expect(lane).toBe('blocks');
  });

  test('under another header', async () => {
    expect(await play(whole, whole.replace('revenue,', 'budget,'))).toMatchObject(bulk(null));
  });

  test('where most of it is new', async () => {
    expect(await play(whole, films(records.map((_, id) => record(id, '7'))))).toMatchObject(bulk(null));
  });

  test('where it begins like no text, in a column that nobody reads', async () => {
    const retold = records.map((text, at) =>
      text.replace('a note', at < 10 ? 'a note' : '\u0001'.repeat(30)),
    );
    const { lane, outcome } = await play(whole, films(retold));
    expect({ lane, status: outcome.counts.status }).toEqual({ lane: null, status: 'rejected' });
  });

  test('record by record where a quote that a change opens takes in what did not change', async () => {
    const quoted = changed([45, record(45, '100', '"Film, number 45"')]);
    const opened = quoted.map((text, at) => (at === 30 ? record(30, '100', '"Film number 30') : text));
    const { lane } = await play(films(quoted), films(opened));
    expect(lane).toBe('records');
  });

  test('record by record where a changed record is none', async () => {
    const { lane, declined, outcome } = await play(whole, films(changed([30, '30,short\n'])));
    expect({ lane, declined }).toEqual({
      lane: 'records',
      declined: 'record 32 has 2 fields, the first has 5',
    });
    expect(outcome.quarantined).toMatchObject([{ line: 32, code: 'column-count' }]);
  });
});

describe('what is quarantined keeps its line', () => {
  const broken = changed(
    [5, record(5, '1x')],
    [20, record('x')],
    [40, record(40, '2x')],
    [59, record(59, '3x')],
  );
  const linesOf = ({ outcome }: Reading) => outcome.quarantined.map(({ line, value }) => `${line} ${value}`);

  test('in blocks that moved, with blank lines and line breaks before them', async () => {
    const front = [record(100), '\n', record(101, '1', '"two\nlines"'), '\n'];
    const reading = await play(films(broken), films([...front, ...broken]));
    expect(reading.lane).toBe('blocks');
    expect(linesOf(reading)).toEqual(['12 1x', '27 x', '47 2x', '66 3x']);
    expect(reading.outcome.counts).toMatchObject({ quarantined: 4, healed: 0, inserted: 2 });
  });

  test('at the end of a file without a last line end', async () => {
    const open = films(broken).replace(/\n$/, '');
    const reading = await play(open, films([record(100), ...broken]).replace(/\n$/, ''));
    expect(linesOf(reading)).toEqual(['8 1x', '23 x', '43 2x', '62 3x']);
  });

  test('in blocks that are new, for the unchanged record beside the changed one', async () => {
    const reading = await play(
      films(broken),
      films(broken.flatMap((text, at) => (at === 19 ? [text, record(100), record('y')] : [text]))),
    );
    expect(reading.lane).toBe('blocks');
    expect(linesOf(reading)).toEqual(['7 1x', '23 y', '24 x', '44 2x', '63 3x']);
  });

  test('and heals where the record is good now, or gone', async () => {
    const healed = broken.map((text, at) => (at === 20 ? record(20) : at === 40 ? record(40) : text));
    const reading = await play(films(broken), films(healed));
    expect(reading.lane).toBe('blocks');
    expect(linesOf(reading)).toEqual(['7 1x', '61 3x']);
    expect(reading.outcome.counts).toMatchObject({ healed: 2, inserted: 1, updated: 1, quarantined: 2 });
  });

  test('a good record that is none any more takes its row away', async () => {
    const reading = await play(
      whole,
      films(changed([30, record('x')])),
      films(changed([30, record('x')], [50, record(50, '7')])),
    );
    expect(reading.lane).toBe('blocks');
    expect(linesOf(reading)).toEqual(['32 x']);
    expect(reading.outcome.counts).toMatchObject({ unchanged: 58, updated: 1, quarantined: 1 });
  });

  test('a cell that becomes bad in a new block is told with the line of the whole file', async () => {
    const reading = await play(whole, films(changed([3, record(3, '3x')], [44, record(44, '4x')])));
    expect(reading.lane).toBe('blocks');
    expect(linesOf(reading)).toEqual(['5 3x', '46 4x']);
  });
});

describe('versions that are not in force', () => {
  test('a drop that is held is compared with nothing later', async () => {
    await play(whole);
    await take({ [file]: films(changed([30, record(30, 'held')])) }, 'hold');
    const { lane, outcome } = await play(films(changed([31, record(31, '7')])));
    expect(lane).toBe('blocks');
    expect(outcome.counts).toMatchObject({ updated: 1, unchanged: 59, quarantined: 0 });
  });
});

test('a name that DuckDB would take for a pattern is read as what it is, though another file fits that', async () => {
  const read = await take({
    'movie_metadata/w[1].csv': films(changed([7, '700'])),
    'movie_metadata/w1.csv': films(records),
    'movie_metadata/w?.csv': films(changed([8, '800'])),
    'movie_metadata/w*.csv': films(changed([9, '900'])),
    'movie_metadata/w\\[1].csv': films(changed([10, '1000'])),
  });
  expect(Object.values(read).map(({ lane }) => lane)).toEqual(['bulk', 'bulk', 'bulk', 'bulk', 'records']);
});
