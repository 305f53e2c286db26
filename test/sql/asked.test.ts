import { expect, test } from 'vitest';
import { loadSqlLibrary } from '../../src/engine/sql-library.ts';

// What is left alone is told by comparing columns: these must be all that the model behind looks at.
const library = loadSqlLibrary();
const { plan } = library;

function withoutComments(relation: string): string {
  return library.text(relation).replaceAll(/--.*$/gm, '');
}

test('matched_films compares all that movie_credits asks of a film', () => {
  const asked = [...withoutComments('movie_credits').matchAll(/\bm\.(\w+)/g)].map((match) => match[1]);
  const compared = plan.changed['movies'] ?? [];
  expect(new Set(asked)).toEqual(new Set(['movie_key', ...compared]));
  for (const side of ['movies_before', 'movies_after']) {
    const [before = ''] = withoutComments('matched_films').split(`from ${side}`);
    const list = before.split('select').at(-1) ?? '';
    for (const column of compared) expect(list).toMatch(new RegExp(`\\b${column}\\b`));
    const [, groups = ''] = /group by([^]*?)having/.exec(withoutComments('matched_films')) ?? [];
    const names = (columns: string): string[] =>
      columns.split(',').map((column) => column.trim().split(/\s/).at(-1) ?? '');
    expect(names(groups)).toEqual(names(list));
  }
});

test('reidentified compares all that movie_identity asks of a record', () => {
  const [, list = ''] =
    /with records as \(\s*select([^;]*?)from stg_movie_metadata\b/.exec(withoutComments('movie_identity')) ??
    [];
  expect(withoutComments('movie_identity').match(/\bstg_movie_metadata\b/g)).toHaveLength(1);
  const compared = plan.changed['movie_metadata'] ?? [];
  const asked = list.match(/\b(?!as\b|cast\b|string\b|title_year\b)[a-z_]+\b/g);
  expect(new Set(asked)).toEqual(new Set(['file_id', 'record_key', ...compared]));
  const [, groups = ''] = /group by (.*)/.exec(withoutComments('reidentified')) ?? [];
  expect(groups.split(', ')).toEqual(['file_id', 'record_key', ...compared]);
});
