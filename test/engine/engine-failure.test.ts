import { expect, it } from 'vitest';
import { engineFailure } from '../../src/engine/engine-failure.ts';

const codeOf = (message: string): unknown => (engineFailure(new Error(message)) as { code?: string }).code;

it('tells the machine from a bug, in a commit too', () => {
  expect(codeOf('IO Error: Could not write file "w": Input/output error')).toBe('engine-io');
  const commit = 'TransactionContext Error: Failed to commit: ';
  expect(codeOf(`${commit}Checkpoint failed for database "serving": Input/output error`)).toBe('engine-io');
  expect(codeOf(`${commit}Could not write file "w.wal": File too large`)).toBe('engine-io');
  expect(codeOf(`${commit}Could not write all bytes to file: No space left on device`)).toBe(
    'engine-disk-full',
  );
  expect(codeOf(`${commit}write-write conflict on key: "1"`)).toBeUndefined();
  expect(codeOf('Binder Error: Referenced column "x" not found')).toBeUndefined();
});
