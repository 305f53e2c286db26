#!/usr/bin/env node
// Writes a deterministic raw/ in the shapes of the real sources: TMDB v11 (every field quoted, line breaks inside
// overviews), credits with and without ids, and a monthly price index. 1.2 million films are about 550 MB.
//
//   node bench/generate.mjs --root /tmp/big --rows 1200000 --seed 1
//   node bench/generate.mjs --root /tmp/big --rows 1200000 --variant daily    # its next drop
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { countPrices, creditRecord, creditsHeader, priceRecord, pricesHeader } from './generator/credits.mjs';
import { columns, filmRecord, Films } from './generator/film.mjs';
import { variants } from './generator/variants.mjs';

const { values } = parseArgs({
  options: {
    root: { type: 'string' },
    rows: { type: 'string', default: '1200000' },
    credits: { type: 'string' },
    seed: { type: 'string', default: '1' },
    variant: { type: 'string' },
  },
});
const variant = values.variant === undefined ? {} : variants[values.variant];
if (values.root === undefined || variant === undefined) {
  console.error(
    'usage: node bench/generate.mjs --root FOLDER [--rows N] [--credits N] [--seed N] [--variant NAME]\n' +
      `variants: ${Object.keys(variants).join(', ')}`,
  );
  process.exit(2);
}
const rows = Number(values.rows);
const countCredits = Number(values.credits ?? Math.round((rows * 130) / 1200));
const films = new Films(rows, Number(values.seed));
const raw = path.join(values.root, 'raw');

write('movie_metadata', variant.only ? 'corrections.csv' : 'TMDB_movie_dataset_v11.csv', filmRecords());
if (values.variant === undefined) {
  write(
    'genre_cast_director',
    'credits.csv',
    records(creditsHeader, countCredits, (at) => creditRecord(films, at, countCredits)),
  );
  write('cpi', 'CPIAUCSL.csv', records(pricesHeader, countPrices, priceRecord));
}

function* filmRecords() {
  yield `${columns.map((column) => `"${column}"`).join(',')}\n`;
  const { front = 0, back = 0, release, edit, only, most = Infinity } = variant;
  const fresh = (at) => {
    const film = films.facts(rows + at);
    release?.(film);
    return filmRecord(film);
  };
  for (let at = 1; at <= front; at++) yield fresh(at);
  for (let at = 1, count = 0; at <= rows && count < most; at++) {
    const film = films.facts(at);
    if (only) {
      if (!only(film)) continue;
      film.votes += 1;
      film.revenue += 1_000_003;
      count++;
    }
    if (edit?.(film, films) !== false) yield filmRecord(film);
  }
  for (let at = 1; at <= back; at++) yield fresh(front + at);
}

function* records(header, count, record) {
  yield `${header}\n`;
  for (let at = 1; at <= count; at++) yield record(at);
}

/** Streams records to a file, a megabyte at a time, whatever their number. */
function write(source, name, lines) {
  const folder = path.join(raw, source);
  mkdirSync(folder, { recursive: true });
  const file = openSync(path.join(folder, name), 'w');
  let text = '';
  for (const line of lines) {
    text += line;
    if (text.length > 1 << 20) {
      writeSync(file, text);
      text = '';
    }
  }
  writeSync(file, text);
  closeSync(file);
}
