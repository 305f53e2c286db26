import { readFileSync } from 'node:fs';

/**
 * Tells a running process from any other that has or had the same pid: its start time, and which start of the machine
 * that counts from. Null when no such process runs; `unknown` where the system has no /proc to tell.
 */
export function processIdentity(pid: number): string | null {
  if (!isRunning(pid)) return null;
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === null) return readIfThere('/proc/self/stat') === null ? 'unknown' : null;
  // The second field, the program's name in parentheses, may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  if (state === 'Z' || state === 'X') return null;
  const startedTicks = fields[19];
  const boot = readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return `${boot}:${startedTicks}`;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
