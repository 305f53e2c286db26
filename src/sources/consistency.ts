import { nearest } from '../nearest.ts';
import type { SourceFile } from './schema.ts';

/** Something in a source file that contradicts itself, with the path of the key in the YAML. */
export interface Finding {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Checks what a schema can't: names that refer to one another, and shapes that could never be told apart. */
export function checkMeaning(file: SourceFile, expectedName: string): Finding[] {
  const findings: Finding[] = [];
  const known = Object.keys(file.columns);
  if (file.source !== expectedName) {
    findings.push({
      path: ['source'],
      message: `source: got "${file.source}", expected "${expectedName}" as the file is called`,
    });
  }
  findings.push(...repeated(file.shapes.map((shape) => shape.name)));
  file.shapes.forEach((shape, index) => {
    const at = (...rest: PropertyKey[]): PropertyKey[] => ['shapes', index, ...rest];
    const mapped = Object.keys(shape.columns);
    for (const column of mapped.filter((name) => !known.includes(name))) {
      const guess = nearest(column, known);
      const expected = guess === undefined ? 'a column that `columns` declares' : `"${guess}"`;
      findings.push({
        path: at('columns', column),
        message: `${shape.name}: got column "${column}", expected ${expected}`,
      });
    }
    const named: [string, readonly string[]][] = [
      ['key', shape.key],
      ['required', shape.required],
      ['required_one_of', shape.required_one_of.flat()],
    ];
    for (const [key, columns] of named) {
      for (const column of columns.filter((name) => !mapped.includes(name))) {
        findings.push({
          path: at(key),
          message: `${shape.name}.${key}: got "${column}", expected a column that the shape maps`,
        });
      }
    }
    for (const column of shape.key_may_lack.filter((name) => !shape.key.includes(name))) {
      findings.push({
        path: at('key_may_lack'),
        message: `${shape.name}.key_may_lack: got "${column}", expected a column that \`key\` lists`,
      });
    }
    for (const column of shape.key.filter((name) => !shape.required.includes(name))) {
      findings.push({
        path: at('key'),
        message: `${shape.name}.key: got "${column}", expected a column that \`required\` lists`,
      });
    }
    for (const [column, rule] of Object.entries(shape.columns)) {
      if (!Array.isArray(rule) && 'header_of' in rule && !mapped.includes(rule.header_of)) {
        findings.push({
          path: at('columns', column),
          message: `${shape.name}.${column}.header_of: got "${rule.header_of}", expected a column that the shape maps`,
        });
      }
    }
  });
  file.refused.forEach((refusal, index) => {
    if (refusal.signature.length === 0 && refusal.pattern === undefined) {
      findings.push({
        path: ['refused', index],
        message: `${refusal.name}: got neither \`signature\` nor \`pattern\`, expected one of them`,
      });
    }
  });
  return findings;
}

function repeated(names: readonly string[]): Finding[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            path: ['shapes', index, 'name'],
            message: `shapes: got "${name}" twice, expected different names`,
          },
        ],
  );
}
