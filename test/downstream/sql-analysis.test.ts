import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analysisFolder, answer, marquee, type Row } from './marquee.ts';
import { writeSmallDrops } from './small-drops.ts';

const roots: string[] = [];

function newRoot(): string {
  const root = mkdtempSync(path.join(tmpdir(), 'marquee-analysis-'));
  roots.push(root);
  return root;
}

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

const questions = [
  '01_genre_by_release_period',
  '02_portfolio_allocation',
  '03_roi_by_director_and_lead_actor',
  '04_budget_efficiency',
];

test('there is one file for each question', () => {
  const files = readdirSync(analysisFolder).filter((name) => name.endsWith('.sql'));
  expect(files.sort()).toEqual(questions.map((name) => `${name}.sql`));
});

describe('on the demo', () => {
  const answers = new Map<string, readonly Row[]>();
  const rowsOf = (index: number): readonly Row[] => answers.get(questions[index] ?? '') ?? [];

  beforeAll(async () => {
    const root = newRoot();
    await marquee(root, 'init', '--demo');
    await marquee(root, 'backfill');
    for (const name of questions) answers.set(name, await answer(root, name));
  });

  test('genres of the release periods: newest first, ranked without gaps, shares at most 100 percent', () => {
    const rows = rowsOf(0);
    expect(rows.length).toBeGreaterThan(40);
    const periods = [...new Set(rows.map((row) => String(row['release_period'])))];
    expect(periods).toEqual(periods.toSorted().reverse());
    for (const period of periods) {
      const own = rows.filter((row) => row['release_period'] === period);
      const revenues = own.map((row) => Number(row['revenue_m']));
      expect(revenues).toEqual(revenues.toSorted((a, b) => b - a));
      expect(sum(own, 'share_pct')).toBeLessThanOrEqual(100.5);
    }
    expect(rows.every((row) => Number(row['count_films_roi']) >= 5)).toBe(true);
    const best = rows.find((row) => row['release_period'] === '2000-2004');
    expect(best).toMatchObject({ genre: 'Adventure', place: 1 });
  });

  test('portfolios: the big studios with several genres each, Unknown last', () => {
    const rows = rowsOf(1);
    const companies = [...new Set(rows.map((row) => String(row['company'])))];
    expect(companies).toEqual(expect.arrayContaining(['Warner Bros.', 'Universal', '20th Century Fox']));
    expect(companies.at(-1)).toBe('Unknown');
    for (const company of companies) {
      const own = rows.filter((row) => row['company'] === company);
      expect(sum(own, 'budget_pct')).toBeLessThanOrEqual(100.5);
      const budgets = own.map((row) => Number(row['budget_m']));
      expect(budgets).toEqual(budgets.toSorted((a, b) => b - a));
    }
  });

  test('directors by return; no lead actors, since the demo names no cast', () => {
    const rows = rowsOf(2);
    expect(rows).toHaveLength(25);
    expect(new Set(rows.map((row) => row['role']))).toEqual(new Set(['director']));
    expect(rows.map((row) => row['place'])).toEqual(rows.map((_, index) => index + 1));
    expect(rows.map((row) => row['person'])).toEqual(
      expect.arrayContaining(['James Cameron', 'Steven Spielberg', 'George Lucas']),
    );
  });

  test('budget efficiency: every tier of the years that the demo knows well, each with its trend', () => {
    const rows = rowsOf(3);
    const tiers = rows.filter((row) => row['release_year'] === 2008).map((row) => row['budget_tier']);
    expect(tiers).toEqual(['micro', 'low', 'mid', 'high', 'blockbuster']);
    expect(rows.every((row) => Number(row['count_films_5y']) >= 10)).toBe(true);
    expect(new Set(rows.map((row) => row['trend']))).toEqual(new Set(['up', 'down', 'steady', null]));
  });
});

describe('on films with cast and companies', () => {
  let root = '';

  beforeAll(async () => {
    root = newRoot();
    writeSmallDrops(root);
    await marquee(root, 'backfill');
  });

  test('genres of the release periods', async () => {
    const cell = { release_period: '2000-2004', count_films: 12, count_films_roi: 12, share_change: null };
    expect(await answer(root, '01_genre_by_release_period')).toMatchObject([
      {
        ...cell,
        genre: 'Drama',
        place: 1,
        revenue_m: 360,
        share_pct: 75,
        roi: 2,
        median_roi: 2,
        hit_pct: 100,
      },
      {
        ...cell,
        genre: 'Action',
        place: 2,
        revenue_m: 120,
        share_pct: 25,
        roi: 0,
        median_roi: 0,
        hit_pct: 0,
      },
    ]);
  });

  test('portfolios: a company needs 20 films, and has only its share of a film', async () => {
    const pair = { company: 'Aurora', count_films: 12, budget_m: 90, budget_pct: 50, industry_pct: 50 };
    expect(await answer(root, '02_portfolio_allocation')).toMatchObject([
      { ...pair, genre: 'Action', profit_m: 0, roi: 0, roi_vs_company: -1, median_roi: 0 },
      { ...pair, genre: 'Drama', profit_m: 180, roi: 2, roi_vs_company: 1, median_roi: 2 },
    ]);
  });

  test('people: a lead actor needs 5 films in which they are billed first', async () => {
    expect(await answer(root, '03_roi_by_director_and_lead_actor')).toMatchObject([
      { role: 'director', place: 1, person: 'Dee Rector', count_films: 12, profit_m: 240, roi: 2 },
      { role: 'director', place: 2, person: 'Di Rector', count_films: 12, profit_m: 0, roi: 0 },
      {
        role: 'lead actor',
        place: 1,
        person: 'Ann Lead',
        count_films: 6,
        profit_m: 120,
        roi: 2,
        median_roi: 2,
      },
      {
        role: 'lead actor',
        place: 2,
        person: 'Cy Third',
        count_films: 14,
        profit_m: 40,
        roi: 0.29,
        median_roi: 0,
      },
    ]);
  });

  test('budget efficiency: a tier shows from its tenth film in five years on', async () => {
    const rows = await answer(root, '04_budget_efficiency');
    expect(rows.map((row) => row['release_year'])).toEqual([2004, 2003, 2002]);
    expect(rows[0]).toMatchObject({
      budget_tier: 'mid',
      count_films: 5,
      budget_m: 50,
      revenue_m: 90,
      multiple: 1.8,
      median_multiple: 1,
      count_films_5y: 24,
      multiple_5y: 2,
      trend: null,
    });
  });
});

function sum(rows: readonly Row[], column: string): number {
  return rows.reduce((total, row) => total + Number(row[column]), 0);
}
