// A dashboard: opens the serving file again and again, and looks whether all that it shows is of one epoch. Some of
// the files it opened it keeps for a while and looks again. Ends when its stdin does, with one line of JSON.
//
//   node reader.mjs curated_data/marquee.duckdb
import { DuckDBInstance } from '@duckdb/node-api';

const [file = ''] = process.argv.slice(2);
const holdMs = 2000;
const pauseMs = 50;

/** Asked one by one, so that a file that changed under its reader would show. All revenue in whole dollars. */
const questions = {
  epoch: 'select epoch from pipeline_info',
  lastEpoch: 'select max(epoch) from pipeline_epochs',
  filmsSaid: 'select films from pipeline_info',
  records: 'select sum(rows_inserted - rows_deleted) from pipeline_epochs',
  films: 'select count(*) from movies_enriched',
  revenue: 'select sum(revenue) from movies_enriched',
  filmsByMonth: 'select sum(count_films) from monthly_revenue',
  revenueByMonth: 'select sum(revenue) from monthly_revenue',
  filmsInAll: 'select count_films from executive_summary where release_year is null and genre is null',
  revenueInAll: 'select revenue from executive_summary where release_year is null and genre is null',
};

/** Two rows of the price index are records without a film. */
const indexRows = 2;

const found = { reads: 0, held: 0, failed: [], torn: [], epochs: new Set(), slowestMs: 0 };
let isEnding = false;
let kept = null;
process.stdin.on('end', () => (isEnding = true)).resume();

async function open() {
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  return { connection, close: () => (connection.closeSync(), instance.closeSync()) };
}

async function look({ connection }) {
  const figures = {};
  for (const [name, question] of Object.entries(questions)) {
    const rows = (await connection.runAndReadAll(question)).getRows();
    figures[name] = Number(rows[0]?.[0] ?? 0);
  }
  return figures;
}

function isWhole(figures) {
  const { epoch, lastEpoch, filmsSaid, records, films, filmsByMonth, filmsInAll } = figures;
  const { revenue, revenueByMonth, revenueInAll } = figures;
  return (
    epoch === lastEpoch &&
    [filmsSaid, records - indexRows, filmsByMonth, filmsInAll].every((count) => count === films) &&
    revenue === revenueByMonth &&
    revenue === revenueInAll
  );
}

/** Looks once more at what was opened before; then opens the next to keep. */
async function lookAgain() {
  if (kept === null || performance.now() - kept.since < holdMs) return;
  const again = await look(kept.reader);
  if (JSON.stringify(again) !== JSON.stringify(kept.figures)) found.torn.push({ kept: kept.figures, again });
  kept.reader.close();
  kept = null;
  found.held += 1;
}

while (!isEnding) {
  const began = performance.now();
  try {
    const reader = await open();
    const figures = await look(reader);
    found.reads += 1;
    if (!isWhole(figures)) found.torn.push(figures);
    if (figures.epoch < Math.max(0, ...found.epochs)) found.torn.push({ back: figures.epoch });
    found.epochs.add(figures.epoch);
    if (kept === null) kept = { reader, figures, since: began };
    else reader.close();
    await lookAgain();
  } catch (error) {
    found.failed.push(String(error));
  }
  found.slowestMs = Math.max(found.slowestMs, Math.round(performance.now() - began));
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
}
kept?.reader.close();
process.stdout.write(JSON.stringify({ ...found, epochs: found.epochs.size }));
