import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Runs a command as a whole process and says what it took.
 *
 * Wall time runs from before the process is made until it has ended. Peak memory (VmHWM, the kernel's own high-water
 * mark) and processor time are read from /proc every few milliseconds, with those of child processes added (Spark's
 * JVM is one); they are null where there is no /proc.
 *
 * @returns {Promise<{ seconds: number, cpu: number | null, peakMb: number | null, stdout: string, stderr: string }>}
 * @throws when the exit code isn't one of `accepted`
 */
export async function measure(command, args, { accepted = [0], env = {} } = {}) {
  const began = process.hrtime.bigint();
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name]
      .setEncoding('utf8')
      .on('data', (chunk) => (text[name] = (text[name] + chunk).slice(-1_000_000)));
  }
  let isRunning = true;
  let seconds = 0;
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => {
      seconds = Number(process.hrtime.bigint() - began) / 1e9;
      isRunning = false;
    });
    child.on('close', (status, signal) => resolve(status ?? signal));
  });
  const usage = new Map();
  while (isRunning && child.pid !== undefined) {
    observe(child.pid, usage);
    await pause(10);
  }
  const status = await ended;
  if (!accepted.includes(status)) {
    throw new Error(`${command} ${args.join(' ')}\nended with ${status}\n${text.stderr.slice(-4000)}`);
  }
  const seen = [...usage.values()];
  const total = (what) => (seen.length === 0 ? null : seen.reduce((sum, one) => sum + one[what], 0));
  return { seconds, cpu: total('cpu'), peakMb: total('peakMb'), ...text };
}

/** Notes what a process and those it started have used so far; one that has ended keeps its last figures. */
function observe(pid, usage) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; user and system time are the 14th and 15th field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const peak = /VmHWM:\s+(\d+)/.exec(status)?.[1];
    if (peak === undefined) return;
    usage.set(pid, { peakMb: Number(peak) / 1024, cpu: (Number(fields[11]) + Number(fields[12])) / 100 });
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    for (const child of children.split(' ')) if (child.trim() !== '') observe(Number(child), usage);
  } catch {
    // It ended meanwhile, or this is no Linux.
  }
}
