import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { examineSoundness, type Sound, type Unsound } from '../../src/csv/soundness.ts';

const numRuns = process.env['MARQUEE_SOAK'] === undefined ? 3000 : 100_000;
const grammar = { delimiter: ',', columns: 2 };

/** Chunks that pass: all of them in one buffer, which is overwritten by the next. */
function* passing(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  const buffer = Buffer.alloc(bytes.length);
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.min(sizes[turn % sizes.length] ?? 1, bytes.length - at);
    buffer.fill('"');
    bytes.copy(buffer, 0, at, at + size);
    yield buffer.subarray(0, size);
    at += size;
  }
}

function examine(text: string, sizes: readonly number[]): Promise<Sound | Unsound> {
  return examineSoundness(passing(Buffer.from(text), sizes), grammar);
}

describe('the examination of a text', () => {
  const piece = fc.constantFrom(
    'a',
    'bc',
    'film',
    '1',
    ' ',
    '\u3000',
    '\u00a0',
    'é',
    '"',
    '""',
    ',',
    '\n',
    '\r',
  );
  const field = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));
  const tame = field.map((text) => `"${text.replaceAll('"', '""')}"`);
  const line = fc.tuple(fc.oneof(tame, field), fc.oneof(tame, field)).map((fields) => fields.join(','));
  const text = fc.array(fc.oneof({ weight: 4, arbitrary: line }, { weight: 1, arbitrary: field }), {
    maxLength: 12,
  });

  it('comes to the same however the bytes are cut, and though chunks pass', async () => {
    const kinds = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        async (lines, sizes) => {
          const whole = lines.join('\n');
          const expected = await examine(whole, [1_000_000]);
          kinds.add(
            expected.kind === 'sound' ? `sound ${expected.isPadded}` : expected.reason.replace(/\d+/g, 'n'),
          );
          expect(await examine(whole, sizes)).toEqual(expected);
        },
      ),
      { numRuns },
    );
    expect(kinds.size).toBeGreaterThan(4);
  });

  it('looks across the place where two chunks meet', async () => {
    const spaced = 'ab,cd\n1234567890123,\u3000x\n';
    for (let size = 1; size < 40; size++) {
      expect(await examine(spaced, [size]), String(size)).toEqual({
        kind: 'sound',
        records: 2,
        isPadded: true,
      });
      expect(await examine('ab,cd\n"1""234567890123",x\n', [size]), String(size)).toEqual({
        kind: 'sound',
        records: 2,
        isPadded: false,
      });
    }
  });
});
