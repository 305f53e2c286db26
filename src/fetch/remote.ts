import type { MarqueeError } from '../error.ts';
import type { Secret } from './secret.ts';

/** A file of raw/ that comes from elsewhere. */
export interface Remote {
  /** As in marquee.yaml. */
  readonly name: string;
  /** What is fetched, for people; without anything secret. */
  readonly what: string;
  /** The source whose folder it goes to. */
  readonly into: string;
  /** The file's name in that folder. */
  readonly fileName: string;
  /** Changes when another thing is to be fetched under this name. */
  readonly identity: string;
  /** The entry of a zip archive to take; without it the only CSV in it. */
  readonly member: string | undefined;
  /** Of what is downloaded, in hexadecimal digits. */
  readonly sha256: string | undefined;
  /** Why it can't be fetched here, with what to do; undefined where it can. */
  readonly missing: string | undefined;
  /** Why the credential for it can't be used; undefined where it can, or none is needed. */
  readonly broken?: MarqueeError | undefined;
  /** What to say for 400, 401 and 403. */
  readonly forbidden: string;
  /** Finds out what is to be downloaded; null where `known` is still what the remote has. One request, or none. */
  locate(known: RemoteVersion | null, ask: Ask): Promise<Located | null>;
}

/** What is known of a remote's version. */
export interface RemoteVersion {
  readonly identity: string;
  /** The remote's own name for its version: a number or a time. */
  readonly version: string | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Size of the file in raw/ in bytes, as it was left there. */
  readonly size: number;
  /** mtime of the file in raw/ in ms, as it was left there. */
  readonly mtimeMs: number;
}

/** A download: where from, and how to present oneself there. */
export interface Located {
  readonly url: URL;
  readonly authorization: Secret | null;
  /** The version that this is, where it was told beforehand. */
  readonly version: string | null;
  /** Ask for it only if it is no longer what is known. */
  readonly isConditional: boolean;
  /** The address holds a key: no redirect to another origin is followed. */
  readonly staysHome?: boolean;
  /** Makes the CSV of what is downloaded, where that is no CSV itself (answers of an API; they are small). */
  readonly convert?: (body: Buffer) => string;
}

/** Asks for a small JSON document, with retries. `staysHome` as in `Located`. */
export type Ask = (url: URL, authorization: Secret | null, staysHome?: boolean) => Promise<unknown>;
