import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** Makes a published snapshot as an epoch leaves it: small relations as tables, the films as a view over Parquet. */
export async function publishSnapshot(root: string): Promise<string> {
  const curated = path.join(root, 'curated_data');
  const snapshot = path.join(curated, '.snapshots', '7');
  const partition = path.join(snapshot, 'movies_enriched', 'release_year=1999');
  mkdirSync(partition, { recursive: true });
  const file = path.join(snapshot, 'marquee.duckdb');
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run(`
    copy (
      from (values
        ('tmdb:1', 'The Matrix', ['Action', 'Sci-Fi'], date '1999-03-31', 463517383::bigint, 1.5::double, true),
        ('tmdb:2', 'A "quoted", title', null, null, null, null, false),
        ('tmdb:3', 'Žižek!', []::varchar[], date '1931-05-06', 9007199254740993, 0.25, null)
      ) films(movie_key, title, genres, release_date, revenue, roi, is_ambiguous)
    ) to '${partition}/part-0.parquet' (format parquet);
    create view movies_enriched as
      from read_parquet('${snapshot}/movies_enriched/*/*.parquet', hive_partitioning = true);
    comment on view movies_enriched is 'One row a film';
    create table top_movies as select range + 1 as rank, 'film ' || range as title from range(100);
    create table many as select range as n from range(100000);
    checkpoint`);
  connection.closeSync();
  instance.closeSync();
  chmodSync(file, 0o444);
  symlinkSync(path.join('.snapshots', '7'), path.join(curated, '.current'));
  return snapshot;
}
