import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { newFolder } from './new-folder.ts';

/** Has Node print, when the process ends, the files that were loaded as ES modules or by require; an environment for it. */
export function loadedModulesProbe(): { NODE_OPTIONS: string } {
  const file = path.join(newFolder('probe'), 'probe.mjs');
  writeFileSync(
    file,
    `import { register, createRequire } from 'node:module';
     import { MessageChannel } from 'node:worker_threads';
     const { port1, port2 } = new MessageChannel();
     const seen = [];
     port1.on('message', (url) => seen.push(url)); port1.unref();
     register('data:text/javascript,' + encodeURIComponent(
       'let port; export function initialize(data) { port = data.port; }' +
       'export async function load(url, context, next) { port.postMessage(url); return next(url, context); }'),
       { data: { port: port2 }, transferList: [port2], parentURL: import.meta.url });
     process.on('exit', () => {
       const required = Object.keys(createRequire(import.meta.url).cache);
       console.log('LOADED ' + [...seen, ...required].join(' '));
     });`,
  );
  return { NODE_OPTIONS: `--import ${file}` };
}

/** The modules that the probe saw: of a bundled file those that its source map says it is made of. */
export function loadedModules(stdout: string): string[] {
  const urls = (stdout.split('LOADED ')[1] ?? '').trim().split(' ');
  return urls.flatMap((url) => {
    const map = url.startsWith('file:') ? `${fileURLToPath(url)}.map` : '';
    if (!existsSync(map)) return [url];
    return (JSON.parse(readFileSync(map, 'utf8')) as { sources: string[] }).sources;
  });
}
