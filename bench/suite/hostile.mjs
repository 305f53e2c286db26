import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Films, columns, filmRecord } from '../generator/film.mjs';
import { filmFile } from './places.mjs';

const header = `${columns.map((column) => `"${column}"`).join(',')}\n`;
const countFilms = 1000;

/**
 * Inputs that are hard on memory, each as `write(root)`, which makes its raw/ anew.
 *
 * `accepted` are the exit codes that a backfill of it may end with: 3 where the file is rejected, as it may be.
 */
export const hostile = [
  {
    name: 'wide-field',
    title: 'a field of 100 MB (overview, which no model uses)',
    accepted: [0, 3],
    write: (root) => withGiant(root, 'overview'),
  },
  {
    name: 'wide-title',
    title: 'a field of 100 MB (title)',
    accepted: [0, 3],
    write: (root) => withGiant(root, 'title'),
  },
  {
    name: 'wide-row',
    title: 'a row with 10,000 columns among 1,000 others',
    accepted: [0, 3],
    write: (root) => {
      const wide = `"9999999"${',"x"'.repeat(9999)}\n`;
      writeFilms(root, [header, ...filmsOf(countFilms), wide]);
    },
  },
  {
    name: 'wide-file',
    title: '1,000 rows of 10,000 columns (59 MB)',
    accepted: [0, 3],
    write: (root) => {
      const names = Array.from({ length: 10_000 - columns.length }, (_, at) => `,"extra_${at}"`).join('');
      const cells = ',"value"'.repeat(10_000 - columns.length);
      const widened = filmsOf(countFilms).map((record) => `${record.slice(0, -1)}${cells}\n`);
      writeFilms(root, [`${header.slice(0, -1)}${names}\n`, ...widened]);
    },
  },
  {
    name: 'many-files',
    title: '10,000 files of one film each',
    accepted: [0],
    write: (root) => {
      const folder = empty(root);
      filmsOf(10_000).forEach((record, at) => {
        writeFileSync(path.join(folder, `drop-${String(at).padStart(5, '0')}.csv`), header + record);
      });
    },
  },
];

/** 12 M films, 5.5 GB: streamed by the generator itself, since it takes minutes; opt-in. */
export const hugeRows = 12_000_000;

function filmsOf(count) {
  const films = new Films(count, 1);
  return Array.from({ length: count }, (_, at) => filmRecord(films.facts(at + 1)));
}

/** A thousand films, one of which has a hundred million characters in a column. */
function withGiant(root, column) {
  const before = columns.indexOf(column) - 1;
  const rest = columns.length - before - 2;
  const giant = `"9999999"${',""'.repeat(before)},"${'lorem ipsum '.repeat(100_000_000 / 12)}"${',""'.repeat(rest)}\n`;
  const all = filmsOf(countFilms);
  writeFilms(root, [header, ...all.slice(0, 500), giant, ...all.slice(500)]);
}

function writeFilms(root, texts) {
  empty(root);
  const file = openSync(path.join(root.folder, filmFile), 'w');
  for (const text of texts) writeSync(file, text);
  closeSync(file);
}

/** A root with credits and prices, but without films or stores. */
function empty(root) {
  root.start();
  const folder = path.join(root.folder, path.dirname(filmFile));
  rmSync(path.join(root.folder, filmFile));
  return folder;
}
