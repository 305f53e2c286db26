import { isMap, isScalar, type Document, type LineCounter, type Node } from 'yaml';
import type { z } from 'zod';
import { nearest } from '../nearest.ts';
import { keysAt } from './schema.ts';

/** What is wrong at one place of the configuration, as a line for a person, and what to do about it. */
export interface Complaint {
  readonly message: string;
  readonly hint?: string;
}

/** A parsed configuration file with what is needed to name its lines. */
export interface Location {
  readonly label: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Turns the validator's findings into complaints with file, line, key, what was got and what was expected. */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  at: Location,
): readonly Complaint[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKey([...issue.path, key], keysAt(issue.path), at));
    }
    const got = issue.path.reduce<unknown>(
      (inner, key) => (inner as Record<PropertyKey, unknown>)[key],
      value,
    );
    const key = issue.path.length === 0 ? '' : ` ${issue.path.join('.')}:`;
    const expected = issue.message.startsWith('Invalid input') ? 'keys and values' : issue.message;
    return [
      { message: `${at.label}:${lineOf(issue.path, at)}:${key} got ${show(got)}, expected ${expected}` },
    ];
  });
}

/** Complains about each name below `sources` that no source has; every snake_case name is fine without `known`. */
export function describeUnknownSources(
  names: readonly string[],
  known: readonly string[] | undefined,
  at: Location,
): readonly Complaint[] {
  return names
    .filter((name) => !(known?.includes(name) ?? /^[a-z][a-z0-9_]*$/.test(name)))
    .map((name) => unknownKey(['sources', name], known ?? [], at, 'unknown source'));
}

function unknownKey(
  path: readonly PropertyKey[],
  known: readonly string[],
  at: Location,
  what = 'unknown key',
): Complaint {
  const key = String(path.at(-1));
  const guess = nearest(key, known);
  const expected =
    guess ?? (known.length === 0 ? 'a plain name in snake_case' : `one of ${known.join(', ')}`);
  return {
    message: `${at.label}:${lineOf(path, at)}: ${path.join('.')}: got an ${what}, expected ${expected}`,
    ...(guess === undefined ? {} : { hint: `write ${guess} in place of ${key}` }),
  };
}

/** The line of the value at `path`, or of its key where the value is a mapping or missing. Counts from 1. */
function lineOf(path: readonly PropertyKey[], { document, lines }: Location): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const step of path) {
    if (!isMap(node)) break;
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    if (pair === undefined) break;
    offset = (pair.key as Node).range?.[0] ?? offset;
    node = pair.value;
  }
  return lines.linePos(offset).line;
}

function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value !== 'object') {
    const text = JSON.stringify(value);
    return text.length <= 100 ? text : `${text.slice(0, 100)}...`;
  }
  return Array.isArray(value) ? 'a list' : 'keys and values';
}
