import type { Invocation } from '../cli/invocation.ts';
import { heldDrops, type HeldDrop } from '../held-drops.ts';
import { readState } from '../state-reader.ts';
import { formatCount, plural, printable } from '../terminal/format.ts';

/** Columns of an example that are shown to a person, and how much of each. */
const shownColumns = 5;
const shownLength = 40;

/** `marquee held`: the drops that wait for a person, and what would go with them. */
export function run({ root, json, quiet }: Invocation): Promise<number> {
  const held = readState(root, heldDrops);
  if (json) {
    process.stdout.write(`${JSON.stringify({ held })}\n`);
    return Promise.resolve(0);
  }
  for (const drop of held) process.stdout.write(`${describe(drop).map(printable).join('\n')}\n\n`);
  if (!quiet)
    process.stderr.write(held.length === 0 ? 'nothing is held\n' : `${plural(held.length, 'drop')} held\n`);
  return Promise.resolve(0);
}

function describe(drop: HeldDrop): string[] {
  const lines = [
    `${drop.path}: ${drop.reason}`,
    `  ${drop.kind === 'removed' ? 'removal' : 'fingerprint'} ${drop.fingerprint.slice(0, 12)}${drop.heldSince === null ? '' : `, held since ${drop.heldSince}`}`,
    `  in force: ${plural(drop.recordsInForce, 'record')}${counts(drop)}`,
  ];
  if (drop.examples.length > 0) {
    lines.push(
      '  would go, among others:',
      ...drop.examples.map((example) => `    ${describeExample(example)}`),
    );
  }
  lines.push(
    drop.isAccepted
      ? '  accepted: marquee backfill takes it'
      : `  next: if that is right, marquee accept ${drop.fingerprint.slice(0, 12)}; else put a good file there`,
  );
  return lines;
}

function counts({ wouldChange }: HeldDrop): string {
  if (wouldChange === null) return '';
  const { inserted, updated, deleted } = wouldChange;
  const said = [
    [deleted, 'would go'],
    [updated, 'would change'],
    [inserted, 'would come'],
  ] as const;
  return said
    .filter(([count]) => count > 0)
    .map(([count, what]) => `, ${formatCount(count)} ${what}`)
    .join('');
}

function describeExample(example: Readonly<Record<string, string>>): string {
  const entries = Object.entries(example);
  const shown = entries.slice(0, shownColumns).map(([column, value]) => {
    const cut = value.length > shownLength ? `${value.slice(0, shownLength - 1)}…` : value;
    return `${column} ${cut}`;
  });
  return `${shown.join(', ')}${entries.length > shownColumns ? ', …' : ''}`;
}
