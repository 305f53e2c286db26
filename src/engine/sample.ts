import type { Connection } from './connection.ts';
import type { Sample, StepAccount } from './engine.ts';
import { ModelRunner } from './model-runner.ts';
import type { ModelStep, Plan, SqlLibrary } from './sql-library.ts';

/**
 * The condition that a row of a relation with the films' key belongs to the sample. It depends on the key alone, so
 * that a film is in the sample on both sides of a comparison, or on neither.
 */
export function isSampled(plan: Plan, alias: string, { share, seed }: Sample): string {
  const million = 1_000_000;
  const key = `${alias}.${plan.publish.partitioned.key}`;
  return `hash(${key} || '#${Math.trunc(seed)}') % ${million} < ${Math.round(share * million)}`;
}

/**
 * Computes the partitioned relation for a sample of the films, with the models' own texts: the first model of the
 * plan whole, since it says which films there are; every later one for the sampled films only, bound as in an
 * incremental run of which they were what changed. Other relations stay empty.
 */
export async function runSample(
  connection: Connection,
  library: SqlLibrary,
  sample: Sample,
  onStep: (account: StepAccount) => void,
): Promise<void> {
  const { stages, publish } = library.plan;
  const { relation, key, keys } = publish.partitioned;
  const steps = [...stages.join, ...stages.inflate];
  const [first, ...rest] = steps.slice(0, steps.findIndex(({ model }) => model === relation) + 1);
  if (first === undefined) throw new Error(`sql/plan.yaml: no step makes ${relation}`);
  onStep(await new ModelRunner(connection, library, 'everything').run(first));
  await connection.run(`
    create or replace temp table sampled_films as
    select r.${key} from (${library.text(keys)}) r where ${isSampled(library.plan, 'r', sample)}`);
  const runner = new ModelRunner(connection, library, 'changes');
  for (const step of rest) {
    if (step.write !== undefined) {
      await connection.run(`create or replace temp table ${step.write} as from sampled_films`);
    }
    onStep(await runner.run(withoutImpactBefore(step)));
  }
}

/** What a step reads still follows from what it writes; what it writes is the sample. */
function withoutImpactBefore(step: ModelStep): ModelStep {
  const at = step.write === undefined ? -1 : step.impact.indexOf(step.write);
  return { ...step, impact: step.impact.slice(at + 1) };
}
