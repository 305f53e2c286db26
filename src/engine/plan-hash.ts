import { settingsRow, type ModelSettings, type SourceColumns } from './schema.ts';
import type { SqlLibrary } from './sql-library.ts';

/**
 * Settings that some staging model names: what was typed goes by them, so that they count among the models.
 *
 * @returns them by column, with their values
 */
export function typingSettings(
  library: Pick<SqlLibrary, 'text'>,
  sources: readonly Pick<SourceColumns, 'source'>[],
  settings: ModelSettings,
): readonly (readonly [string, string | number])[] {
  const texts = sources.map(({ source }) => library.text(`stg_${source}`));
  return Object.entries(settingsRow(settings)).filter(([column]) =>
    texts.some((text) => new RegExp(`\\b${column}\\b`).test(text)),
  );
}

/**
 * The hash of everything that decides results besides the raw rows: of the models and what else typing goes by, and of
 * their settings.
 */
export function planHash(models: string, settings: string): string {
  return `${models.slice(0, 32)}-${settings.slice(0, 32)}`;
}

/** Whether two plans have the same models, whatever their settings; false where there is no plan to compare with. */
export function haveSameModels(a: string | null, b: string): boolean {
  return a !== null && a.split('-', 1)[0] === b.split('-', 1)[0];
}
