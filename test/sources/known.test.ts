import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../src/package-root.ts';
import { parseSource } from '../../src/sources/declaration.ts';

const known = vi.hoisted(() => new Map<string, unknown>());
vi.mock('../../src/known-yaml.ts', () => ({ knownYaml: known }));

const text = readFileSync(path.join(packageRoot, 'sql', 'sources', 'cpi.yaml'), 'utf8');
const label = 'sql/sources/cpi.yaml';

test('a text that the build has read is taken as it was read, and is the same as when it is parsed', () => {
  const parsed = parseSource(text, label, 'cpi');
  known.set(createHash('sha256').update(text).digest('hex'), {
    ...(parse(text, { merge: true }) as object),
    description: 'as the build read it',
  });
  expect(parseSource(text, label, 'cpi')).toEqual({ ...parsed, description: 'as the build read it' });
});

test('it is no other source because its file is called so, and an edited one is parsed', () => {
  expect(() => parseSource(text, 'sql/sources/inflation.yaml', 'inflation')).toThrow(/expected "inflation"/);
  const edited = text.replace(/^description:.*$/m, 'description: edited');
  expect(edited).not.toBe(text);
  expect(parseSource(edited, label, 'cpi').description).toBe('edited');
});
