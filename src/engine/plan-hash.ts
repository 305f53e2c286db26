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
