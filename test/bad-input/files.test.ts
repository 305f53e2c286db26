import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CliResult } from '../cli/run-cli.ts';
import { Drops, good, stackOrBug } from './drops.ts';

const header = 'tmdb_id,title,release_date,budget,genres\n';

/** Path below raw/ -> content, and what the message has to say. */
const bad: Readonly<Record<string, { content: string | Buffer; says: RegExp; next: RegExp }>> = {
  'movie_metadata/empty.csv': {
    content: '',
    says: /empty.csv: the file is empty, expected a line of column/,
    next: /drop the whole/,
  },
  'movie_metadata/blank.csv': {
    content: '\n \n\r\n',
    says: /blank.csv: /,
    next: /drop the whole file again/,
  },
  'movie_metadata/binary.csv': {
    content: Buffer.concat([Buffer.from(header), randomBytes(5000)]),
    says: /binary.csv: got binary data/,
    next: /CSV text/,
  },
  'movie_metadata/workbook.csv': {
    content: Buffer.from('PK\x03\x04..[Content_Types].xml', 'latin1'),
    says: /got an Excel workbook/,
    next: /export it as CSV/,
  },
  'movie_metadata/columns.csv': {
    content: 'tmdb_id,heading,budget\n1,A,5\n',
    says: /columns.csv:1: there is no title.*got the header "tmdb_id,heading,budget"/,
    next: /name the missing column/,
  },
  'movie_metadata/data.csv': {
    content: '7,2001,100\n8,2002,200\n',
    says: /data.csv:1: the first line looks like data/,
    next: /add a first line/,
  },
  'movie_metadata/quote.csv': {
    content: `${header}3,"Gamma,2000-01-01,5,Drama\n`,
    says: /quote.csv:2: the file ends inside quotes/,
    next: /drop the whole file again/,
  },
  'cpi/changes.csv': {
    content: 'DATE,CPIAUCSL\n2000-01-01,0.3\n2000-02-01,-0.1\n',
    says: /raw\/cpi\/changes.csv: no price index: got "-0.1"/,
    next: /expected contents/,
  },
  'cpi/unit.csv': {
    content: 'DATE,CPIAUCSL_PC1\n2000-01-01,3.1\n',
    says: /unit.csv:1: got the header/,
    next: /./,
  },
};

describe('a drop of everything that is no CSV of ours, beside good files', () => {
  const drops = new Drops();
  let first: CliResult;

  beforeAll(async () => {
    for (const [name, { content }] of Object.entries(bad)) drops.write(name, content);
    mkdirSync(drops.at('movie_metadata/folder.csv'));
    symlinkSync('nowhere', drops.at('movie_metadata/broken.csv'));
    symlinkSync('loop.csv', drops.at('movie_metadata/loop.csv'));
    symlinkSync('/dev/zero', drops.at('movie_metadata/device.csv'));
    first = await drops.marquee('backfill');
  });
  afterAll(() => drops.dispose());

  const rejected = [
    ...Object.entries(bad).map(([name, { says, next }]) => [name, says, next] as const),
    [
      'movie_metadata/folder.csv',
      /folder.csv: got a folder, expected a CSV file/,
      /move it out of raw/,
    ] as const,
    [
      'movie_metadata/broken.csv',
      /broken.csv: got a link to nowhere that leads to nothing/,
      /mend the link/,
    ] as const,
    [
      'movie_metadata/loop.csv',
      /loop.csv: got a link to loop.csv that leads in a circle/,
      /mend the link/,
    ] as const,
    ['movie_metadata/device.csv', /device.csv: got (no regular file|a link to)/, /./] as const,
  ];

  test('exits with 3, and shows no stack', () => {
    expect(first.code).toBe(3);
    expect(first.stderr).not.toMatch(stackOrBug);
  });

  test.each(rejected)('%s is rejected with what it is and what to do', (name, says, next) => {
    const lines = first.stderr.split('\n');
    const at = lines.findIndex((line) => line.startsWith(`  rejected raw/${name}`));
    expect(lines[at] ?? '').toMatch(says);
    expect(lines[at + 1] ?? '').toMatch(/^ {4}next: /);
    expect(lines[at + 1] ?? '').toMatch(next);
  });

  test('the good files beside go through', async () => {
    expect(await drops.films()).toEqual(['tmdb:1|7000003', 'tmdb:2|5000003']);
    expect(await drops.select('select distinct cpi_method from movies_enriched')).toEqual(['exact']);
  });

  test('running again says so again, reads nothing and makes no epoch', async () => {
    const again = await drops.marquee('backfill');
    expect(again.code).toBe(3);
    expect(again.stderr).toMatch(/^nothing changed: 16 files as known$/m);
    expect(again.stderr).toMatch(
      /^rejected: cpi\/changes.csv, .*(and 3 more) \(marquee status shows why\)$/m,
    );
    expect(again.stderr).not.toMatch(/^read /m);
    expect(drops.epoch()).toBe(1);
    expect((await drops.marquee('--quiet', 'backfill')).code).toBe(3);
  });

  test('status says why, for each of them', async () => {
    const { code, stdout } = await drops.marquee('status');
    expect(code).toBe(0);
    for (const [name, says] of rejected) {
      expect(stdout).toContain(`rejected: raw/${name}`);
      expect(stdout).toMatch(says);
    }
  });

  test('with --json, the reasons are data', async () => {
    const { code, stdout, stderr } = await drops.marquee('--json', 'backfill');
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    const { standing } = JSON.parse(stdout) as { standing: { rejected: string[] } };
    expect(standing.rejected).toEqual(rejected.map(([name]) => name).sort());
  });

  test('good contents under the same names, or none, end it', async () => {
    for (const [name] of rejected) drops.remove(name);
    drops.write('movie_metadata/folder.csv', `${header}3,Gamma,2000-01-01,5000,Drama\n`);
    const { accounts } = await drops.backfill();
    expect([...accounts].map(([name, { status }]) => [name, status])).toEqual([
      ['movie_metadata/folder.csv', 'taken'],
    ]);
    expect(drops.untaken()).toEqual([]);
    expect(await drops.films()).toContain('tmdb:3|');
  });
});

describe('a bad version of a file that is in force', () => {
  test.each([
    ['empties', ''],
    ['turns into binary', Buffer.from('SQLite format 3\0')],
    ['loses a column', 'tmdb_id,heading\n1,A\n'],
  ])('%s: the version in force stays, and comes back without an epoch', async (_, content) => {
    const drops = new Drops();
    try {
      await drops.backfill();
      drops.write('movie_metadata/good.csv', content);
      const { accounts } = await drops.backfill();
      expect(accounts.get('movie_metadata/good.csv')).toMatchObject({
        status: 'rejected',
        inserted: 0,
        deleted: 0,
      });
      expect(await drops.films()).toEqual(['tmdb:1|7000003', 'tmdb:2|5000003']);
      drops.write('movie_metadata/good.csv', good['movie_metadata/good.csv']);
      await drops.backfill();
      expect({ untaken: drops.untaken(), epoch: drops.epoch() }).toEqual({ untaken: [], epoch: 1 });
    } finally {
      drops.dispose();
    }
  });

  test('becomes a folder, or a link to nothing: the same', async () => {
    const drops = new Drops();
    try {
      await drops.backfill();
      drops.remove('movie_metadata/good.csv');
      mkdirSync(drops.at('movie_metadata/good.csv'));
      drops.remove('genre_cast_director/good.csv');
      symlinkSync('/nowhere/at/all', drops.at('genre_cast_director/good.csv'));
      const { accounts } = await drops.backfill();
      expect([...accounts.values()].map(({ status, reason }) => [status, reason?.code])).toEqual([
        ['rejected', 'broken-link'],
        ['rejected', 'not-a-file'],
      ]);
      expect(await drops.select('select movie_key, director from movies_enriched order by 1')).toEqual([
        'tmdb:1|Ann',
        'tmdb:2|',
      ]);
    } finally {
      drops.dispose();
    }
  });
});

describe('odd files that are fine', () => {
  test('a header alone, a NUL in a record, a field of 5 MB where names, money or nothing is expected', async () => {
    const drops = new Drops();
    try {
      drops.write('movie_metadata/header.csv', header);
      drops.write(
        'movie_metadata/nul.csv',
        `${header}3,Gam\0ma,2000-01-01,5000,Drama\n4,Delta,2000-01-01,6000,Drama\n`,
      );
      const names = 'Drama, '.repeat(800_000);
      drops.write(
        'movie_metadata/large.csv',
        `tmdb_id,title,release_date,budget,genres,note\n5,Eps,2000-01-01,7000,"${names}",\n` +
          `6,Zeta,2000-01-01,${'9'.repeat(5_000_000)},Drama,\n7,Eta,2000-01-01,8000,Drama,${'x'.repeat(5_000_000)}\n`,
      );
      const began = performance.now();
      const { accounts } = await drops.backfill();
      expect(performance.now() - began).toBeLessThan(20_000);
      expect([...accounts.values()].map(({ status }) => status)).not.toContain('rejected');
      expect(accounts.get('movie_metadata/header.csv')).toMatchObject({
        read: 0,
        inserted: 0,
        quarantined: 0,
      });
      expect(
        await drops.select(
          "select title, budget, primary_genre from movies_enriched where movie_key > 'tmdb:3' order by 1",
        ),
      ).toEqual(['Delta|6000|Drama', 'Eps|7000|', 'Eta|8000|Drama', 'Zeta||Drama']);
      const { stdout } = await drops.marquee('quarantine');
      const said = stdout.split('\n').filter((line) => line !== '');
      expect(said).toHaveLength(3);
      expect(said[0]).toMatch(
        /large.csv:2: genres: got "Drama, Drama, .*…", expected a whole list.* \[bad-list\]$/,
      );
      expect(said[1]).toMatch(
        /large.csv:3: budget: got "9{80}…", expected whole US dollars; cell set to null \[bad-money\]$/,
      );
      expect(said[2]).toMatch(/nul.csv:2: title: got a NUL byte, expected text \[nul-byte\]$/);
    } finally {
      drops.dispose();
    }
  });
});
