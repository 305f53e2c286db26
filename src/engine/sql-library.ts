import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { knownYaml } from '../known-yaml.ts';
import { packageRoot } from '../package-root.ts';

const step = z
  .strictObject({
    model: z.string(),
    impact: z.array(z.string()).default([]),
    scope: z.record(z.string(), z.string()).default({}),
    write: z.string().optional(),
    group: z.string().optional(),
    reads: z.string().optional(),
    tally: z.string().optional(),
    full: z.array(z.string()).min(1).optional(),
    fails: z.string().optional(),
  })
  .refine(
    ({ write, group, tally, full }) =>
      [write, group, tally, full].filter((way) => way !== undefined).length === 1,
    'exactly one of write, group, tally and full',
  )
  .refine(({ reads, group }) => reads === undefined || group !== undefined, 'reads goes with group');

const plan = z.strictObject({
  guarded: z.record(z.string(), z.array(z.string())),
  changed: z.record(z.string(), z.array(z.string())),
  clustered: z.record(z.string(), z.string()).default({}),
  remarks: z.array(z.string()).default([]),
  stages: z.strictObject({ join: z.array(step), inflate: z.array(step) }),
  publish: z.strictObject({
    partitioned: z.strictObject({
      relation: z.string(),
      by: z.string(),
      key: z.string(),
      keys: z.string(),
    }),
    aggregates: z.array(z.string()),
    views: z.array(z.string()),
  }),
});

const documentation = z.record(
  z.string(),
  z.strictObject({ description: z.string(), columns: z.record(z.string(), z.string()) }),
);

/** One step of sql/plan.yaml: a model, and what bounds it in an incremental run. */
export type ModelStep = z.infer<typeof step>;
/** sql/plan.yaml. */
export type Plan = z.infer<typeof plan>;
/** What a relation and its columns mean, for `COMMENT ON`; by relation name. */
export type Documentation = z.infer<typeof documentation>;

/** The contents of `sql/`, read once: the only place where meaning lives. */
export interface SqlLibrary {
  /** The select text of a relation, without a closing semicolon. Throws when no file of that name exists. */
  text(relation: string): string;
  /** Whether a relation of that name is defined. */
  has(relation: string): boolean;
  /** Whether the text of some relation contains this name. */
  isMentioned(name: string): boolean;
  readonly plan: Plan;
  readonly documentation: Documentation;
  /** The statements that give the engine the portable function names. */
  readonly dialect: string;
  /** Those of them that models may use, the published views among them. */
  readonly viewDialect: string;
  /** Hash of every text that decides results; another hash means everything is recomputed. */
  readonly hash: string;
}

const folders = ['staging', 'intermediate', 'marts', 'aggregates', 'views', 'impact', 'checks'];

/**
 * Reads `sql/`: one relation a file, named after it.
 *
 * @param folder defaults to the `sql/` that ships with marquee; tests give another one
 */
export function loadSqlLibrary(folder: string = path.join(packageRoot, 'sql')): SqlLibrary {
  const texts = new Map<string, string>();
  const hash = createHash('sha256');
  const read = (file: string): string => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    hash.update(`${file}\0${text}\0`);
    return text;
  };
  const readYaml = (file: string): unknown => {
    const text = read(file);
    return knownYaml.get(createHash('sha256').update(text).digest('hex')) ?? parse(text, { merge: true });
  };
  for (const sub of folders) {
    for (const file of readdirSync(path.join(folder, sub)).sort()) {
      if (file.endsWith('.sql'))
        texts.set(path.basename(file, '.sql'), read(`${sub}/${file}`).trim().replace(/;$/, ''));
    }
  }
  const planRead = plan.parse(readYaml('plan.yaml'));
  const valueDialect = read('dialects/duckdb.sql');
  const viewDialect = read('dialects/duckdb-models.sql');
  const documentationRead = documentation.parse(readYaml('documentation.yaml'));
  return {
    text: (relation) => {
      const text = texts.get(relation);
      if (text === undefined) throw new Error(`sql/ defines no relation "${relation}"`);
      return text;
    },
    has: (relation) => texts.has(relation),
    isMentioned: (name) => [...texts.values()].some((text) => new RegExp(`\\b${name}\\b`).test(text)),
    plan: planRead,
    documentation: documentationRead,
    dialect: `${valueDialect}\n${viewDialect}`,
    viewDialect,
    hash: hash.digest('hex'),
  };
}
