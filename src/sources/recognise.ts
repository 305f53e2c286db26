import { bind, lacks, quoteHeader, type ColumnOrigin } from './bind.ts';
import type { Refusal, Shape, SourceDeclaration } from './declaration.ts';
import { normalizeHeader } from './header.ts';
import { rejectHeader } from './reject-header.ts';
import { rejection, type Rejection } from './rejection.ts';

/** A header that a shape takes. */
export interface Recognised {
  readonly kind: 'recognised';
  readonly shape: Shape;
  /** Canonical column -> origin, for every column of the source and in its order. */
  readonly columnOf: ReadonlyMap<string, ColumnOrigin>;
  /** Headers (as written) that no column is taken from. */
  readonly unused: readonly string[];
}

/**
 * Finds the shape of a source that a header belongs to.
 *
 * 1. Shapes are tried in declared order. One whose signature is there claims the file: where such a file lacks a
 *    required column it is rejected, never read as a more general shape.
 * 2. A shape without signature takes the file if all its required columns are there.
 * 3. Otherwise the rejection names the nearest shape, what it lacks and under which names it would be found.
 *
 * @param header the names as written, in file order
 * @example recognise(cpi, ['DATE', 'CPIAUCSL']).columnOf // month -> 0, series -> 'CPIAUCSL', value -> 1
 */
export function recognise(source: SourceDeclaration, header: readonly string[]): Recognised | Rejection {
  const names = header.map(normalizeHeader);
  for (const shape of source.shapes) {
    if (!carriesSignature(shape, names)) continue;
    const attempt = bind(shape, source, header, names);
    if (attempt.kind === 'ambiguous') return rejectAmbiguous(shape, attempt.indexes, header);
    if (lacks(shape, attempt.columnOf).length === 0) {
      return { kind: 'recognised', shape, columnOf: attempt.columnOf, unused: attempt.unused };
    }
    if (isClaiming(shape)) return rejectHeader(source, shape, header, names);
  }
  const refusal = source.refusals.find((candidate) => gives(candidate, header, names));
  if (refusal !== undefined) {
    return rejection(
      'refused-form',
      `got the header ${quoteHeader(header)}: ${refusal.because}`,
      refusal.hint,
      1,
    );
  }
  return rejectHeader(source, null, header, names);
}

function carriesSignature(shape: Shape, names: readonly string[]): boolean {
  return (
    shape.signature.every((name) => names.includes(name)) &&
    shape.signatureOneOf.every((group) => group.some((name) => names.includes(name)))
  );
}

function isClaiming(shape: Shape): boolean {
  return shape.signature.length + shape.signatureOneOf.length > 0;
}

function gives(refusal: Refusal, header: readonly string[], names: readonly string[]): boolean {
  const { signature, pattern } = refusal;
  if (signature.length > 0 && !signature.every((name) => names.includes(name))) return false;
  return pattern === null || header.some((name) => pattern.test(name.trim()));
}

function rejectAmbiguous(shape: Shape, indexes: readonly number[], header: readonly string[]): Rejection {
  const where = indexes.map((index) => `column ${index + 1} (${header[index]?.trim() ?? ''})`).join(' and ');
  return rejection(
    'ambiguous-header',
    `${where} mean the same for shape ${shape.name}; expected one of them, got the header ${quoteHeader(header)}`,
    'remove or rename the column that should not be read',
    1,
  );
}
