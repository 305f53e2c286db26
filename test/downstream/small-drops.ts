import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Writes drops that know what the demo doesn't (cast, several companies a film), small enough to reckon by hand.
 *
 * 24 films of 2000 to 2004, each with a budget of 10 million. 1 to 12 are dramas by Dee Rector that take 30 million,
 * 13 to 24 action films by Di Rector that take 10. Ann Lead leads 1 to 6, Bob Second 7 to 10, Cy Third the others.
 * Aurora makes them all, every odd one together with Borealis. Prices stand still, so real dollars are nominal ones.
 */
export function writeSmallDrops(root: string): void {
  const films = Array.from({ length: 24 }, (_, index) => film(index + 1));
  const header =
    'id,title,release_date,budget,revenue,genres,directors,cast,production_companies,vote_average,vote_count';
  drop(root, 'movie_metadata/films.csv', [header, ...films]);
  drop(root, 'cpi/prices.csv', ['observation_date,CPIAUCSL', ...months().map((month) => `${month},100.0`)]);
}

function film(number: number): string {
  const isDrama = number <= 12;
  const cast = number <= 6 ? '"Ann Lead, Bob Second"' : number <= 10 ? '"Bob Second, Ann Lead"' : 'Cy Third';
  return [
    number,
    `Film ${number}`,
    `${2000 + (number % 5)}-06-15`,
    10_000_000,
    isDrama ? 30_000_000 : 10_000_000,
    isDrama ? 'Drama' : 'Action',
    isDrama ? 'Dee Rector' : 'Di Rector',
    cast,
    number % 2 === 0 ? 'Aurora' : '"Aurora, Borealis"',
    7,
    100,
  ].join(',');
}

function months(): string[] {
  const years = [2000, 2001, 2002, 2003, 2004];
  return years.flatMap((year) =>
    Array.from({ length: 12 }, (_, month) => `${year}-${String(month + 1).padStart(2, '0')}-01`),
  );
}

function drop(root: string, name: string, lines: readonly string[]): void {
  const file = path.join(root, 'raw', name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`);
}
