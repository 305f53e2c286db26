import { Random } from './random.mjs';
import * as vocabulary from './vocabulary.mjs';

export const creditsHeader =
  'imdb_id,title,year,runtime,director,stars,genre,imdb_rating,imdb_votes,certificate';

/**
 * The credit record at a place from 1: mostly of films that people vote for, some with an id, some with title and year,
 * some with title and runtime only. Now and then a film has two, whose directors differ.
 */
export function creditRecord(films, place, count) {
  const random = new Random(films.seed ^ 0x5bd1e995, place);
  const share = place / count;
  const film = films.facts(Math.max(1, Math.floor(films.rows * (share < 0.7 ? share * 0.2 : random.next()))));
  const kind = random.next();
  const hasId = kind < 0.5 && film.imdb !== '';
  const hasYear = kind < 0.93 && film.year !== null;
  const stars = Array.from({ length: 1 + random.below(4) }, () => random.favourite(vocabulary.people));
  const director = random.next() < 0.06 ? [random.favourite(vocabulary.people)] : [];
  const directors = [random.favourite(vocabulary.people), ...director];
  return (
    `"${hasId ? film.imdb : ''}","${film.title.replaceAll('"', '""')}","${hasYear ? film.year : ''}","${film.runtime || ''}",` +
    `"${[...new Set(directors)].join(', ')}","${[...new Set(stars)].join(', ')}","${random.pick(vocabulary.genreLists)}",` +
    `"${(1 + random.below(90) / 10).toFixed(1)}","${random.below(3_000_000)}","${random.pick(vocabulary.certificates)}"\n`
  );
}

export const pricesHeader = 'observation_date,CPIAUCSL';
export const countPrices = (2026 - 1913) * 12 + 10;

/** A price index by month since 1913, up to October 2026, with the month that was never published. */
export function priceRecord(place) {
  const month = place - 1;
  const date = `${1913 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01`;
  return `${date},${date === '2025-10-01' ? '' : (9.8 * 1.00258 ** month).toFixed(3)}\n`;
}
