import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUnits, lineMapper, type UnitComparison } from '../../src/csv/compare-units.ts';
import { surveyFile } from '../../src/csv/survey.ts';
import { writeParts } from '../../src/csv/write-parts.ts';
import { recordCount, type BlockTable } from '../../state/block-table.ts';
import { parseRecords, tiny, versions, type ParsedRecord } from './block-files.ts';
import { fileOf } from './dialects.ts';

const numRuns = process.env['MARQUEE_SOAK'] === undefined ? 300 : 10_000;

async function blocksOf(file: string, known: BlockTable | null = null): Promise<BlockTable> {
  const { blocks } = await surveyFile(file, known, tiny);
  if (blocks === null) throw new Error('no blocks');
  return blocks;
}

async function compareFiles(before: string, now: string): Promise<UnitComparison> {
  const old = await blocksOf(before);
  const found = compareUnits(old, await blocksOf(now, old));
  if (found === null) throw new Error('not comparable');
  return found;
}

/** Puts a file together from kept records of the old version and from its parts, as a reader of these would. */
async function putTogether(now: string, found: UnitComparison, old: readonly ParsedRecord[]) {
  const target = fileOf('');
  const { headerLines } = await writeParts(now, found.parts, target);
  const read = parseRecords(readFileSync(target));
  const records = new Array<ParsedRecord>(found.records);
  const put = (at: number, record: ParsedRecord | undefined): void => {
    if (record === undefined || records[at] !== undefined)
      throw new Error(`record ${at} comes twice, or never`);
    records[at] = record;
  };
  const newLine = lineMapper(found.kept);
  for (const { oldRecord, newRecord, records: count } of found.kept) {
    for (let n = 0; n < count; n++) {
      const { fields, line } = old[oldRecord + n]!;
      put(newRecord + n, { fields, line: newLine(line)! });
    }
  }
  let at = 0;
  let linesBefore = headerLines;
  for (const { firstRecord, records: count, firstLine, lines } of found.parts) {
    for (let n = 0; n < count; n++, at++) {
      const { fields, line } = read[at]!;
      put(firstRecord + n, { fields, line: line - linesBefore + firstLine - 1 });
    }
    linesBefore += lines;
  }
  expect(at).toBe(read.length);
  return records;
}

describe('the blocks of a file', () => {
  it('after any edit kept units and parts are the records of the new version, each exactly once, with their lines', async () => {
    await fc.assert(
      fc.asyncProperty(versions, async ({ before, now }) => {
        const [oldFile, newFile] = [fileOf(before), fileOf(now)];
        const old = parseRecords(before);
        const found = await compareFiles(oldFile, newFile);
        expect(await putTogether(newFile, found, old)).toEqual(parseRecords(now));
        const gone = found.vanished.flatMap(({ firstRecord, records }) => rangeOf(firstRecord, records));
        const kept = found.kept.flatMap(({ oldRecord, records }) => rangeOf(oldRecord, records));
        expect([...gone, ...kept].sort((a, b) => a - b)).toEqual(rangeOf(0, old.length));
      }),
      { numRuns },
    );
  });

  it('a table has as many records as csv-parse finds', async () => {
    await fc.assert(
      fc.asyncProperty(versions, async ({ now }) => {
        expect(recordCount(await blocksOf(fileOf(now)))).toBe(parseRecords(now).length);
      }),
      { numRuns },
    );
  });

  it('the same bytes give the same table and fingerprint, whatever is known and however they are read', async () => {
    await fc.assert(
      fc.asyncProperty(versions, fc.integer({ min: 1, max: 2000 }), async ({ before, now }, chunkBytes) => {
        const file = fileOf(now);
        const plainly = await surveyFile(file, null, tiny);
        const known = await blocksOf(fileOf(before));
        expect(await surveyFile(file, known, { ...tiny, chunkBytes })).toEqual(plainly);
        expect(await surveyFile(file, plainly.blocks, tiny)).toEqual(plainly);
      }),
      { numRuns },
    );
  });

  it('nor does it matter where in a file of many regions a known block stands, or how the known version was cut', async () => {
    const lines = Array.from({ length: 400 }, (_, at) => `${at},${'x'.repeat((at * 7919) % 61)}\n`);
    const old = fileOf(`id,note\n${lines.join('')}`);
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 399 }),
        fc.nat({ max: 40 }),
        fc.nat({ max: 40 }),
        fc.constantFrom(
          { ...tiny },
          { ...tiny, minBytes: 2 * tiny.minBytes },
          { ...tiny, regionBytes: 1500 },
          { ...tiny, cutBits: tiny.cutBits + 2 },
        ),
        async (place, removed, added, form) => {
          const now = lines.toSpliced(place, removed, ...lines.slice(0, added).map((line) => `new${line}`));
          const file = fileOf(`id,note\n${now.join('')}`);
          const { blocks } = await surveyFile(old, null, form);
          expect(await surveyFile(file, blocks, tiny)).toEqual(await surveyFile(file, null, tiny));
        },
      ),
      { numRuns },
    );
  });

  it('another byte anywhere gives another fingerprint', async () => {
    await fc.assert(
      fc.asyncProperty(versions, fc.nat(), async ({ now }, at) => {
        const { fingerprint } = await surveyFile(fileOf(now), null, tiny);
        const other = Buffer.from(now);
        other[at % other.length]! ^= 1;
        expect((await surveyFile(fileOf(other), null, tiny)).fingerprint).not.toBe(fingerprint);
      }),
      { numRuns },
    );
  });

  it('the same record twice, one of them gone, keeps one', async () => {
    const unit = Array.from({ length: 40 }, (_, at) => `${at},${'x'.repeat(at)}\n`).join('');
    const file = (times: number): string => fileOf(`id,note\n${unit.repeat(times)}`);
    const found = await compareFiles(file(6), file(5));
    expect(found.records).toBe(200);
    const kept = found.kept.reduce((sum, { records }) => sum + records, 0);
    expect(kept).toBeGreaterThan(100);
    expect(kept + found.vanished.reduce((sum, { records }) => sum + records, 0)).toBe(240);
  });

  it('an insertion at the front leaves nearly all of a file as it is', async () => {
    const rows = Array.from(
      { length: 20_000 },
      (_, at) => `${at},"${(at * 7919) % 10_007}\n${at % 97}"\n`,
    ).join('');
    const form = { ...tiny, regionBytes: 1 << 16 };
    const [old, now] = await Promise.all(
      [`id,note\n${rows}`, `id,note\n-1,"new\n ""one"""\n${rows}`].map((csv) =>
        surveyFile(fileOf(csv), null, form),
      ),
    );
    const found = compareUnits(old!.blocks!, now!.blocks!)!;
    expect(found.records).toBe(20_001);
    expect(found.parts.reduce((sum, { records }) => sum + records, 0)).toBeLessThan(1000);
    expect(found.parts.length).toBeLessThan(15);
  });
});

function rangeOf(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => from + at);
}
