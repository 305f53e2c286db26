import { isCollection, isMap, isScalar, type Document, type LineCounter, type Node } from 'yaml';
import type { z } from 'zod';

/** A parsed YAML file with what is needed to name its lines. */
export interface Place {
  readonly label: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** The validator's finding as lines for a person: file, line, key, what was got, what was expected. */
export function describeIssue(issue: z.core.$ZodIssue, place: Place): string[] {
  const at = (path: readonly PropertyKey[]): string => `${place.label}:${lineOf(path, place)}:`;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const where = issue.path.length === 0 ? 'the file' : issue.path.join('.');
      return `${at([...issue.path, key])} got an unknown key "${key}" in ${where}, expected one that the schema names`;
    });
  }
  const got: unknown = place.document.getIn(issue.path);
  const shown = isCollection(got) ? 'a list or mapping' : got === undefined ? 'nothing' : JSON.stringify(got);
  return [`${at(issue.path)} ${issue.path.join('.')}: got ${shown}, expected ${issue.message}`];
}

/** The line (from 1) of the key or item at `path`; of the nearest enclosing one where it doesn't exist. */
export function lineOf(path: readonly PropertyKey[], { document, lines }: Place): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isCollection(node)) {
      node = node.items[Number(step)];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return lines.linePos(offset).line;
}
