/** A part of a size as DuckDB writes sizes: half of `700MB` is `350.0MB`. */
export function shareOf(size: string, share: number): string {
  const [, amount = '0', unit = ''] = /^([0-9.]+) ?([A-Za-z]+)$/.exec(size) ?? [];
  return `${(Number(amount) * share).toFixed(1)}${unit}`;
}
