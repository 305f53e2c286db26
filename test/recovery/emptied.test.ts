import { renameSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readState } from '../../src/state-reader.ts';
import { edited, Root } from './root.ts';

// Several backfills each, a second or more on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const films = 'movie_metadata/films.csv';
const cpi = 'cpi/cpi.csv';
let root: Root;

beforeEach(async () => {
  root = new Root();
  await root.backfill();
});
afterEach(() => root.dispose());

/** How many films are published. */
async function published(): Promise<number> {
  return (await root.published()).filter((row) => row.startsWith('movies_enriched ')).length;
}

/** Renames a file of raw/. */
function rename(from: string, to: string): void {
  renameSync(path.join(root.folder, 'raw', from), path.join(root.folder, 'raw', to));
}

/** 60 months of prices, all of them `level`. */
function prices(level: number, months = 60): string {
  const month = (at: number): string =>
    `${2000 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
  return `DATE,CPIAUCSL\n${Array.from({ length: months }, (_, at) => `${month(at)}-01,${level}\n`).join('')}`;
}

describe('a source whose last file goes', () => {
  test('is held though a page came in place of its successor', async () => {
    root.remove(films);
    root.write('movie_metadata/download.csv', '<html><body>429</body></html>\n');
    await root.backfill();
    expect(root.held()).toEqual([films]);
    expect(await published()).toBe(60);
    expect(await root.verified()).toEqual([]);
  });

  test('is let go once another file of it is there, in whatever order that is seen', async () => {
    root.remove(films);
    await root.backfill();
    expect(root.held()).toEqual([films]);
    root.write(
      'movie_metadata/0_corrected.csv',
      'tmdb_id,title,release_date,revenue\n1,Film 1,2001-01-01,7\n',
    );
    await root.backfill();
    expect(root.held()).toEqual([]);
    expect(await published()).toBe(1);
    expect(await root.verified()).toEqual([]);
  });

  test('is held on where what comes after it can not be taken', async () => {
    root.remove(films);
    await root.backfill();
    root.write('movie_metadata/download.csv', '<html><body>429</body></html>\n');
    await root.backfill();
    expect(root.held()).toEqual([films]);
    expect(await published()).toBe(60);
  });

  test('is a move where its bytes come back under another name', async () => {
    rename(films, '../films.csv');
    await root.backfill();
    expect(root.held()).toEqual([films]);
    rename('../films.csv', 'movie_metadata/moved.csv');
    await root.backfill();
    expect(root.held()).toEqual([]);
    expect(
      readState(root.folder, (state) =>
        state.fileStates().flatMap(({ file, inForce }) => (inForce === null ? [] : [file.path])),
      ),
    ).not.toContain(films);
    expect(await published()).toBe(60);
  });
});

describe('files that are read again, by other rules,', () => {
  const library = edited('records_movie_metadata', 'where ', "where r.title = 'nobody' or ");

  test.each([
    ['cut off', () => root.writeFilms(20)],
    ['gone', () => root.remove(films)],
    ['no table any more', () => root.write(films, '<html><body>429</body></html>\n')],
  ])('leave in force what is %s in raw/ by then', async (_, change) => {
    change();
    await root.backfill({ library });
    expect(await published()).toBe(60);
    expect(await root.verified(null, library)).toEqual([]);
    expect(
      readState(root.folder, (state) => state.fileStates().filter(({ unaccepted }) => unaccepted !== null)),
    ).toHaveLength(1);
    await root.backfill();
    expect(await published()).toBe(60);
  });

  test('reject a version that was kept, and hold on what was held', async () => {
    root.configure('guard: { min_rows: 50 }\n');
    root.write(cpi, prices(100));
    await root.backfill();
    root.write(cpi, prices(100, 30));
    await root.backfill();
    expect(root.held()).toEqual([cpi]);
    const strict = edited('reject_cpi', 'value_micro >= 10000000000', 'value_micro >= 100000000');
    const { results } = await root.backfill({ library: strict });
    const account = results.flatMap(({ accounts }) => accounts).find(({ file }) => file.path === cpi);
    expect(account).toMatchObject({ status: 'rejected', deleted: 60 });
    expect(account?.reason?.message).toContain('the version of it that was kept');
    expect(root.held()).toEqual([cpi]);
    await root.backfill({ library: strict });
    expect(root.held()).toEqual([cpi]);
  });

  test('count what goes where the bytes in force are rejected', async () => {
    root.write(cpi, prices(100));
    await root.backfill();
    const strict = edited('reject_cpi', 'value_micro >= 10000000000', 'value_micro >= 100000000');
    const { results } = await root.backfill({ library: strict });
    const receipts = results.flatMap(({ receipt }) => (receipt === null ? [] : [receipt]));
    expect(receipts.at(-1)?.files.find(({ file }) => file.path === cpi)).toMatchObject({
      status: 'rejected',
      deleted: 60,
    });
  });
});
