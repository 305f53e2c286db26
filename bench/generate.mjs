#!/usr/bin/env node
// Writes a deterministic raw/ in the shapes of the real sources: TMDB v11 (quoted, line breaks inside overviews),
// IMDB-5000-like credits and a monthly price index.
//
//   node bench/generate.mjs --root /tmp/big --rows 1200000 --seed 1
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { once } from 'node:events';

const { values } = parseArgs({
  options: {
    root: { type: 'string' },
    rows: { type: 'string', default: '1200000' },
    credits: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
if (values.root === undefined) {
  console.error('usage: node bench/generate.mjs --root FOLDER [--rows N] [--credits N] [--seed N]');
  process.exit(2);
}
const rows = Number(values.rows);
const credits = Number(values.credits ?? Math.min(rows, Math.round(rows / 9)));

/** Mulberry32: small, fast, and the same everywhere. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const words =
  'river night silent golden broken winter last road city heart shadow summer secret lost dream fire blue garden stone paper glass moon dark island letter house mirror storm train wolf king daughter ghost bridge song'.split(
    ' ',
  );
const genres = [
  'Action',
  'Drama',
  'Comedy',
  'Thriller',
  'Science Fiction',
  'Romance',
  'Horror',
  'Documentary',
  'Animation',
  'Crime',
];
const names = 'Ann Bob Cyd Dan Eve Fay Gus Hal Ida Jon Kay Lee Mia Ned Ola Pam Quy Ray Sue Tom'.split(' ');
const surnames =
  'Abel Baker Cohen Diaz Evans Frost Gomez Hayes Ito Jones Kaur Lopez Moore Nolan Ortiz Park Quinn Reyes Silva Tran'.split(
    ' ',
  );

const pick = (next, list) => list[Math.floor(next() * list.length)];
const title = (next) => {
  const count = 1 + Math.floor(next() * 4);
  return Array.from({ length: count }, () => pick(next, words))
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join(' ');
};
const person = (next) => `${pick(next, names)} ${pick(next, surnames)} ${Math.floor(next() * 400)}`;
const sentence = (next, length) => Array.from({ length }, () => pick(next, words)).join(' ');

/** What both files say of film `id`: the same for the same seed, whichever file asks. */
function film(id, seed) {
  const next = random(seed * 7919 + id * 104729);
  const year = next() < 0.02 ? null : 1900 + Math.floor(125 * Math.sqrt(next()));
  const month = 1 + Math.floor(next() * 12);
  const day = 1 + Math.floor(next() * 28);
  const hasMoney = next() < 0.04;
  const budget = hasMoney ? Math.floor(10 ** (5 + next() * 3.3)) : 0;
  const revenue = hasMoney ? Math.floor(budget * next() * 5) : 0;
  return {
    next,
    id,
    title: `${title(next)}${next() < 0.5 ? ` ${id % 1000}` : ''}`,
    date: year === null ? '' : `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`,
    year,
    imdb: next() < 0.55 ? `tt${String(1000000 + id).padStart(7, '0')}` : '',
    runtime: next() < 0.7 ? 60 + Math.floor(next() * 90) : 0,
    budget,
    revenue,
    votes: Math.floor(10 ** (next() * 4)) - 1,
    mark: (next() * 10).toFixed(3),
  };
}

const quote = (value) => `"${String(value).replaceAll('"', '""')}"`;

async function write(file, header, count, line) {
  mkdirSync(path.dirname(file), { recursive: true });
  const out = createWriteStream(file, { highWaterMark: 1 << 20 });
  let text = `${header}\n`;
  for (let at = 1; at <= count; at++) {
    text += line(at);
    if (text.length > 1 << 19) {
      if (!out.write(text)) await once(out, 'drain');
      text = '';
    }
  }
  out.end(text);
  await once(out, 'finish');
}

const seed = Number(values.seed);
const raw = path.join(values.root, 'raw');
const columns =
  'id,title,vote_average,vote_count,status,release_date,revenue,runtime,adult,backdrop_path,budget,homepage,imdb_id,original_language,original_title,overview,popularity,poster_path,tagline,genres,production_companies,production_countries,spoken_languages,keywords';
await write(
  path.join(raw, 'movie_metadata', 'TMDB_movie_dataset_v11.csv'),
  columns.split(',').map(quote).join(','),
  rows,
  (id) => {
    const f = film(id, seed);
    const { next } = f;
    const some = (list, most) =>
      [...new Set(Array.from({ length: Math.floor(next() * (most + 1)) }, () => pick(next, list)))].join(
        ', ',
      );
    const overview =
      sentence(next, 20 + Math.floor(next() * 40)) + (next() < 0.05 ? `\n"${sentence(next, 4)}"` : '');
    const companies = Array.from(
      { length: Math.floor(next() * 3) },
      () => `${pick(next, surnames)} Pictures ${Math.floor(next() * 3000)}`,
    );
    return `${[
      f.id,
      f.title,
      f.mark,
      f.votes,
      'Released',
      f.date,
      f.revenue,
      f.runtime,
      'False',
      '',
      f.budget,
      '',
      f.imdb,
      'en',
      f.title,
      overview,
      (next() * 100).toFixed(3),
      `/${Math.floor(next() * 1e9).toString(36)}.jpg`,
      '',
      some(genres, 3),
      [...new Set(companies)].join(', '),
      next() < 0.5 ? 'United States of America' : '',
      'English',
      some(words, 4),
    ]
      .map(quote)
      .join(',')}\n`;
  },
);
await write(
  path.join(raw, 'genre_cast_director', 'credits.csv'),
  'imdb_id,title,year,runtime,director,stars,genre,votes,certificate',
  credits,
  (at) => {
    const f = film(Math.floor((at * rows) / credits), seed);
    const { next } = f;
    return `${[f.imdb, f.title, f.year ?? '', f.runtime || '', person(next), `${person(next)}, ${person(next)}`, pick(next, genres), f.votes, 'PG'].map(quote).join(',')}\n`;
  },
);
const months = Array.from({ length: 125 * 12 }, (_, at) => at);
await write(path.join(raw, 'cpi', 'CPIAUCSL.csv'), 'observation_date,CPIAUCSL', months.length, (at) => {
  const month = at - 1;
  return `${1900 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01,${(10 * 1.0026 ** month).toFixed(3)}\n`;
});
