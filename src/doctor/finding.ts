/** What one check of `marquee doctor` found. `fail`: marquee cannot run before that is mended. */
export interface Finding {
  readonly name: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What to do; there for whatever isn't `ok`. */
  readonly remedy?: string;
}
