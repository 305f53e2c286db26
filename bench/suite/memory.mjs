import { rmSync } from 'node:fs';
import path from 'node:path';
import { dataOf } from './data.mjs';
import { hostile, hugeRows } from './hostile.mjs';
import { benchFolder, mainFile } from './places.mjs';
import { measure } from './process.mjs';
import { BenchRoot } from './root.mjs';

const barMb = 1024;
const repeats = 2;

/**
 * Backfills inputs that are hard on memory, and prints what each took at most against 1 GB; a second backfill with
 * nothing new shows what knowing them costs.
 *
 * @param only names of `hostile`, or undefined for all
 * @returns whether all ended as they may, within the bar
 */
export async function memoryRows({ only, huge, seed }) {
  const data = dataOf(20_000, seed);
  const cases = hostile
    .map((one) => ({ ...one, root: new BenchRoot(path.join(benchFolder, 'memory'), data) }))
    .filter(({ name }) => only === undefined || only.includes(name));
  if (huge) cases.push(hugeCase(seed));
  let isFine = true;
  console.log('| input | run | s | cpu s | peak MB | bar | |\n| --- | --- | --- | --- | --- | --- | --- |');
  for (const { title, accepted, write, root } of cases) {
    await write(root);
    for (let at = 0; at < repeats; at++) {
      const what = at === 0 ? 'backfill' : 'again';
      try {
        const run = await measure(process.execPath, [mainFile, ...root.backfillArgs()], { accepted });
        const isMet = run.peakMb === null || run.peakMb <= barMb;
        isFine &&= isMet;
        const figures = [run.seconds.toFixed(2), run.cpu?.toFixed(2) ?? '-', run.peakMb?.toFixed(0) ?? '-'];
        console.log(
          `| ${title} | ${what} | ${figures.join(' | ')} | ${barMb} | ${isMet ? 'met' : 'NOT MET'} |`,
        );
        if (run.stderr.trim() !== '') console.error(run.stderr.trim().slice(0, 1000));
      } catch (error) {
        isFine = false;
        console.log(`| ${title} | ${what} | - | - | - | ${barMb} | FAILED |`);
        console.error(error.message);
        break;
      }
    }
  }
  rmSync(path.join(benchFolder, 'memory'), { recursive: true, force: true });
  return isFine;
}

function hugeCase(seed) {
  return {
    title: `${hugeRows.toLocaleString('en')} films (5.5 GB)`,
    accepted: [0],
    root: new BenchRoot(path.join(benchFolder, 'memory'), {}),
    write(root) {
      root.data = dataOf(hugeRows, seed);
      return root.start();
    },
  };
}
