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
  const columns = (list: string): string[] =>
    list.split(',').map((column) => column.trim().replace(' is null', ''));
  const text = withoutComments('matched_films');
  for (const side of ['movies_before', 'movies_after']) {
    const list = text.split(`from ${side}`)[0]?.split('select').at(-1) ?? '';
    expect(columns(list)).toEqual(['movie_key', ...compared]);
  }
  const [, groups = ''] = /group by([^]*?)having/.exec(text) ?? [];
  expect(columns(groups)).toEqual(['movie_key', ...compared]);
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

test('no text by which files are read names a setting: another configuration reads none again', () => {
  const texts = Object.keys(plan.guarded).flatMap((source) =>
    ['stg', 'records', 'cells', 'suspects', 'reject']
      .map((text) => `${text}_${source}`)
      .filter((relation) => library.has(relation)),
  );
  expect(texts).toContain('stg_cpi');
  for (const relation of texts) expect(withoutComments(relation), relation).not.toMatch(/\bsettings\b/);
});
