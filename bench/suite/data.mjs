import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { benchFolder, clone, filmFile } from './places.mjs';

const generate = path.join(clone, 'bench', 'generate.mjs');

/**
 * The generated files of so many films, made once: `original` is a root with all three sources, `drop(variant)` the
 * file that comes next. They stand in a folder named after the generator's own text too, so that no stale ones are used.
 */
export function dataOf(rows, seed) {
  const folder = path.join(benchFolder, `films-${rows}-${seed}-${generatorHash()}`);
  return {
    folder,
    original: made(path.join(folder, 'original'), rows, seed),
    drop(variant, file = filmFile) {
      return path.join(made(path.join(folder, variant), rows, seed, variant), file);
    },
  };
}

/** Generates into a folder beside and renames it, so that a half-made one is never taken for whole. */
function made(folder, rows, seed, variant) {
  if (existsSync(folder)) return folder;
  console.error(`generating ${rows.toLocaleString('en')} films: ${variant ?? 'original'}`);
  const half = `${folder}.part`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true });
  const args = [generate, '--root', half, '--rows', String(rows), '--seed', String(seed)];
  execFileSync(process.execPath, variant === undefined ? args : [...args, '--variant', variant]);
  renameSync(half, folder);
  return folder;
}

function generatorHash() {
  const hash = createHash('sha256').update(readFileSync(generate));
  const folder = path.join(clone, 'bench', 'generator');
  for (const name of readdirSync(folder).sort()) hash.update(readFileSync(path.join(folder, name)));
  return hash.digest('hex').slice(0, 8);
}
