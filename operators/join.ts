import type { OperatorFunction } from 'rxjs';
import type { Work } from './batch.ts';
import { runModels } from './run-models.ts';
import { stageStep, type StageTools } from './stage-step.ts';

/** Says which film each record belongs to, fills the films, and joins them with their credits. */
export function join(tools: StageTools): OperatorFunction<Work, Work> {
  return stageStep('join', tools, (work) => runModels(work, 'join', tools));
}
