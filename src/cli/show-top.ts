import { openQuerySandbox } from '../engine/query-sandbox.ts';
import { publishedSnapshot } from '../published-snapshot.ts';
import { workspacePaths } from '../workspace-paths.ts';
import { tableRows, writeResult } from './result-output.ts';

/** Prints the first rows of two views after a backfill, and where the rest is. */
export async function showTop(root: string, say: (line?: string) => void): Promise<void> {
  const paths = workspacePaths(root);
  const sandbox = await openQuerySandbox(publishedSnapshot(root), { memoryLimit: '300MB', threads: 1 });
  try {
    const views = [
      [
        'top_movies',
        'select rank, title, release_year, director, revenue_real from top_movies order by rank limit 5',
      ],
      [
        'genre_by_period',
        `select genre, release_period, count_films, revenue_real_share, share_of_period, roi
         from genre_by_period where revenue_real_share is not null and release_period <> 'Unknown'
         order by release_period desc, revenue_real_share desc limit 5`,
      ],
    ] as const;
    for (const [name, sql] of views) {
      process.stdout.write(`\n${name}\n`);
      await writeResult(await sandbox.select(sql, tableRows), 'table', 'stdout', {
        memoryLimit: '300MB',
        threads: 1,
      });
    }
  } finally {
    sandbox.close();
  }
  say();
  say(`point a BI tool at ${paths.curated}/marquee.duckdb, or run marquee query`);
}
