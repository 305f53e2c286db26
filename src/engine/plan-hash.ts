import { createHash } from 'node:crypto';
import { rowHashScheme } from './row-hash.ts';
import type { SqlLibrary } from './sql-library.ts';

/** The relations of sql/ by which the rows of a source are typed and checked, those that it has. */
const readingTexts = ['stg', 'records', 'cells', 'suspects', 'reject'];

/**
 * The hash of everything that decides which rows and files are taken and what is typed of them: when it differs, files are
 * read again. Of what a check set aside no row is left in the warehouse, so nothing there can tell what another one would take.
 */
export function rawHash(
  library: Pick<SqlLibrary, 'text' | 'has' | 'dialect'>,
  sources: readonly { readonly source: string; readonly hash: string }[],
): string {
  const texts = sources.flatMap(({ source }) =>
    readingTexts
      .map((text) => `${text}_${source}`)
      .map((relation) => (library.has(relation) ? library.text(relation) : null)),
  );
  return hashOf([rowHashScheme, sources.map(({ hash }) => hash), texts, library.dialect]);
}

/** SHA-256 of a value, hex. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** The hash of everything that decides results besides what was typed: of the models, and of their settings. */
export function planHash(models: string, settings: string): string {
  return `${models.slice(0, 32)}-${settings.slice(0, 32)}`;
}

/** Whether two plans have the same models, whatever their settings; false where there is no plan to compare with. */
export function haveSameModels(a: string | null, b: string): boolean {
  return a !== null && a.split('-', 1)[0] === b.split('-', 1)[0];
}
