import type { StepAccount } from '../src/engine/engine.ts';
import type { Work } from './batch.ts';
import type { StageTools } from './stage-step.ts';

/** Runs the models of one stage of the plan on a batch at work; a batch without a scope passes. */
export async function runModels(work: Work, stage: 'join' | 'inflate', tools: StageTools): Promise<Work> {
  if (work.scope === null) return work;
  const steps: StepAccount[] = [];
  const progress = tools.report.begin(stage);
  await work.session.run(stage, (step) => {
    steps.push(step);
    progress.advance();
  });
  progress.done(`${steps.reduce((sum, step) => sum + step.recomputed, 0)} rows`);
  return { ...work, steps: [...work.steps, ...steps] };
}
