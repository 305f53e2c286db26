import yauzl from 'yauzl';
import { MarqueeError } from '../error.ts';

/** An open archive, to be closed by the caller, and the entry that is wanted of it. */
export interface ChosenEntry {
  readonly archive: yauzl.ZipFile;
  readonly entry: yauzl.Entry;
}

/** More names than any data set has, and few enough to look at. */
const maxEntries = 100_000;

/**
 * Opens a zip archive and finds the entry of that name (in whatever folder of it), or its only CSV.
 *
 * @throws MarqueeError `fetch-unsafe-archive` where any entry is a link, is encrypted, or has a name that leads
 *   elsewhere (`..`, absolute, backslashes: yauzl refuses these); `fetch-no-csv` where the entry isn't there
 */
export async function chooseEntry(
  file: string,
  member: string | undefined,
  name: string,
): Promise<ChosenEntry> {
  const archive = await open(file, name);
  try {
    return { archive, entry: await find(archive, member, name) };
  } catch (error) {
    archive.close();
    throw error;
  }
}

async function open(file: string, name: string): Promise<yauzl.ZipFile> {
  try {
    return await yauzl.openPromise(file, { autoClose: false, lazyEntries: true, strictFileNames: true });
  } catch (error) {
    throw new MarqueeError('fetch-damaged', `${name}: got no zip archive: ${(error as Error).message}`, {
      hint: 'it is fetched anew; if it stays so, the file is damaged at its source',
      retryable: true,
    });
  }
}

async function find(archive: yauzl.ZipFile, member: string | undefined, name: string): Promise<yauzl.Entry> {
  const found: yauzl.Entry[] = [];
  let count = 0;
  try {
    for await (const entry of archive.eachEntry()) {
      count += 1;
      const isLink = ((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000;
      if (isLink) throw unsafe(name, `${entry.fileName} is a link`);
      if (count > maxEntries) throw unsafe(name, `it has more than ${maxEntries} entries`);
      const base = entry.fileName.split('/').at(-1) ?? '';
      const isHidden = /(^|\/)(\.|__MACOSX\/)/.test(entry.fileName);
      const isWanted =
        member === undefined ? /\.csv$/i.test(base) && !isHidden : isNamed(entry.fileName, member);
      if (isWanted) found.push(entry);
    }
  } catch (error) {
    throw error instanceof MarqueeError ? error : unsafe(name, (error as Error).message);
  }
  // A name that says the folder too means that very entry.
  const exact = found.filter(({ fileName }) => fileName === member);
  const [entry] = exact.length === 1 ? exact : found;
  if (entry === undefined || (found.length > 1 && exact.length !== 1)) {
    throw new MarqueeError(
      'fetch-no-csv',
      `${name}: the archive holds ${found.length} entries ${member === undefined ? 'that are CSV' : `named ${member}`}, expected one`,
      { hint: 'name the entry in marquee.yaml (key: file)' },
    );
  }
  if (entry.isEncrypted()) throw unsafe(name, `${entry.fileName} is encrypted`);
  if (![0, 8].includes(entry.compressionMethod))
    throw unsafe(name, `${entry.fileName} is compressed by method ${entry.compressionMethod}`);
  return entry;
}

function isNamed(fileName: string, member: string): boolean {
  return fileName === member || fileName.endsWith(`/${member}`);
}

function unsafe(name: string, what: string): MarqueeError {
  return new MarqueeError('fetch-unsafe-archive', `${name}: the archive was refused: ${what}`, {
    hint: 'nothing was taken; look at where it comes from',
  });
}
