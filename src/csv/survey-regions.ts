import { regionCount, type RegionBlocks, type RegionSurveyor, type SurveyTask } from './survey-region.ts';

/** What a worker is given. */
export interface SharedSurvey {
  readonly task: SurveyTask;
  /** The next region that nobody has taken, counted up atomically. */
  readonly next: Int32Array;
}

/** The blocks of one region. */
export interface RegionResult {
  readonly region: number;
  readonly blocks: RegionBlocks;
}

/** Surveys regions that nobody else has taken, until there are none. */
export function* surveyRegions(
  surveyor: RegionSurveyor,
  task: SurveyTask,
  next: Int32Array,
): Generator<RegionResult, void, undefined> {
  const regions = regionCount(task);
  for (let region = Atomics.add(next, 0, 1); region < regions; region = Atomics.add(next, 0, 1)) {
    yield { region, blocks: surveyor.survey(region) };
  }
}
