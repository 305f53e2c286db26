import { z } from 'zod';
import { MarqueeError } from '../error.ts';
import { kaggleSetup, type Credential } from './credentials.ts';
import type { Located, Remote } from './remote.ts';

const view = z.object({ currentVersionNumber: z.number().int() });

/**
 * One file of a Kaggle data set. Its version is that of the data set (`GET /api/v1/datasets/view/{owner}/{name}`,
 * `currentVersionNumber`); the file is at `GET /api/v1/datasets/download/{owner}/{name}/{file}`, which leads to a
 * signed address elsewhere, and comes zipped where it is large. Paths and fields as in kagglesdk,
 * `datasets/types/dataset_api_service.py` of https://github.com/Kaggle/kagglehub and kaggle-api.
 */
export function kaggleRemote(
  common: Pick<Remote, 'name' | 'into' | 'fileName' | 'sha256'>,
  dataset: string,
  file: string,
  options: {
    readonly base: URL;
    readonly credential: Credential | null;
    readonly broken: MarqueeError | undefined;
  },
): Remote {
  const { base, credential, broken } = options;
  // A data set may hold an archive, whose only CSV is meant then.
  const member = /\.zip$/i.test(file) ? undefined : file.split('/').at(-1);
  const at = (place: string): URL => new URL(`api/v1/datasets/${place}`, base);
  return {
    ...common,
    what: `${file} of https://www.kaggle.com/datasets/${dataset}`,
    identity: `kaggle ${dataset} ${file} ${common.sha256 ?? ''}`,
    member,
    missing: credential === null && broken === undefined ? kaggleSetup : undefined,
    broken,
    forbidden: `accept the data set's terms at https://www.kaggle.com/datasets/${dataset}, and check the credential (${credential?.found ?? 'none'})`,
    async locate(known, ask): Promise<Located | null> {
      const authorization = credential?.authorization ?? null;
      const parsed = view.safeParse(await ask(at(`view/${dataset}`), authorization));
      if (!parsed.success) {
        throw new MarqueeError(
          'fetch-unexpected-answer',
          `${common.name}: Kaggle did not name a version of ${dataset}`,
          {
            hint: 'look at the data set in a browser; report it if it is there',
          },
        );
      }
      const version = String(parsed.data.currentVersionNumber);
      if (known?.version === version) return null;
      const url = at(`download/${dataset}/${file.split('/').map(encodeURIComponent).join('/')}`);
      url.searchParams.set('datasetVersionNumber', version);
      return { url, authorization, version, isConditional: false };
    },
  };
}
