import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { newFolder } from '../cli/new-folder.ts';
import { marquee, type CliResult } from '../cli/run-cli.ts';
import { certificate, RemoteServer, zip } from './remote-server.ts';

const token = 'KGAT_topsecrettoken';
const films = 'asaniczka/tmdb-movies-dataset-2023-930k-movies';
const credits = 'gayu14/tv-and-movie-metadata-with-genres-and-ratings-imbd';

/** Films in the shape of the TMDB file; `changed` of them with another revenue. */
function filmsCsv(count: number, changed = 0): string {
  const head = 'id,title,release_date,budget,revenue,runtime,genres,status,original_language\n';
  const rows = Array.from({ length: count }, (_, i) => {
    const revenue = 2_000_000 + i * 10 + (i < changed ? 5 : 0);
    return `${i + 1},Film ${i + 1},${1990 + (i % 30)}-0${1 + (i % 9)}-11,${1_000_000 + i},${revenue},${90 + (i % 40)},"Drama, Comedy",Released,en\n`;
  });
  return head + rows.join('');
}

function pricesCsv(): string {
  const rows = Array.from({ length: 420 }, (_, i) => {
    const month = String((i % 12) + 1).padStart(2, '0');
    return `${1988 + Math.floor(i / 12)}-${month}-01,${(115 + i * 0.45).toFixed(3)}\n`;
  });
  return `observation_date,CPIAUCSL\n${rows.join('')}`;
}

async function world(options: { tls?: { key: Buffer; cert: Buffer } } = {}): Promise<RemoteServer> {
  const server = new RemoteServer();
  server.authorization = `Bearer ${token}`;
  server.datasets.set(films, {
    version: 1,
    files: {
      'TMDB_movie_dataset_v11.csv': {
        bytes: zip({ 'TMDB_movie_dataset_v11.csv': filmsCsv(3000) }),
        etag: '"v1"',
        type: 'application/zip',
        md5: true,
      },
    },
  });
  server.datasets.set(credits, {
    version: 4,
    files: {
      'IMBD.csv': {
        bytes: Buffer.from('title,year,director,star,genre\nFilm 1,1990,A Director,"A, B",Drama\n'),
        etag: '"c4"',
      },
    },
  });
  server.series.set('CPIAUCSL', {
    lastUpdated: '2026-11-12 07:36:02-06',
    csv: { bytes: Buffer.from(pricesCsv()), etag: '"p1"' },
    values: [
      ['2020-01-01', '259.127'],
      ['2020-02-01', '.'],
    ],
  });
  return server.listen(options.tls);
}

const everything = (result: CliResult): string => result.stdout + result.stderr;

/** All bytes below a folder, names included. */
function contentOf(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return file + (entry.isFile() ? readFileSync(file, 'latin1') : '');
    })
    .join('\n');
}

describe('marquee fetch', () => {
  test('gets films, credits and prices; a second time asks once a source and changes nothing', async () => {
    const server = await world();
    const root = newFolder('fetch');
    const env = server.env({ KAGGLE_API_TOKEN: token });
    const first = await marquee(['backfill', '--fetch', '--root', root], { env });
    expect(first.code, first.stderr).toBe(0);
    const target = path.join(root, 'raw', 'movie_metadata', 'TMDB_movie_dataset_v11.csv');
    expect(readFileSync(target, 'utf8')).toBe(filmsCsv(3000));
    expect(readdirSync(path.dirname(target))).toEqual(['TMDB_movie_dataset_v11.csv']);
    expect(existsSync(path.join(root, 'raw', 'genre_cast_director', 'IMBD.csv'))).toBe(true);

    server.seen.length = 0;
    const again = await marquee(['backfill', '--fetch', '--root', root], { env });
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain('nothing changed');
    expect(server.seen.map(({ url }) => url)).toEqual([
      `/api/v1/datasets/view/${films}`,
      `/api/v1/datasets/view/${credits}`,
      '/graph/fredgraph.csv?id=CPIAUCSL',
    ]);
    const history = await marquee(['history', '--json', '--root', root]);
    const epochs = history.stdout;

    const dataset = server.datasets.get(films);
    if (dataset === undefined) throw new Error('no data set');
    dataset.version = 2;
    dataset.files = {
      'TMDB_movie_dataset_v11.csv': {
        bytes: zip({ 'TMDB_movie_dataset_v11.csv': filmsCsv(3000, 1000) }),
        etag: '"v2"',
      },
    };
    expect((await marquee(['fetch', '--root', root], { env })).code).toBe(0);
    const moved = await marquee(['backfill', '--json', '--root', root]);
    const { results } = JSON.parse(moved.stdout) as {
      results: { accounts: { inserted: number; updated: number; deleted: number }[] }[];
    };
    expect(results[0]?.accounts).toMatchObject([{ inserted: 0, updated: 1000, deleted: 0 }]);
    expect((await marquee(['history', '--json', '--root', root])).stdout).not.toBe(epochs);
    const verified = await marquee(['verify', '--root', root]);
    expect(verified.code, everything(verified)).toBe(0);
  }, 60_000);

  test('shows a credential to Kaggle and to nobody else: not in output, files, or elsewhere on a redirect', async () => {
    const server = await world();
    for (const [secret, env, header] of [
      [token, { KAGGLE_API_TOKEN: token }, `Bearer ${token}`],
      ['topsecretkey', { KAGGLE_USERNAME: 'someone', KAGGLE_KEY: 'topsecretkey' }, basic('topsecretkey')],
    ] as const) {
      const root = newFolder('fetch');
      server.authorization = header;
      server.seen.length = 0;
      const debug = { MARQUEE_DEBUG: '1', FRED_API_KEY: 'wrongfredkey' };
      const result = await marquee(['fetch', '--root', root], { env: server.env({ ...env, ...debug }) });
      expect(result.code).toBe(1);
      expect(result.stderr).toContain('cpi: ');
      const all = everything(result) + contentOf(root);
      for (const hidden of [secret, header, header.split(' ')[1] ?? '', 'wrongfredkey', 'X-Goog-Signature'])
        expect(all).not.toContain(hidden);
      const api = server.seen.filter(({ url }) => url.startsWith('/api/'));
      expect(api.every(({ authorization }) => authorization === header)).toBe(true);
      const others = server.seen.filter(({ url }) => !url.startsWith('/api/'));
      expect(others.length).toBeGreaterThan(2);
      expect(others.every(({ authorization }) => authorization === undefined)).toBe(true);
      expect(server.seen.map(({ url }) => url).join()).not.toContain(secret);
    }
    expect(server.seen.filter(({ url }) => url.startsWith('/storage/'))).toHaveLength(2);
  }, 20_000);

  test('finds kaggle.json, warns when others may read it, and says how to get one', async () => {
    const server = await world();
    server.authorization = basic('topsecretkey');
    const root = newFolder('fetch');
    const home = newFolder('home');
    const file = path.join(home, 'kaggle.json');
    writeFileSync(file, JSON.stringify({ username: 'someone', key: 'topsecretkey' }));
    chmodSync(file, 0o644);
    const args = ['fetch', 'genre_cast_director', '--root', root];
    const open = await marquee([...args, '--kaggle-json', file], { env: server.env() });
    expect(open.code, open.stderr).toBe(0);
    expect(open.stderr).toContain(`chmod 600 ${file}`);
    chmodSync(file, 0o600);
    const own = await marquee(args, { env: server.env({ KAGGLE_CONFIG_DIR: home }) });
    expect(own.stderr).not.toContain('chmod');
    const none = await marquee(['fetch', '--root', root], { env: server.env(), cwd: root });
    expect(none.code).toBe(1);
    expect(none.stderr).toContain('https://www.kaggle.com/settings');
    expect(none.stderr).toContain('fetched: raw/cpi/CPIAUCSL.csv');
    writeFileSync(file, '{"username": "someone", "key": "topsecretkey" oops');
    const broken = await marquee(args, { env: server.env({ KAGGLE_CONFIG_DIR: home, MARQUEE_DEBUG: '1' }) });
    expect(broken.code).toBe(2);
    expect(everything(broken)).not.toContain('topsecretkey');
  }, 20_000);

  test('takes FRED by its API with a key, and asks for nothing but the version the second time', async () => {
    const server = await world();
    server.fredKey = 'fredsecret';
    const root = newFolder('fetch');
    const env = server.env({ FRED_API_KEY: 'fredsecret' });
    const result = await marquee(['fetch', 'cpi', '--root', root], { env });
    expect(result.code, result.stderr).toBe(0);
    expect(readFileSync(path.join(root, 'raw', 'cpi', 'CPIAUCSL.csv'), 'utf8')).toBe(
      'observation_date,CPIAUCSL\n2020-01-01,259.127\n2020-02-01,\n',
    );
    expect(everything(result) + contentOf(root)).not.toContain('fredsecret');
    server.seen.length = 0;
    await marquee(['fetch', 'cpi', '--root', root], { env });
    expect(server.seen.map(({ url }) => url.split('?')[0])).toEqual(['/fred/series']);
  }, 20_000);

  test('takes a series as it was on a day, which needs a key', async () => {
    const server = await world();
    server.fredKey = 'fredsecret';
    const root = newFolder('fetch');
    const config = (vintage: string): void =>
      writeFileSync(
        path.join(root, 'marquee.yaml'),
        `fetch:\n  sources:\n    cpi: { fred: CPIAUCSL, vintage: "${vintage}" }\n`,
      );
    config('2020-03-15');
    const args = ['fetch', '--root', root];
    const without = await marquee(args, { env: server.env() });
    expect(without.code).toBe(1);
    expect(without.stderr).toContain('vintages need a key');
    expect(server.seen).toEqual([]);
    const env = server.env({ FRED_API_KEY: 'fredsecret' });
    const asOf = (): string[] =>
      server.seen.map(({ url }) => {
        const { pathname, searchParams: query } = new URL(url, server.url);
        return `${pathname} ${query.get('realtime_start')} ${query.get('realtime_end')}`;
      });
    const result = await marquee(args, { env });
    expect(result.code, result.stderr).toBe(0);
    const day = '2020-03-15 2020-03-15';
    expect(asOf()).toEqual([`/fred/series ${day}`, `/fred/series/observations ${day}`]);
    // Another day is another remote, whatever version the series has.
    config('2021-03-15');
    server.seen.length = 0;
    const other = await marquee(args, { env });
    expect(other.code, other.stderr).toBe(0);
    expect(asOf()).toContain('/fred/series/observations 2021-03-15 2021-03-15');
  }, 20_000);

  test('does not follow FRED to another host, where its key would be read', async () => {
    const [home, other] = [await world(), await world()];
    other.fredKey = 'fredsecret';
    home.moved = other.url;
    const root = newFolder('fetch');
    const env = home.env({ FRED_API_KEY: 'fredsecret' });
    const result = await marquee(['fetch', 'cpi', '--root', root], { env });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('leads to an address that is not safe');
    expect(other.seen).toEqual([]);
    expect(everything(result)).not.toContain('fredsecret');
  }, 20_000);

  test('a kaggle.json that is none keeps neither FRED nor a backfill from going on', async () => {
    const server = await world();
    const root = newFolder('fetch');
    const home = newFolder('home');
    writeFileSync(path.join(home, 'kaggle.json'), '{"username": "someone", oops');
    const env = server.env({ KAGGLE_CONFIG_DIR: home });
    const result = await marquee(['backfill', '--fetch', '--root', root], { env });
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toContain('kaggle.json');
    expect(existsSync(path.join(root, 'raw', 'cpi', 'CPIAUCSL.csv'))).toBe(true);
    expect(result.stderr).toContain('epoch 1');
  }, 30_000);

  test('takes another query, and a checksum that came later, for another file', async () => {
    const server = await world();
    server.files.set('/files/a.csv', {
      bytes: Buffer.from('a\n1\n'),
      lastModified: 'Thu, 26 Nov 2026 00:00:00 GMT',
    });
    const root = newFolder('fetch');
    const fetched = async (more: string): Promise<CliResult> => {
      const source = `{ url: "${server.url}/files/a.csv${more}, into: cpi }`;
      writeFileSync(path.join(root, 'marquee.yaml'), `fetch:\n  sources:\n    a: ${source}\n`);
      return marquee(['fetch', '--root', root], { env: server.env() });
    };
    expect((await fetched('?table=A"')).code).toBe(0);
    expect((await fetched('?table=A"')).stderr).toContain('nothing new');
    const other = await fetched('?table=B"');
    expect(other.stderr).not.toContain('nothing new');
    expect(contentOf(path.join(root, '.marquee'))).not.toContain('table=');
    const checked = await fetched(`?table=B", sha256: "${'0'.repeat(64)}"`);
    expect(checked.code).toBe(1);
    expect(checked.stderr).toContain('expected 0000');
  }, 30_000);

  test('trusts no certificate that it does not know, whatever the environment says', async () => {
    const tls = certificate();
    const server = await world({ tls });
    const root = newFolder('fetch');
    const args = ['fetch', 'cpi', '--root', root];
    const refused = await marquee(args, { env: server.env({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }) });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('is not trusted');
    expect(server.seen).toEqual([]);
    for (const variable of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']) {
      const trusted = await marquee(args, { env: server.env({ [variable]: tls.file }) });
      expect(trusted.code, trusted.stderr).toBe(0);
    }
  }, 20_000);

  test('works through a proxy, whose password is not told', async () => {
    const root = newFolder('fetch');
    const env = { https_proxy: 'http://user:proxysecret@127.0.0.1:9', MARQUEE_FETCH_PAUSE_MS: '1' };
    const result = await marquee(['fetch', 'cpi', '--root', root], { env: { ...env, MARQUEE_DEBUG: '1' } });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("can't be reached");
    expect(everything(result)).not.toContain('proxysecret');
  }, 20_000);

  test('without a fetch section only says what it would fetch, where that is asked for', async () => {
    const server = await world();
    const root = newFolder('fetch');
    const result = await marquee(['fetch', '--if-configured', '--root', root], {
      env: server.env(),
      cwd: root,
    });
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('raw/cpi/CPIAUCSL.csv: series CPIAUCSL of FRED');
    expect(result.stderr).toContain('KAGGLE_API_TOKEN');
    expect(server.seen).toEqual([]);
  });

  test('refuses what contradicts itself in marquee.yaml, without repeating a password', async () => {
    const root = newFolder('fetch');
    mkdirSync(path.join(root, 'raw'));
    for (const [remote, said] of [
      ['{ url: "https://me:pagesecret@example.org/a.csv", into: cpi }', 'without a user name'],
      ['{ url: "https://example.org/a.csv", fred: X, into: cpi }', 'expected one of kaggle, fred and url'],
      ['{ fred: CPIAUCSL, into: nothing }', 'got nothing as its source'],
      ['{ fred: CPIAUCSL, into: cpi, as: "../a.csv" }', 'a plain file name'],
      [
        '{ fred: CPIAUCSL, into: cpi }\n    "../../x": { url: "https://example.org/", into: cpi }',
        'a plain file name',
      ],
      ['{ fred: CPIAUCSL, into: cpi }\n  cron: nope', 'fields of cron'],
    ] as const) {
      writeFileSync(path.join(root, 'marquee.yaml'), `fetch:\n  sources:\n    x: ${remote}\n`);
      const result = await marquee(['fetch', '--root', root]);
      expect(result.code).toBe(2);
      expect(result.stderr).toContain(said);
      expect(everything(result)).not.toContain('pagesecret');
    }
  }, 20_000);
});

function basic(key: string): string {
  return `Basic ${Buffer.from(`someone:${key}`).toString('base64')}`;
}
