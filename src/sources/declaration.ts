import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { MarqueeError } from '../error.ts';
import { knownYaml } from '../known-yaml.ts';
import { checkMeaning } from './consistency.ts';
import { normalizeHeader } from './header.ts';
import { describeIssue, lineOf, type Place } from './places.ts';
import { sourceSchema, type ColumnType, type SourceFile } from './schema.ts';

export type { ColumnType } from './schema.ts';

/** One canonical raw column of a source: always text in the raw rows; `type` is what staging makes of it. */
export interface ColumnDeclaration {
  readonly name: string;
  readonly type: ColumnType;
  readonly description: string;
}

/** How a shape fills a canonical column: from a header it knows, from one that fits, or with a header's text. */
export type ColumnRule =
  | { readonly kind: 'aliases'; readonly aliases: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: RegExp }
  | { readonly kind: 'headerOf'; readonly column: string };

/** One published form of a source, recognised by its header. Header names in it are normalised. */
export interface Shape {
  readonly name: string;
  readonly description: string;
  /** Header names that must all be there for a file to be taken for this shape. */
  readonly signature: readonly string[];
  /** Of each inner list at least one header name must be there as well. */
  readonly signatureOneOf: readonly (readonly string[])[];
  /** Canonical column -> how it is filled; columns that the shape lacks are null in every row. */
  readonly columns: ReadonlyMap<string, ColumnRule>;
  /** Canonical columns that must have a header. */
  readonly required: readonly string[];
  /** Of each inner list at least one canonical column must have a header. */
  readonly requiredOneOf: readonly (readonly string[])[];
  /** Canonical columns that name a record; where `unique`, they are the record key. */
  readonly key: readonly string[];
  /** Those of `key` that a record may leave blank: then it is named by the others, and by the blank. */
  readonly keyMayLack: readonly string[];
  /** True: records are keyed by `key`, last line wins. False: a record is keyed by its whole declared row. */
  readonly unique: boolean;
  /** How texts such as 6/9/15 are read; `ymd` declares no such order, so they stay unknown. */
  readonly dateOrder: 'ymd' | 'mdy' | 'dmy';
}

/** A known form of file that no shape takes, and why: what the person who dropped it is told. */
export interface Refusal {
  readonly name: string;
  /** Header names (normalised) that must all be there. */
  readonly signature: readonly string[];
  /** A header that fits it (in any case) gives the file away. */
  readonly pattern: RegExp | null;
  readonly because: string;
  readonly hint: string;
}

/** A source as declared in `sql/sources/<source>.yaml`. */
export interface SourceDeclaration {
  readonly source: string;
  readonly description: string;
  /** Canonical columns in hash order. */
  readonly columns: readonly ColumnDeclaration[];
  /** In the order in which they are tried. */
  readonly shapes: readonly Shape[];
  readonly refusals: readonly Refusal[];
  /** SHA-256 (hex) of the YAML text: when it differs, files must be parsed again. */
  readonly hash: string;
}

/**
 * Reads and validates every `*.yaml` of a folder.
 *
 * @param folder usually `<package>/sql/sources`
 * @returns the sources, sorted by name
 * @throws MarqueeError `invalid-source` (exit 2), one line a finding: `sql/sources/cpi.yaml:12: ...`
 */
export function loadSources(folder: string): SourceDeclaration[] {
  const files = listYaml(folder);
  return files.map((name) =>
    parseSource(
      readFileSync(path.join(folder, name), 'utf8'),
      path.join('sql', 'sources', name),
      path.basename(name, '.yaml'),
    ),
  );
}

/**
 * Validates the YAML text of one source.
 *
 * @param label what messages call the file
 * @param expectedName the name that `source:` must give, as the folder in `raw/` has it
 * @throws MarqueeError `invalid-source`
 */
export function parseSource(text: string, label: string, expectedName: string): SourceDeclaration {
  const hash = createHash('sha256').update(text).digest('hex');
  const known = sourceSchema.safeParse(knownYaml.get(hash));
  if (known.success && known.data.source === expectedName) return toDeclaration(known.data, hash);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  const place: Place = { label, document, lines };
  if (document.errors.length > 0) {
    throw invalid(
      document.errors.map((e) => `${label}:${lines.linePos(e.pos[0]).line}: ${e.message.split('\n')[0]}`),
    );
  }
  const parsed = sourceSchema.safeParse(document.toJS());
  if (!parsed.success) throw invalid(parsed.error.issues.flatMap((issue) => describeIssue(issue, place)));
  const findings = checkMeaning(parsed.data, expectedName);
  if (findings.length > 0) {
    throw invalid(findings.map((f) => `${label}:${lineOf(f.path, place)}: ${f.message}`));
  }
  return toDeclaration(parsed.data, hash);
}

function listYaml(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .sort();
  } catch (cause) {
    throw new MarqueeError('invalid-source', `cannot read the source declarations in ${folder}`, {
      cause,
      hint: 'run `marquee doctor`, or install marquee again',
      exitCode: 2,
    });
  }
}

function invalid(findings: readonly string[]): MarqueeError {
  return new MarqueeError('invalid-source', findings.join('\n'), {
    hint: 'correct the declaration; ARCHITECTURE.md, "How to add a source", says what each key means',
    exitCode: 2,
  });
}

function toDeclaration(file: SourceFile, hash: string): SourceDeclaration {
  return {
    source: file.source,
    description: file.description,
    columns: Object.entries(file.columns).map(([name, column]) => ({ name, ...column })),
    shapes: file.shapes.map((shape) => ({
      name: shape.name,
      description: shape.description,
      signature: shape.signature.map(normalizeHeader),
      signatureOneOf: shape.signature_one_of.map((names) => names.map(normalizeHeader)),
      columns: new Map(Object.entries(shape.columns).map(([name, rule]) => [name, toRule(rule)])),
      required: shape.required,
      requiredOneOf: shape.required_one_of,
      key: shape.key,
      keyMayLack: shape.key_may_lack,
      unique: shape.unique,
      dateOrder: shape.date_order,
    })),
    refusals: file.refused.map((refusal) => ({
      name: refusal.name,
      signature: refusal.signature.map(normalizeHeader),
      pattern: refusal.pattern === undefined ? null : new RegExp(refusal.pattern, 'iu'),
      because: refusal.because,
      hint: refusal.hint,
    })),
    hash,
  };
}

function toRule(rule: SourceFile['shapes'][number]['columns'][string]): ColumnRule {
  if (Array.isArray(rule)) return { kind: 'aliases', aliases: rule.map(normalizeHeader) };
  if ('pattern' in rule) return { kind: 'pattern', pattern: new RegExp(rule.pattern, 'u') };
  return { kind: 'headerOf', column: rule.header_of };
}
