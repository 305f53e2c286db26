/**
 * A path for DuckDB's readers, which take it for a pattern: `*`, `?` and `[` in it mean themselves. A path with one of these and a
 * backslash can't be said, since a pattern takes a backslash for the end of a folder's name.
 */
export function exactPath(file: string): string {
  return file.replace(/[*?[]/g, '[$&]');
}

/** Whether `exactPath` can say a path. */
export function canBeExact(file: string): boolean {
  return !(file.includes('\\') && /[*?[]/.test(file));
}
