import type { ColumnRule, Shape, SourceDeclaration } from './declaration.ts';

/** Where a canonical column comes from: the index of a header, a text that is the same in every row, or nowhere. */
export type ColumnOrigin = number | string | null;

/** The header as it stands in messages: at most 300 characters. */
export function quoteHeader(header: readonly string[]): string {
  const text = header.map((name) => name.trim()).join(',');
  return JSON.stringify(text.length <= 300 ? text : `${text.slice(0, 300)}...`);
}

/** What a shape lacks in a header: groups of canonical columns of which one each is needed. */
export function lacks(
  shape: Shape,
  columnOf: ReadonlyMap<string, ColumnOrigin>,
): readonly (readonly string[])[] {
  const missing = (column: string): boolean => (columnOf.get(column) ?? null) === null;
  return [
    ...shape.required.filter(missing).map((column) => [column]),
    ...shape.requiredOneOf.filter((columns) => columns.every(missing)),
  ];
}

/** A header tied to the columns of a source, or the indexes of the headers that claim the same column. */
export type Bound =
  | {
      readonly kind: 'bound';
      readonly columnOf: ReadonlyMap<string, ColumnOrigin>;
      /** Headers (as written) that no column is taken from. */
      readonly unused: readonly string[];
    }
  | { readonly kind: 'ambiguous'; readonly indexes: readonly number[] };

/** Gives every canonical column its origin under a shape; two headers that fit equally well are ambiguous. */
export function bind(
  shape: Shape,
  source: SourceDeclaration,
  header: readonly string[],
  names: readonly string[],
): Bound {
  const found = new Map<string, number>();
  const used = new Set<number>();
  const rules = [...shape.columns];
  for (const pass of ['aliases', 'pattern'] as const) {
    for (const [column, rule] of rules.filter(([, candidate]) => candidate.kind === pass)) {
      const fits = fitting(rule, header, names, used);
      if (fits.length > 1) return { kind: 'ambiguous', indexes: fits };
      const [index] = fits;
      if (index === undefined) continue;
      found.set(column, index);
      used.add(index);
    }
  }
  const columnOf = new Map<string, ColumnOrigin>();
  for (const { name } of source.columns) {
    const rule = shape.columns.get(name);
    const from = rule?.kind === 'headerOf' ? found.get(rule.column) : undefined;
    columnOf.set(name, from === undefined ? (found.get(name) ?? null) : (header[from] ?? '').trim());
  }
  return { kind: 'bound', columnOf, unused: header.filter((_, index) => !used.has(index)) };
}

/** Indexes of the headers that satisfy a rule equally well: those of the first alias present, or all that fit. */
function fitting(
  rule: ColumnRule,
  header: readonly string[],
  names: readonly string[],
  used: ReadonlySet<number>,
): number[] {
  if (rule.kind === 'aliases') {
    const alias = rule.aliases.find((candidate) => names.includes(candidate));
    return alias === undefined ? [] : indexesWhere(names, (name) => name === alias);
  }
  if (rule.kind === 'pattern') {
    return indexesWhere(header, (name, index) => !used.has(index) && rule.pattern.test(name.trim()));
  }
  return [];
}

function indexesWhere(list: readonly string[], test: (item: string, index: number) => boolean): number[] {
  return list.flatMap((item, index) => (test(item, index) ? [index] : []));
}
