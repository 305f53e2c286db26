import type { OperatorFunction } from 'rxjs';
import type { Work } from './batch.ts';
import { runModels } from './run-models.ts';
import { stageStep, type StageTools } from './stage-step.ts';

/** Prices the films in constant dollars, derives their features, and refreshes the aggregates. */
export function inflate(tools: StageTools): OperatorFunction<Work, Work> {
  return stageStep('inflate', tools, (work) => runModels(work, 'inflate', tools));
}
