import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];

afterAll(() => {
  for (const folder of made.splice(0)) {
    if (existsSync(folder)) chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A new, empty folder, removed once the test file is done. */
export function newFolder(name = 'test'): string {
  const folder = mkdtempSync(path.join(tmpdir(), `marquee-${name}-`));
  made.push(folder);
  return folder;
}
