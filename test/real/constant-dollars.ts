/** A price index by month, in millionths of a point so that nothing is rounded on the way: 2024-07 -> 313534000n. */
export type PriceIndex = ReadonlyMap<string, bigint>;

/** Reads a FRED file's records; months without a value are left out. */
export function priceIndex(records: readonly Readonly<Record<string, string>>[], series: string): PriceIndex {
  const index = new Map<string, bigint>();
  for (const record of records) {
    const date = record['observation_date'] ?? record['DATE'] ?? '';
    const [whole = '', fraction = ''] = (record[series] ?? '').split('.');
    if (whole !== '') index.set(date.slice(0, 7), BigInt(whole + fraction.padEnd(6, '0')));
  }
  return index;
}

/**
 * An amount in dollars of a base month, by whole-number arithmetic: `round(amount * cpi(base) / cpi(month))`. After the
 * newest month its value is carried forward; before the oldest the answer is null. The index must have no holes.
 */
export function inDollarsOf(base: string, amount: bigint, month: string, index: PriceIndex): bigint | null {
  const newest = [...index.keys()].sort().at(-1) ?? '';
  const price = index.get(month > newest ? newest : month);
  const basePrice = index.get(base);
  if (price === undefined || basePrice === undefined) return null;
  return (2n * amount * basePrice + price) / (2n * price);
}
