import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { MarqueeError } from '../error.ts';
import { Secret } from './secret.ts';

/** How to present oneself: the value of an Authorization header, and where it was found. */
export interface Credential {
  readonly authorization: Secret;
  readonly found: string;
  /** What to tell a person about it, such as that others may read the file. */
  readonly warnings: readonly string[];
}

/** Where credentials are looked for. */
export interface CredentialPlaces {
  readonly env: NodeJS.ProcessEnv;
  /** Given with `--kaggle-json`. */
  readonly kaggleJson?: string | undefined;
  readonly cwd: string;
  readonly home: string;
}

/** The places of this process. */
export function ownPlaces(kaggleJson?: string): CredentialPlaces {
  return { env: process.env, kaggleJson, cwd: process.cwd(), home: homedir() };
}

/** How to come by Kaggle's credential, for people. */
export const kaggleSetup =
  'make a token at https://www.kaggle.com/settings (API), then set KAGGLE_API_TOKEN, or KAGGLE_USERNAME and KAGGLE_KEY, or save it as ~/.kaggle/kaggle.json (chmod 600)';

const kaggleFile = z.object({ username: z.string().min(1), key: z.string().min(1) });

/**
 * Kaggle's credential as its own tools take it, the first that is found: `KAGGLE_API_TOKEN`; `KAGGLE_USERNAME` and
 * `KAGGLE_KEY`; the file given; `./.kaggle/kaggle.json`; `kaggle.json` in `KAGGLE_CONFIG_DIR`, else in `~/.kaggle`.
 * A token is a bearer's, a name with a key is basic authentication.
 * Source: "API credentials" in the README of https://github.com/Kaggle/kaggle-api
 *
 * @returns null where there is none
 * @throws MarqueeError `credential-unreadable` for a file that is there (or was given) and can't be used
 */
export function kaggleCredential({ env, kaggleJson, cwd, home }: CredentialPlaces): Credential | null {
  const token = env['KAGGLE_API_TOKEN']?.trim();
  if (token) return credential(`Bearer ${token}`, 'KAGGLE_API_TOKEN');
  const [username, key] = [env['KAGGLE_USERNAME']?.trim(), env['KAGGLE_KEY']?.trim()];
  if (username && key) return basic(username, key, 'KAGGLE_USERNAME and KAGGLE_KEY');
  const files = [
    path.join(cwd, '.kaggle', 'kaggle.json'),
    path.join(env['KAGGLE_CONFIG_DIR'] || path.join(home, '.kaggle'), 'kaggle.json'),
  ];
  const file =
    kaggleJson === undefined
      ? files.find((name) => statSync(name, { throwIfNoEntry: false }) !== undefined)
      : path.resolve(cwd, kaggleJson);
  return file === undefined ? null : fromFile(file);
}

/** The key of FRED's API, from `FRED_API_KEY`; null where there is none. */
export function fredKey(env: NodeJS.ProcessEnv): Secret | null {
  const key = env['FRED_API_KEY']?.trim();
  return key ? new Secret(key) : null;
}

function fromFile(file: string): Credential {
  // Of a failure only the file is told: what a parser says quotes what it read.
  const fail = (got: string): MarqueeError =>
    new MarqueeError(
      'credential-unreadable',
      `${file}: got ${got}, expected {"username":"...","key":"..."}`,
      {
        hint: 'download it anew at https://www.kaggle.com/settings (API), or remove it',
        exitCode: 2,
      },
    );
  let text: string;
  let mode: number;
  try {
    text = readFileSync(file, 'utf8');
    mode = statSync(file).mode;
  } catch (error) {
    throw fail(`nothing readable (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw fail('no JSON');
  }
  const parsed = kaggleFile.safeParse(content);
  if (!parsed.success) throw fail('other keys');
  const warnings =
    (mode & 0o077) === 0 ? [] : [`${file} may be read by other users of this machine: chmod 600 ${file}`];
  return { ...basic(parsed.data.username, parsed.data.key, file), warnings };
}

function basic(username: string, key: string, found: string): Credential {
  return credential(`Basic ${Buffer.from(`${username}:${key}`).toString('base64')}`, found);
}

function credential(authorization: string, found: string): Credential {
  if (/[^\x20-\x7e]/.test(authorization)) {
    throw new MarqueeError('credential-unreadable', `${found}: got characters that no credential has`, {
      hint: 'copy it again, without line breaks',
      exitCode: 2,
    });
  }
  return { authorization: new Secret(authorization), found, warnings: [] };
}
