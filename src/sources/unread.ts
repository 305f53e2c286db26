import type { UnreadColumn } from '../../operators/opened-drop.ts';
import { nearest } from '../nearest.ts';
import type { Shape } from './declaration.ts';
import { normalizeHeader } from './header.ts';
import type { Recognised } from './recognise.ts';

/** Shorter names are near to too much. */
const minLetters = 4;

/** The same where nothing is known to be missing: a "note" is no "date". */
const minLettersOfSlip = 5;

/** How many are named of one file. */
const maxColumns = 100;

/**
 * The columns of a file that nobody reads, and which of them look like a slip of the pen: "revnue", where no column gives
 * the revenue. The first 100; blank names are nothing.
 */
export function unreadColumns({ shape, columnOf, unused }: Recognised): UnreadColumn[] {
  const absent = [...columnOf].flatMap(([column, origin]) => (origin === null ? [column] : []));
  return unused
    .map((header) => header.trim())
    .filter((header) => header !== '')
    .slice(0, maxColumns)
    .map((header) => {
      const name = normalizeHeader(header);
      const meant = name.length < minLettersOfSlip ? undefined : meantBy(name, shape, absent);
      return { header, meant: meant ?? null };
    });
}

/** The name that a normalised header may have been meant to be, out of those under which a shape finds some columns. */
export function meantBy(header: string, shape: Shape, columns: readonly string[]): string | undefined {
  if (header.length < minLetters) return undefined;
  const names = columns.flatMap((column) => {
    const rule = shape.columns.get(column);
    return rule?.kind === 'aliases' ? rule.aliases.filter((alias) => alias.length >= minLetters) : [];
  });
  return nearest(header, names);
}
