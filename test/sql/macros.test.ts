import { beforeAll, describe } from 'vitest';
import type { DuckDBConnection } from '@duckdb/node-api';
import { dialectSession, none, reads } from './session.ts';

let session: DuckDBConnection;
const connection = (): DuckDBConnection => session;
beforeAll(async () => {
  session = await dialectSession();
});

const nbsp = '\u00a0';

describe('text', () => {
  reads(connection, 'clean_text(t)', 'squeezes every kind of whitespace and knows blank as null', [
    ['Avatar', 'Avatar'],
    [`Avatar${nbsp}`, 'Avatar'],
    ['  Spider  Man \n 3\t', 'Spider Man 3'],
    ['a\u200bb\u3000c', 'a b c'],
    ['N/A', 'N/A'],
    ...none('', ' ', nbsp, `\t${nbsp}\n`),
  ]);
  reads(connection, 'known(t)', 'knows what publishers write for unknown', [
    ['PG-13', 'PG-13'],
    [' Not  Rated ', 'Not Rated'],
    ['NA', 'NA'],
    ['0', '0'],
    ...none(
      '-',
      '--',
      'N/A',
      'n/a',
      '#N/A',
      '\\N',
      'NaN',
      'nan',
      'NULL',
      'None',
      'Unknown',
      '.',
      '',
      ` -${nbsp}`,
    ),
  ]);
  reads(connection, 'excerpt(t)', 'keeps a message short', [
    ['short', 'short'],
    ['x'.repeat(80), 'x'.repeat(80)],
    ['x'.repeat(81), `${'x'.repeat(80)}…`],
  ]);
});

describe('numbers', () => {
  reads(connection, 'parse_money(t)', 'takes whole US dollars and nothing else', [
    ['1,234', '1234'],
    ['$110,000,000', '110000000'],
    ['5,39,085', '539085'],
    ['19000000.0', '19000000'],
    ['1.5e7', '15000000'],
    ['2.787965e+09', '2787965000'],
    ['2923706026', '2923706026'],
    ['007', '7'],
    [' 7 ', '7'],
    [`${nbsp}$ 1,000${nbsp}`, '1000'],
    ['$5.00', '5'],
    ['1,234.00', '1234'],
    ['USD 5,000', '5000'],
    ['US$ 5,000', '5000'],
    ['5000 USD', '5000'],
    ['999999999999', '999999999999'],
    ...none(
      '0',
      '0.0',
      '$0',
      '0,000',
      '-5',
      '$-100',
      '(100)',
      '1,131.6',
      '1,163.0',
      '1.5',
      '1.2345e2',
      '12,34',
    ),
    ...none(
      '€5',
      '£100',
      '100 EUR',
      '₹ 1,00,000',
      'CAD 5',
      '1000000000000',
      '1e20',
      '1x',
      '1,2x',
      'N/A',
      '-',
      '',
    ),
    ...none('1.234.567', '1 234', '$1.5 million', 'nan', 'inf', '0x10', '1_000', '1e-5'),
  ]);
  reads(connection, 'parse_integer(t)', 'takes whole numbers from 0', [
    ['0', '0'],
    ['34495', '34495'],
    ['1,77,031', '177031'],
    ['18,31,340', '1831340'],
    ['927000.0', '927000'],
    ['00012', '12'],
    ...none('-1', '1.5', '12345678901234', 'x', '', '0x10', '1_000'),
  ]);
  reads(connection, 'parse_number(t)', 'takes decimal numbers with a point', [
    ['8.5', 8.5],
    ['10', 10],
    ['.5', 0.5],
    ['5.', 5],
    ['-1', -1],
    ['1e1', 10],
    ['1,234.5', 1234.5],
    ...none('8,5', '8.5/10', 'nan', 'inf', 'x', '', '1_0', '1,23'),
  ]);
  reads(connection, 'parse_rating(t)', 'takes marks above 0 up to 10', [
    ['8.364', 8.364],
    ['10.0', 10],
    ...none('0', '0.0', '10.1', '85', '-1', 'x', ''),
  ]);
  reads(connection, 'parse_micro(t)', 'is exact, and leaves the sign to be judged', [
    ['319.799', '319799000'],
    ['9.800', '9800000'],
    ['1,319.8', '1319800000'],
    ['0.1', '100000'],
    ['-0.2', '-200000'],
    ['0', '0'],
    ['21', '21000000'],
    ['1234567.8', '1234567800000'],
    ['999999999', '999999999000000'],
    ...none('.', '', 'x', '3.2%', '1e5', 'nan', '12345678901'),
  ]);
  reads(connection, 'parse_minutes(t)', 'reads running times', [
    ['60 min', 60],
    ['1h 55m', 115],
    ['146.0', 146],
    ['2 hr 10 min', 130],
    ['2 hrs. 10 mins.', 130],
    ['2h', 120],
    ['1h55', 115],
    ['115 minutes', 115],
    ['9 Min', 9],
    ...none('0', '0 min', '-5', '90.5', '1:55', 'x', '', 'min', '99999999'),
  ]);
  reads(connection, 'is_zero(t)', 'tells an unknown 0 from a fault', [
    ['0', true],
    ['0.0', true],
    ['$0', true],
    ['USD 0.00', true],
    ['0e0', true],
    ['10', false],
    ['x', false],
    ['', null],
  ]);
});

describe('identity', () => {
  reads(connection, 'parse_imdb_id(t)', 'takes a title id out of an id, a link or a bare number', [
    ['tt0499549', 'tt0499549'],
    ['tt10872600', 'tt10872600'],
    ['TT0499549', 'tt0499549'],
    ['tt499549', 'tt0499549'],
    ['tt00499549', 'tt0499549'],
    ['http://www.imdb.com/title/tt0499549/?ref_=fn_tt_tt_1', 'tt0499549'],
    ['https://m.imdb.com/title/tt10872600', 'tt10872600'],
    [`tt0499549${nbsp}`, 'tt0499549'],
    ['0114709', 'tt0114709'],
    ['499549', 'tt0499549'],
    ...none(
      'nm0000123',
      'tt0000000',
      '0',
      '1234567890',
      'att0499549',
      'tt',
      'N/A',
      '',
      'http://www.imdb.com/',
    ),
  ]);
  reads(connection, 'title_key(t)', 'folds case and accents and keeps every script', [
    ['Amélie', 'amelie'],
    ['AME\u0301LIE', 'amelie'],
    ["Schindler's List", 'schindler s list'],
    ['  Spider-Man:  No Way Home ', 'spider man no way home'],
    ['WALL·E', 'wall e'],
    ['Øre Łódź', 'ore lodz'],
    ['Straße', 'strasse'],
    ['300', '300'],
    ['千と千尋の神隠し', '千と千尋の神隠し'],
    ['Война и мир', 'воина и мир'],
    ['ΣΊΣΥΦΟΣ', 'σισυφοσ'],
    ['Σίσυφος', 'σισυφοσ'],
    ['فيلم', 'فيلم'],
    ['काल', 'काल'],
    ['कल', 'कल'],
    ['が', 'が'],
    ['か\u3099', 'が'],
    ['か', 'か'],
    ...none('', '???', '$', '…', nbsp),
  ]);
  reads(
    connection,
    'without_year(t, 2010)',
    'drops the year that a publisher adds to a title, and no other',
    [
      ['Frozen (2010)', 'Frozen'],
      ['Frozen (2013)', 'Frozen (2013)'],
      ['2010', '2010'],
      ['(2010)', '(2010)'],
    ],
  );
});

describe('genres', () => {
  reads(connection, 'genre_name(t)', 'puts true synonyms under one name, and only these', [
    ['Drama', 'Drama'],
    ['drama', 'Drama'],
    ['ACTION', 'Action'],
    ['Sci-Fi', 'Science Fiction'],
    ['Science-Fiction', 'Science Fiction'],
    ['SciFi', 'Science Fiction'],
    ['science fiction', 'Science Fiction'],
    ['Musical', 'Musical'],
    ['Biography', 'Biography'],
    ['Film-Noir', 'Film Noir'],
    ['Thriller/Suspense', 'Thriller'],
    ['Romantic Comedy', 'Romantic Comedy'],
    ['romantic comedy', 'Romantic Comedy'],
    ['Reality-TV', 'Reality TV'],
    ['TV Movie', 'TV Movie'],
    ['Kung fu', 'Kung fu'],
    ['драма', 'Драма'],
  ]);
  reads(connection, 'parse_genres(t)', 'standardises a list and keeps its order', [
    ['Sci-Fi|Action|Science Fiction', ['Science Fiction', 'Action']],
    ['Action, Comedy, Drama            ', ['Action', 'Comedy', 'Drama']],
    ["[{'id': 878, 'name': 'Sci-Fi'}]", ['Science Fiction']],
    ...none('', '-', '[]'),
  ]);
});
