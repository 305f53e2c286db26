import { Random } from './random.mjs';

/**
 * What a later drop looks like, beside the base.
 *
 * title     as tables name it
 * edit      changes a film's facts before its record is written; false leaves the film out
 * front, back   how many new films stand before the first and after the last
 * release   changes a new film's facts
 * only      the drop is another, small file with the films that this takes, told once per film until `most` are found
 */
export const variants = {
  identical: { title: 'not a byte changed' },
  years: { title: '1,000 rows changed in 3 release years', edit: someOfThreeYears },
  front: { title: '1,000 rows of 3 release years inserted at the front', front: 1000, release: inThreeYears },
  frontOfAll: { title: '1,000 rows of all years inserted at the front', front: 1000 },
  small: { title: 'a new file of 1,000 rows in 3 release years', only: isOfThreeYears, most: 1000 },
  scattered: {
    title: '1,000 rows changed anywhere',
    edit: (film, films) => {
      if (evenly(film, films, 1000)) change(film);
    },
  },
  removed: { title: '1,000 rows removed', edit: (film, films) => !evenly(film, films, 1000) },
  touched: { title: 'every row touched, 1 % changed', edit: touch },
  daily: { title: "a day's worth", edit: aDay, back: 300 },
};

const firstYear = 2001;
function isOfThreeYears(film) {
  return film.year !== null && film.year >= firstYear && film.year < firstYear + 3;
}

function inThreeYears(film) {
  film.year = firstYear + (film.id % 3);
  film.date = `${film.year}-0${1 + (film.id % 9)}-15`;
}

/** A share of the films of three years that comes to 1,000 of them, whatever the number of films. */
function someOfThreeYears(film, films) {
  films.changed ??= 0;
  if (isOfThreeYears(film) && films.changed < 1000 && chance(film, 1) < 30_000 / films.rows) {
    films.changed++;
    change(film);
  }
}

/** Whether the film is one of `count` at even distances. */
function evenly(film, films, count) {
  const step = films.rows / count;
  return Math.floor(film.place / step) !== Math.floor((film.place - 1) / step);
}

/** A number of the film that doesn't disturb how the rest of it is made. */
const chance = (film, which) => new Random(film.place, 7919 * which).next();

function change(film) {
  film.votes += 1 + Math.floor(chance(film, 2) * 9);
  if (film.revenue > 0) film.revenue += 1_000_003;
  else if (chance(film, 3) < 0.25) film.revenue = 2_345_678;
}

function touch(film) {
  drift(film);
  if (chance(film, 5) < 0.01) change(film);
}

/** Popularity moves every day, and always by as much as is written of it. */
function drift(film) {
  const before = film.popularity.toFixed(3);
  film.popularity = film.popularity * (0.9 + 0.2 * chance(film, 4)) + 0.01;
  if (film.popularity.toFixed(3) === before) film.popularity += 0.001;
}

/** Popularity of all, votes of a fifth (mostly of those that people watch), money of one in a thousand. */
function aDay(film, films) {
  drift(film);
  const isWatched = film.place < films.rows / 3;
  if (chance(film, 5) < (isWatched ? 0.5 : 0.05))
    film.votes += 1 + Math.floor(chance(film, 2) * film.votes * 0.001);
  if (chance(film, 6) < 0.001) film.revenue += 1_000_003;
}
