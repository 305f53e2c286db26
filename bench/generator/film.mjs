import { Random } from './random.mjs';
import * as vocabulary from './vocabulary.mjs';

/** The film file's header: TMDB v11. */
export const columns =
  'id,title,vote_average,vote_count,status,release_date,revenue,runtime,adult,backdrop_path,budget,homepage,imdb_id,original_language,original_title,overview,popularity,poster_path,tagline,genres,production_companies,production_countries,spoken_languages,keywords'.split(
    ',',
  );

const two = (number) => (number < 10 ? `0${number}` : String(number));

/**
 * A world of films: as many as `rows`, told by their place in the file, which is sorted by votes as the real one is.
 *
 * Ids are scattered over about 1.15 times as many numbers, without repetition.
 */
export class Films {
  constructor(rows, seed) {
    this.rows = rows;
    this.seed = seed;
    this.ids = primeFrom(Math.ceil(rows * 1.15) + 7);
  }

  /** What both files say of the film at a place from 1; beyond `rows` stand films that no file has yet. */
  facts(place) {
    const { rows, seed, ids } = this;
    const random = new Random(seed, place);
    const isNew = place > rows;
    const rank = isNew ? 1 : place / rows;
    const year = random.next() < 0.08 ? null : 1902 + Math.floor(125 * random.next() ** 0.4);
    const hasMoney = random.next() < (rank < 0.05 ? 0.5 : 0.02);
    const budget = hasMoney && random.next() < 0.8 ? Math.floor(10 ** (4 + random.next() * 4.3)) : 0;
    const revenue =
      hasMoney && random.next() < 0.7 ? Math.floor((budget || 1e6) * random.next() ** 2 * 6) : 0;
    const hasImdbId = random.next() < 0.55;
    const id = isNew ? ids + place - rows : 1 + ((place * 611_953) % ids);
    return {
      random,
      place,
      id,
      title: title(random, id),
      date: year === null ? '' : `${year}-${two(1 + random.below(12))}-${two(1 + random.below(28))}`,
      year,
      imdb: hasImdbId ? `tt${String(100_000 + id).padStart(7, '0')}` : '',
      runtime: random.next() < 0.7 ? 60 + random.below(90) : 0,
      budget,
      revenue,
      votes: isNew ? 0 : Math.floor(35_000 * (1 + rank * 2500) ** -1.55 * (0.5 + random.next())),
      mark: random.next() * 9 + 1,
      language: random.next() ** 2 * vocabulary.languages.length,
      popularity: 0.6 + 80 * (1 - rank) ** 8 * random.next(),
    };
  }
}

/** The record of a film as the TMDB file has it, every field quoted, with line breaks and quotes inside overviews. */
export function filmRecord(film) {
  const { random } = film;
  const language = Math.floor(film.language);
  const title = film.title.replaceAll('"', '""');
  const isForeign = language > 0 && random.next() < 0.5;
  const original = isForeign ? `${random.pick(vocabulary.foreign)} ${title}` : title;
  const hasPicture = random.next() < 0.7;
  const picture = hasPicture
    ? `/${random.below(0x7fffffff).toString(36)}${random.below(0x7fffffff).toString(36)}.jpg`
    : '';
  return (
    `"${film.id}","${title}","${film.votes === 0 ? '0' : film.mark.toFixed(3)}","${film.votes}","${random.pick(vocabulary.statuses)}","${film.date}",` +
    `"${film.revenue}","${film.runtime}","False","${hasPicture ? `/b${picture.slice(1)}` : ''}","${film.budget}",` +
    `"${random.next() < 0.1 ? `https://films.example/${film.id}` : ''}","${film.imdb}","${vocabulary.languages[language]}","${original}","${overview(random)}",` +
    `"${film.popularity.toFixed(3)}","${picture}","${random.next() < 0.14 ? random.pick(vocabulary.taglines) : ''}","${random.next() < 0.6 ? random.pick(vocabulary.genreLists) : ''}",` +
    `"${companies(random)}","${random.next() < 0.58 ? random.pick(vocabulary.countryLists) : ''}","${vocabulary.spoken[language]}","${random.next() < 0.28 ? random.pick(vocabulary.keywordLists) : ''}"\n`
  );
}

/** Most titles are those of one film; some are shared by several, as everywhere. */
function title(random, id) {
  const plain = random.pick(vocabulary.titles);
  const kind = random.next();
  if (kind < 0.04) return `${random.pick(vocabulary.foreign)} ${plain}`;
  if (kind < 0.05) return `The "${plain}"`;
  if (kind < 0.35) return `${plain} ${1 + (id % 97)}`;
  return kind < 0.85 ? `${random.pick(vocabulary.titleWords)} ${plain}` : plain;
}

function overview(random) {
  if (random.next() < 0.18) return '';
  let text = random.pick(vocabulary.sentences);
  for (let more = random.below(7); more > 0; more--) text += ` ${random.pick(vocabulary.sentences)}`;
  const kind = random.next();
  if (kind < 0.05) text += `\n\n${random.pick(vocabulary.sentences)}`;
  else if (kind < 0.08) text += ` ""${random.pick(vocabulary.sentences)}""`;
  return text;
}

function companies(random) {
  if (random.next() < 0.54) return '';
  const first = random.favourite(vocabulary.companies);
  const second = random.next() < 0.35 ? random.favourite(vocabulary.companies) : first;
  return second === first ? first : `${first}, ${second}`;
}

function primeFrom(number) {
  for (let candidate = number; ; candidate++) {
    let isPrime = candidate % 2 !== 0;
    for (let divisor = 3; isPrime && divisor * divisor <= candidate; divisor += 2)
      isPrime = candidate % divisor !== 0;
    if (isPrime) return candidate;
  }
}
