import { concatMap, type OperatorFunction } from 'rxjs';
import type { Work } from './batch.ts';

/** What a stage tells while it works; the terminal shows it. */
export interface Reporter {
  /** A stage began; the returned function ends it, with a word on what came of it. */
  begin(stage: string, total?: number): { advance(n?: number): void; done(note?: string): void };
}

/** A monotonic clock in milliseconds. */
export type Now = () => number;

/** What every stage needs. */
export interface StageTools {
  readonly report: Reporter;
  readonly now: Now;
}

/**
 * Makes an operator of a pure step on a batch at work: one batch at a time, its duration noted under the stage's
 * name. A step that fails closes the session, so that the open transaction is rolled back, and errors the chain.
 */
export function stageStep<In extends Work, Out extends Work>(
  stage: string,
  tools: StageTools,
  step: (work: In) => Promise<Out>,
): OperatorFunction<In, Out> {
  return concatMap(async (work: In) => {
    const began = tools.now();
    try {
      const result = await step(work);
      return { ...result, timings: { ...result.timings, [stage]: tools.now() - began } };
    } catch (error) {
      await work.session.close();
      throw error;
    }
  });
}
