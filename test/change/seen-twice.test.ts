import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { processBatch } from '../../src/pipeline.ts';
import { pipelineDeps } from '../../src/pipeline-deps.ts';
import { scanAll } from '../../src/watch/watch-session.ts';
import { openWorkspace } from '../../src/workspace.ts';
import { Root } from '../recovery/root.ts';

const silent = { begin: () => ({ advance: () => undefined, done: () => undefined }) };

it('a file that was seen twice in one batch is taken once', async () => {
  const root = new Root();
  try {
    await root.backfill();
    root.writeFilms(60, 7);
    const workspace = await openWorkspace({ root: root.folder, command: 'test' });
    try {
      const seen = scanAll(workspace);
      const twice = [...seen, ...seen];
      const { accounts } = await lastValueFrom(
        processBatch(twice, pipelineDeps(workspace, { report: silent })),
      );
      expect(accounts.map(({ file, updated }) => [file.path, updated])).toEqual([
        ['movie_metadata/films.csv', 6],
      ]);
    } finally {
      await workspace.close();
    }
    expect(await root.verified()).toEqual([]);
  } finally {
    root.dispose();
  }
});
