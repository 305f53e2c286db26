import { beforeAll, describe, expect, it } from 'vitest';
import type { DuckDBConnection } from '@duckdb/node-api';
import { dialectSession, evaluate, none, reads } from './session.ts';

let session: DuckDBConnection;
const connection = (): DuckDBConnection => session;
beforeAll(async () => {
  session = await dialectSession();
});

describe('years', () => {
  reads(connection, 'parse_year(t)', 'finds the first plausible year', [
    ['2009', 2009],
    ['(2022)', 2022],
    ['(2018– )', 2018],
    ['(I) (2019)', 2019],
    ['(2011-2019)', 2011],
    ['2009.0', 2009],
    ['2009,', 2009],
    [' 2009 ', 2009],
    ['12/18/2009', 2009],
    ['Dec 18, 2009', 2009],
    ['November 1980 (Japan)', 1980],
    ['1870', 1870],
    ['2099', 2099],
    ...none('1869', '2100', '0', '20091', '2009.5', '1,995', 'abc', '', '-', '09'),
  ]);
});

describe('dates', () => {
  reads(connection, "parse_date(t, 'ymd', null)", 'reads what can mean one day only', [
    ['2009-12-18', '2009-12-18'],
    ['2009-1-5', '2009-01-05'],
    ['2009/12/18', '2009-12-18'],
    ['20091218', '2009-12-18'],
    ['2009-12-18T10:00:00Z', '2009-12-18'],
    ['2009-12-18 00:00:00', '2009-12-18'],
    ['Dec 18, 2009', '2009-12-18'],
    ['Jun 12 1998', '1998-06-12'],
    ['Sept. 3rd, 2001', '2001-09-03'],
    ['13 June 1980', '1980-06-13'],
    ['13-Jun-80', '1980-06-13'],
    ['Friday, June 13, 1980', '1980-06-13'],
    ['June 13, 1980 (United States)', '1980-06-13'],
    [' June  13, 1980\u00a0', '1980-06-13'],
    ['25/12/2009', '2009-12-25'],
    ['12/25/2009', '2009-12-25'],
    ['5/5/2005', '2005-05-05'],
    ['2000-02-29', '2000-02-29'],
    ...none('11/12/2009', '12/25/09', '6/9/15', '2009-02-30', 'Feb 30, 2009', '1900-02-29', '31/31/2009'),
    ...none('2009', 'June 1980', '1981 (Japan)', 'x', '', '-', '0', '0000-00-00', 'Junk 5, 2001'),
    ...none('1500-01-01', '2115-11-18'),
  ]);
  reads(connection, "parse_date(t, 'mdy', null)", 'puts the month first where that is declared', [
    ['6/9/15', '2015-06-09'],
    ['12/25/09', '2009-12-25'],
    ['11/12/2009', '2009-11-12'],
    ['11-12-2009', '2009-11-12'],
    ['1/1/2005 12:00 AM', '2005-01-01'],
    ['2009-12-18', '2009-12-18'],
    ...none('25/12/2009', '13/13/09'),
  ]);
  reads(connection, "parse_date(t, 'dmy', null)", 'puts the day first where that is declared', [
    ['6/9/15', '2015-09-06'],
    ['25.12.2009', '2009-12-25'],
    ['11/12/2009', '2009-12-11'],
    ...none('12/25/09'),
  ]);
  reads(
    connection,
    "parse_date(t, 'mdy', cast(null as int))",
    'never takes a shortened year beyond next year',
    [
      ['1/1/27', '2027-01-01'],
      ['1/1/28', '1928-01-01'],
      ['11/15/66', '1966-11-15'],
      ['Dec 31 2046', '1946-12-31'],
      ['Aug 12 2027', '2027-08-12'],
      ['12/31/2046', '1946-12-31'],
    ],
  );
  reads(connection, "parse_date(t, 'ymd', cast(null as int))", 'keeps ISO dates of films to come', [
    ['2031-12-19', '2031-12-19'],
    ['2099-01-01', '2099-01-01'],
  ]);
  reads(connection, "parse_date(t, 'mdy', 1925)", 'lets a release year decide the century', [
    ['12/30/25', '1925-12-30'],
    ['1/1/26', '1926-01-01'],
    ['Dec 31 2046', '1946-12-31'],
    ['2029-05-01', '1929-05-01'],
    ['Dec 30 2025', '2025-12-30'],
  ]);
  reads(connection, "parse_date(t, 'mdy', 2031)", 'leaves a year to come where the release year says so', [
    ['Dec 19, 2031', '2031-12-19'],
    ['12/19/31', '2031-12-19'],
  ]);
  it('takes an undeclared order for year, month, day', async () => {
    const texts = ['2009-12-18', '25/12/2009', '11/12/2009'];
    expect(await evaluate(connection(), 'parse_date(t, null, null)', texts)).toEqual([
      '2009-12-18',
      '2009-12-25',
      null,
    ]);
  });
  reads(connection, 'is_date_without_day(t)', 'tells a coarse date from a broken one', [
    ['1981 (Japan)', true],
    ['November 1980 (United Kingdom)', true],
    ['2009', true],
    ['2009.0', true],
    ['1980-06', true],
    ['June 31, 1980', false],
    ['12/2009/12', false],
    ['', null],
  ]);
});

describe('months of a price index', () => {
  reads(connection, "parse_month(t, 'mdy')", 'reads months and days of months', [
    ['2020-01', '2020-01-01'],
    ['2020-01-15', '2020-01-01'],
    ['2020M01', '2020-01-01'],
    ['202001', '2020-01-01'],
    ['1/1/2020', '2020-01-01'],
    ['2/1/2020', '2020-02-01'],
    ['Jan 2020', '2020-01-01'],
    ['January 2020', '2020-01-01'],
    ['2020 Jan', '2020-01-01'],
    ['01/2020', '2020-01-01'],
    ['1913-01-01', '1913-01-01'],
    ...none('2020-13', '2020-00', '13/2020', '2020', 'x', ''),
  ]);
  reads(connection, "parse_month(t, 'dmy')", 'follows the declared order', [['02-01-1913', '1913-01-01']]);
});
