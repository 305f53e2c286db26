import { lastValueFrom, of, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { unreadableFingerprint } from '../../operators/fingerprint.ts';
import { pipeline, type PipelineDeps } from '../../src/pipeline.ts';
import { pipelineDeps } from '../../src/pipeline-deps.ts';
import { scanRaw } from '../../src/scan.ts';
import { openWorkspace } from '../../src/workspace.ts';
import { Drops } from './drops.ts';

/** One scan through the chain, with some of its dependencies replaced. */
async function run(drops: Drops, change: (deps: PipelineDeps) => Partial<PipelineDeps>): Promise<string[]> {
  const workspace = await openWorkspace({ root: drops.root, command: 'test' });
  try {
    const deps = pipelineDeps(workspace, {
      report: { begin: () => ({ advance: () => undefined, done: () => undefined }) },
    });
    const known = workspace.state.fileStates().map(({ file }) => file);
    const sightings = scanRaw(
      drops.at(''),
      workspace.sources.map(({ source }) => source),
      known,
    );
    const [result] = await lastValueFrom(
      of(sightings).pipe(pipeline({ ...deps, ...change(deps) }), toArray()),
    );
    return (result?.accounts ?? []).map(({ file, status, reason }) =>
      [file.path, status, ...(reason === null ? [] : [reason.code])].join(' '),
    );
  } finally {
    await workspace.close();
  }
}

/** As the system answers to those who may not read a file; the tests may run as root, who may. */
const forbidden =
  (name: string) =>
  (deps: PipelineDeps): Partial<PipelineDeps> => ({
    hash: async (file) => {
      const seen = await deps.hash(file, null);
      return file === name ? { ...seen, fingerprint: unreadableFingerprint(seen.stat) } : seen;
    },
    open: (file, source) =>
      file === name
        ? Promise.resolve({
            code: 'unreadable',
            message: `raw/${file}: reading is not permitted (EACCES)`,
            hint: 'chmod u+r',
          })
        : deps.open(file, source),
  });

test('a file that may not be read is rejected, the others go through, and once it may be read it is taken', async () => {
  const drops = new Drops();
  const name = 'genre_cast_director/good.csv';
  try {
    expect(await run(drops, forbidden(name))).toEqual([
      'cpi/good.csv taken',
      `${name} rejected unreadable`,
      'movie_metadata/good.csv taken',
    ]);
    expect(await drops.films()).toHaveLength(2);
    expect(await run(drops, forbidden(name))).toEqual([]);
    expect(drops.untaken()).toEqual([`${name}: rejected`]);
    expect(await run(drops, () => ({}))).toEqual([`${name} taken`]);
    // And in force, it stays so when the right to read it is taken away.
    drops.write(name, 'imdb_id,title,year,director\ntt0000001,Alpha,2000,Zoe\n');
    expect(await run(drops, forbidden(name))).toEqual([`${name} rejected unreadable`]);
    expect(await drops.select(`select director from movies_enriched where movie_key = 'tmdb:1'`)).toEqual([
      'Ann',
    ]);
  } finally {
    drops.dispose();
  }
});
