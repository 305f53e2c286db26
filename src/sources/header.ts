/**
 * The form in which header names are compared: without BOM, trimmed of every Unicode space, lower case; runs of
 * space, `_` and `-` count as one `_`.
 *
 * @example normalizeHeader('\uFEFF Release-Date\u00a0') === 'release_date'
 */
export function normalizeHeader(name: string): string {
  return name
    .normalize('NFC')
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/gu, '_');
}
