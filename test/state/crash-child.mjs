/**
 * Commits epochs for ever until it is killed. Epoch N has one file, of 100 * N records whose row hashes are N, and a
 * quarantine of N % 3 entries. After each commit its number is written to stdout.
 *
 * argv: folder of the compiled state modules, state file, step at which to kill itself ('' for never)
 */
import { writeSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, file, dieAt] = process.argv.slice(2);
const { openSqliteStore } = await import(pathToFileURL(path.join(modules, 'sqlite-store.js')).href);
const store = openSqliteStore(file);
const left = store.openEpoch();
if (left !== null) store.abandonEpoch(left.epoch);
store.discardPending();
const { fileId } = store.ensureFile('cpi', 'cpi/a.csv');
const stopAt = (step) => {
  if (dieAt === step) process.kill(process.pid, 'SIGKILL');
};

for (let n = Number(store.meta('n') ?? 0) + 1; ; n++) {
  const meta = {
    fingerprint: `f${n}`,
    stat: null,
    shape: null,
    dateOrder: null,
    encoding: null,
    delimiter: null,
  };
  const writer = store.openWriter(fileId, meta);
  const keyHi = BigUint64Array.from({ length: 100 * n }, (_, i) => BigInt(i));
  const rows = new BigUint64Array(100 * n).fill(BigInt(n));
  writer.append({ keyHi, keyLo: keyHi, rowHi: rows, rowLo: rows });
  stopAt('append');
  const entry = { line: 1, column: null, code: 'bad', key: null, value: null, reason: `epoch ${n}` };
  store.addQuarantine(writer.versionId, Array(n % 3).fill(entry));
  writer.finish();
  stopAt('finish');
  const epoch = store.beginEpoch({
    uuid: `u${n}-${process.pid}`,
    engineHash: 'h',
    intent: '{}',
    beganAtMs: 1,
  });
  stopAt('begin');
  store.transaction(() => {
    store.commitEpoch(epoch, JSON.stringify({ n }), 2);
    stopAt('commit');
    store.setMeta('n', String(n));
  });
  writeSync(1, `${n}\n`);
  stopAt('done');
}
