import type { Invocation } from '../cli/invocation.ts';
import { examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { formatDuration } from '../terminal/format.ts';

/** `marquee doctor`: whether marquee can work here, and what to do where it cannot. Exit code 1 when it cannot. */
export async function run({ root, configFile, json, quiet }: Invocation): Promise<number> {
  const began = performance.now();
  const findings = await examine(root, configFile);
  const failed = findings.filter(({ level }) => level === 'fail').length;
  if (json) {
    process.stdout.write(`${JSON.stringify({ root, ok: failed === 0, findings })}\n`);
  } else {
    for (const finding of findings) process.stdout.write(describe(finding));
    const verdict = failed === 0 ? 'marquee can work here' : `${failed} to mend before marquee can work here`;
    if (!quiet) process.stderr.write(`${verdict} (${formatDuration(performance.now() - began)})\n`);
  }
  return failed === 0 ? 0 : 1;
}

function describe({ level, name, found, remedy }: Finding): string {
  const next = remedy === undefined ? '' : `      next: ${remedy}\n`;
  return `${level.padEnd(4)}  ${name}: ${found}\n${next}`;
}
