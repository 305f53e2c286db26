// A real `marquee watch` in a process of its own, as the latency and soak benches drive it.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built command line. */
export const mainFile = path.join(
  path.dirname(fileURLToPath(import.meta.url)),
  '..',
  'dist',
  'bin',
  'marquee.cjs',
);

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks every `everyMs` until `isSo` gives something; throws after `seconds`. */
export async function until(what, isSo, { seconds = 120, everyMs = 2 } = {}) {
  for (const end = performance.now() + seconds * 1000; ; await pause(everyMs)) {
    const found = await isSo();
    if (found) return found;
    if (performance.now() > end) throw new Error(`waited ${seconds} s for: ${what}`);
  }
}

/** Lines of a stream as they come. */
function eachLine(stream, tell) {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    lines.forEach(tell);
  });
}

/**
 * Starts a watcher; resolves when it watches. `onLog` is told each line of its log.
 *
 * @returns its pid, `results` (what every epoch said, growing unless `onResult` takes it), `log` (its last lines), `end(signal)` -> exit code
 */
export async function startWatcher(root, { onResult, onLog } = {}) {
  const child = spawn(process.execPath, [
    mainFile,
    'watch',
    '--root',
    root,
    '--json',
    '--log-format',
    'json',
  ]);
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  const results = [];
  const log = [];
  let isWatching = false;
  let code;
  const ended = new Promise((resolve) => {
    child.on('close', (status, signal) => {
      process.off('exit', kill);
      resolve((code = status ?? signal));
    });
  });
  eachLine(child.stdout, (line) => (onResult ?? ((result) => results.push(result)))(JSON.parse(line)));
  eachLine(child.stderr, (line) => {
    if (line.includes('"watching ')) isWatching = true;
    onLog?.(line);
    log.push(line);
    if (log.length > 200) log.shift();
  });
  await until(
    'the watcher to watch',
    () => {
      if (code !== undefined) throw new Error(`the watcher ended with ${code}\n${log.join('\n')}`);
      return isWatching;
    },
    { everyMs: 20 },
  );
  return {
    pid: child.pid,
    results,
    log,
    end(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}
