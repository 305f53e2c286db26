import { totals, type Receipt } from '../../operators/batch.ts';
import type { EpochRecord } from '../../state/records.ts';
import type { Invocation } from '../cli/invocation.ts';
import { MarqueeError } from '../error.ts';
import { readState } from '../state-reader.ts';
import { formatDuration, plural, printable } from '../terminal/format.ts';
import { describeReceipt } from '../terminal/receipt.ts';
import { renderTable } from '../terminal/table.ts';

const listedByDefault = 20;

/** `marquee history`: the committed epochs, or the receipt of one of them. */
export function run({ root, json, quiet, args, options }: Invocation): Promise<number> {
  const [asked] = args;
  if (asked !== undefined) {
    const receipt = find(root, asked);
    process.stdout.write(
      json ? `${JSON.stringify(receipt)}\n` : `${describeReceipt(receipt).map(printable).join('\n')}\n`,
    );
    return Promise.resolve(0);
  }
  const limit = (options['limit'] as number | undefined) ?? listedByDefault;
  const epochs = readState(root, (state) => state.history(limit === 0 ? Number.MAX_SAFE_INTEGER : limit));
  if (json) process.stdout.write(`${JSON.stringify({ epochs: epochs.map(receiptOf) })}\n`);
  else if (epochs.length > 0) process.stdout.write(table(epochs));
  if (!json && !quiet)
    process.stderr.write(
      epochs.length === 0
        ? 'no epoch was committed yet; run `marquee backfill`\n'
        : `${plural(epochs.length, 'epoch')}; \`marquee history <epoch>\` shows the receipt of one\n`,
    );
  return Promise.resolve(0);
}

function find(root: string, asked: string): Receipt {
  const { receipt, newest } = readState(root, (state) => ({
    receipt: /^\d{1,15}$/.test(asked) ? state.receipt(Number(asked)) : null,
    newest: state.lastEpoch()?.epoch,
  }));
  if (receipt !== null) return JSON.parse(receipt) as Receipt;
  throw new MarqueeError('no-such-epoch', `there is no receipt of an epoch ${asked}`, {
    hint:
      newest === undefined
        ? 'run `marquee backfill` first'
        : `the newest is ${newest}; \`marquee history --limit 0\` lists all`,
    exitCode: 2,
  });
}

function receiptOf({ receipt }: EpochRecord): Receipt | null {
  return receipt === null ? null : (JSON.parse(receipt) as Receipt);
}

function table(epochs: readonly EpochRecord[]): string {
  const names = [
    'epoch',
    'committed',
    'files',
    'inserted',
    'updated',
    'deleted',
    'films',
    'partitions',
    'time',
  ];
  const rows = epochs.map((epoch) => {
    const receipt = receiptOf(epoch);
    if (receipt === null) return [epoch.epoch];
    const { inserted, updated, deleted } = totals(receipt.files);
    const elapsed = Object.values(receipt.timings).reduce((sum, ms) => sum + ms, 0);
    return [
      epoch.epoch,
      receipt.committedAt,
      receipt.files.length,
      inserted,
      updated,
      deleted,
      receipt.films.affected,
      receipt.partitionsRewritten.length,
      formatDuration(elapsed),
    ];
  });
  return renderTable(
    names.map((name) => ({ name, isNumber: name !== 'committed' && name !== 'time' })),
    rows,
    { width: process.stdout.columns || 120 },
  );
}
