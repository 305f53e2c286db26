// A backfill that kills itself at a named step of the commit: node backfill-child.mjs <root> [step]
import { backfillOnce } from '../../dist/src/run-batches.js';

const [root, step] = process.argv.slice(2);
const silent = { begin: () => ({ advance: () => undefined, done: () => undefined }) };
const reached = (name) => {
  if (name === step) process.kill(process.pid, 'SIGKILL');
};
process.send?.('started');
await backfillOnce({ root, command: 'crash-test', reached }, { report: silent, acceptAll: true, reached });
