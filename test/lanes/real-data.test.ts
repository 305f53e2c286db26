import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { usualForm } from '../../src/csv/survey-form.ts';
import { hasRealData, realFile } from '../real/real-data.ts';
import { allLanes, Desk, recordsOnly, type Reading } from './desk.ts';

const isSoak = process.env['MARQUEE_SOAK'] !== undefined;

/** Every real file, as a drop of the source that its folder names, else of films. */
function realFiles(): [name: string, bytes: Buffer][] {
  const sources = ['movie_metadata', 'genre_cast_director', 'cpi'];
  return readdirSync(realFile('.'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.csv'))
    .map((name) => {
      const [folder = ''] = name.split(path.sep);
      const source = sources.includes(folder) ? folder : 'movie_metadata';
      return [`${source}/${name.replaceAll(path.sep, '-')}`, readFileSync(realFile(name))];
    });
}

/** Another version of a file: a few lines at the front gone, a digit changed further on, an end without a line feed. */
function edited(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const lines = text.split('\n');
  const rest = [...lines.slice(0, 1), ...lines.slice(4)].join('\n').replace(/\n$/, '');
  const at = rest.indexOf(',19', Math.floor(rest.length * 0.6));
  return Buffer.from(at < 0 ? rest : `${rest.slice(0, at)},18${rest.slice(at + 3)}`, 'latin1');
}

describe.skipIf(!hasRealData)('every real file', () => {
  let authority: Desk;
  let desk: Desk;
  beforeAll(async () => {
    authority = await Desk.open(recordsOnly);
    desk = await Desk.open({ ...allLanes, form: { ...usualForm, fileBytes: 0 } });
  });
  afterAll(async () => {
    await authority.close();
    await desk.close();
  });

  async function lanesOf(drops: Readonly<Record<string, Buffer>>): Promise<Reading[]> {
    const right = await authority.take(drops);
    const mine = await desk.take(drops);
    for (const [name, { outcome }] of Object.entries(right)) {
      const reading = mine[name]!;
      expect({ name, ...reading.outcome }).toEqual({ name, ...outcome });
      if (reading.lane === 'records') expect(reading.declined).toMatch(/./);
    }
    return Object.values(mine);
  }

  const lanes = (readings: readonly Reading[]): string[] =>
    readings.map(({ lane }) => lane ?? 'refused').sort();

  test('is read alike in all lanes, and so is a version of it that differs a little', async () => {
    const files = realFiles();
    const smaller = files.filter(([, bytes]) => isSoak || bytes.length < 2_000_000);
    const first = lanes(await lanesOf(Object.fromEntries(files)));
    const second = lanes(
      await lanesOf(Object.fromEntries(smaller.map(([name, bytes]) => [name, edited(bytes)]))),
    );
    console.log(`real files: ${first.join(' ')}; edited: ${second.join(' ')}`);
    expect(first).toContain('bulk');
    expect(second).toContain('blocks');
  }, 300_000);
});
