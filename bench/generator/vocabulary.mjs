import { Random } from './random.mjs';

const words = (text) => text.split(/\s+/);
const capitalized = (word) => word[0].toUpperCase() + word.slice(1);

const nouns =
  words(`river night heart shadow summer secret dream fire garden stone paper glass moon island letter house
  mirror storm train wolf king daughter ghost bridge song harbour winter road city mountain widow soldier orchard clock
  window desert machine planet carnival lantern engine forest signal border circus valley captain witness stranger`);
const adjectives =
  words(`silent golden broken last lost blue dark wild hidden distant burning frozen secret empty strange
  crooked hollow scarlet gentle restless northern final second paper quiet savage velvet modern bitter lonely`);
const verbs = words('finds loses follows betrays remembers saves leaves fears hunts forgives');
export const titleWords = [...nouns, ...adjectives].map(capitalized);

const firstNames =
  words(`Ann Bob Cyd Dan Eve Fay Gus Hal Ida Jon Kay Lee Mia Ned Ola Pam Quy Ray Sue Tom Ugo Val Wes Xia Yan
  Zoe Abe Bea Cal Dee Eli Flo Gil Hue Ira Joy Ken Liv Max Nia`);
const surnames =
  words(`Abel Baker Cohen Diaz Evans Frost Gomez Hayes Ito Jones Kaur Lopez Moore Nolan Ortiz Park Quinn Reyes
  Silva Tran Ueda Vega Wolfe Xu Young Zeman Adler Brandt Castro Dubois Egan Fontaine Grant Holm Iversen Jansen Keller
  Lindqvist Marsh Novak`);
const letters = [...'ABCDEFGHIJKLMNOPRSTVW'];

/** 33,600 people, 4,000 companies: each list as long as its kind is in the real file, roughly. */
export const people = firstNames.flatMap((first) =>
  surnames.flatMap((last) => letters.map((letter) => `${first} ${letter}. ${last}`)),
);
export const companies = ['Pictures', 'Films', 'Studios', 'Entertainment', 'Productions'].flatMap((kind) =>
  surnames.flatMap((name) =>
    words(
      'North South East West Old New Grand First Royal Star Sun Moon Blue Red Silver Gold True Free High Lone',
    ).map((which) => `${which} ${name} ${kind}`),
  ),
);
export const genres = words(
  'Drama Documentary Comedy Animation Horror Romance Music Thriller Action Crime',
).concat([
  'Family',
  'TV Movie',
  'Adventure',
  'Fantasy',
  'Mystery',
  'History',
  'Science Fiction',
  'War',
  'Western',
]);
export const countries = [
  'United States of America',
  'France',
  'Japan',
  'Germany',
  'United Kingdom',
  'India',
  'Brazil',
];
export const languages = ['en', 'fr', 'ja', 'es', 'de', 'pt', 'zh', 'it', 'ru', 'ko'];
export const spoken = [
  'English',
  'French',
  'Japanese',
  'Spanish',
  'German',
  'Portuguese',
  'Mandarin',
  'Italian',
  'Russian',
  'Korean',
];
export const statuses = [
  'Released',
  'Released',
  'Released',
  'Released',
  'Released',
  'Released',
  'Released',
  'In Production',
  'Post Production',
  'Planned',
  'Rumored',
];
export const certificates = ['R', 'PG-13', 'PG', 'Not Rated', 'G'];

/** What stands before or after a title that is not English: accents, and scripts that case folding and trimming meet. */
export const foreign = [
  'El corazón de',
  'Le rêve',
  'Die Brücke über',
  'São',
  'Česká',
  'Река',
  'Тихий',
  'Η θάλασσα',
  '夜の',
  '黄金',
  '서울의',
  'ليلة',
];

const pool = new Random(42, 0);
const list = (count, make) => Array.from({ length: count }, make);
const several = (from, most) =>
  [...new Set(list(1 + pool.below(most), () => pool.favourite(from)))].join(', ');

/** Sentences and lists are put together once: to make a film is to pick some. */
export const sentences = list(4000, () => {
  const [a, b, c] = [pool.pick(nouns), pool.pick(nouns), pool.pick(adjectives)];
  const middle = list(pool.below(5), () => pool.pick(nouns)).join(', ');
  return `${capitalized(pool.pick(adjectives))} ${a} ${pool.pick(verbs)} the ${c} ${b}${middle === '' ? '' : `, between ${middle}`}.`;
});
export const titles = list(60_000, () =>
  list(1 + pool.below(3) + pool.below(2), () => pool.pick(titleWords)).join(' '),
);
export const genreLists = list(600, () => several(genres, 3));
export const countryLists = list(60, () => several(countries, 2));
export const keywordLists = list(3000, () => several(nouns, 6));
export const taglines = list(500, () => `${pool.pick(sentences)}`);
