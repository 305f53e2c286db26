/** Yields a result as CSV (RFC 4180, LF): unknown is empty, an empty text is `""`, lists are JSON. */
export async function* csvText(
  names: readonly string[],
  batches: AsyncIterable<readonly (readonly unknown[])[]>,
): AsyncGenerator<string> {
  yield `${names.map(quoted).join(',')}\n`;
  for await (const rows of batches) yield rows.map((row) => `${row.map(csvField).join(',')}\n`).join('');
}

/** Yields a result as a JSON array, one object a line. Whole numbers that JavaScript can't hold exactly are texts. */
export async function* jsonText(
  names: readonly string[],
  batches: AsyncIterable<readonly (readonly unknown[])[]>,
): AsyncGenerator<string> {
  let isFirst = true;
  yield '[';
  for await (const rows of batches) {
    const lines = rows.map((row) =>
      toJson(Object.fromEntries(names.map((name, index) => [name, row[index]]))),
    );
    if (lines.length === 0) continue;
    yield `${isFirst ? '\n' : ',\n'}${lines.join(',\n')}`;
    isFirst = false;
  }
  yield isFirst ? ']\n' : '\n]\n';
}

/** One value as JSON. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'bigint') return isSafe(inner) ? Number(inner) : String(inner);
    return typeof inner === 'number' && !Number.isFinite(inner) ? String(inner) : inner;
  });
}

function isSafe(value: bigint): boolean {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
}

function csvField(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value === '' ? '""' : quoted(value);
  return typeof value === 'number' || typeof value === 'bigint' ? value.toString() : quoted(toJson(value));
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
