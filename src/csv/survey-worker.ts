import { parentPort, workerData } from 'node:worker_threads';
import { RegionSurveyor } from './survey-region.ts';
import { surveyRegions, type SharedSurvey } from './survey-regions.ts';

// A thread of `surveyFile`: takes regions until none is left, and hands over the blocks of each.
const { task, next } = workerData as SharedSurvey;
for (const result of surveyRegions(new RegionSurveyor(task), task, next)) {
  parentPort?.postMessage(result, [result.blocks.table.bytes.buffer as ArrayBuffer]);
}
