import { bind, lacks, quoteHeader } from './bind.ts';
import type { Shape, SourceDeclaration } from './declaration.ts';
import { normalizeHeader } from './header.ts';
import { rejection, type Rejection } from './rejection.ts';
import { meantBy } from './unread.ts';

/**
 * Says why no shape takes a header: the shape that claimed it, or else the nearest one, what it lacks, the names
 * under which that would be found, and the header that was got.
 */
export function rejectHeader(
  source: SourceDeclaration,
  claiming: Shape | null,
  header: readonly string[],
  names: readonly string[],
): Rejection {
  const shape = claiming ?? nearestShape(source, header, names);
  const got = `got the header ${quoteHeader(header)}`;
  if (shape === null) {
    const looksLikeData = header.some((cell) => /^\s*[$€£]?[0-9][0-9.,]*\s*$/u.test(cell));
    return rejection(
      'unknown-header',
      looksLikeData
        ? `the first line looks like data, expected column names; ${got}`
        : `no column of ${source.source} is among the column names; ${got}`,
      looksLikeData ? 'add a first line with the column names' : `expected ${describeShapes(source)}`,
      1,
    );
  }
  const bound = bind(shape, source, header, names);
  const lacking = bound.kind === 'bound' ? lacks(shape, bound.columnOf) : [];
  const wanted = lacking.map((columns) => columns.map((column) => accepted(shape, column)).join(', or '));
  const unused = bound.kind === 'bound' ? bound.unused.map(normalizeHeader) : names;
  const what = lacking.map((columns) => columns.join(' or ')).join(', and no ');
  return rejection(
    'missing-column',
    `there is no ${what}, which shape ${shape.name} (${shape.description}) requires; ${got}`,
    `${suggestion(shape, lacking.flat(), unused)}name the missing column ${wanted.join('; and another one ')}`,
    1,
  );
}

/**
 * The shape that finds most of its columns in a header and lacks a required one, the first of several; null where
 * none finds any. One that lacks nothing but its signature is another publisher's.
 */
function nearestShape(
  source: SourceDeclaration,
  header: readonly string[],
  names: readonly string[],
): Shape | null {
  let best: Shape | null = null;
  let most = 0;
  for (const shape of source.shapes) {
    const bound = bind(shape, source, header, names);
    const found = bound.kind === 'bound' ? header.length - bound.unused.length : 0;
    const signed = shape.signature.filter((name) => names.includes(name)).length;
    const isPlain = shape.signature.length + shape.signatureOneOf.length === 0;
    // A shape with a signature is near only if most of it is there; the plain ones are near to everything.
    if (bound.kind === 'bound' && lacks(shape, bound.columnOf).length === 0) continue;
    if (found <= most || (!isPlain && signed * 2 <= shape.signature.length)) continue;
    best = shape;
    most = found;
  }
  return best;
}

/** The names under which a shape accepts a column. */
function accepted(shape: Shape, column: string): string {
  const rule = shape.columns.get(column);
  switch (rule?.kind) {
    case 'aliases':
      return rule.aliases.join(' | ');
    case 'pattern':
      return `so that it fits ${rule.pattern.source}`;
    case 'headerOf':
    case undefined:
      return column;
  }
}

function suggestion(shape: Shape, columns: readonly string[], names: readonly string[]): string {
  for (const column of columns) {
    for (const name of names) {
      const guess = meantBy(name, shape, [column]);
      if (guess !== undefined) return `is "${name}" meant to be "${guess}"? Otherwise `;
    }
  }
  return '';
}

function describeShapes(source: SourceDeclaration): string {
  const shapes = source.shapes.map((shape) => `${shape.name} (${shape.description})`);
  return `one of these: ${shapes.join('; ')}`;
}
