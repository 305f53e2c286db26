import { homedir } from 'node:os';
import type { Finding } from './finding.ts';
import { folders, input } from './folders.ts';
import { credentials, disk, nativeModule, node, probeStore } from './machine.ts';
import { configuration, lock, snapshot, state } from './stores.ts';

/** Looks at everything that marquee needs at a root. Changes nothing there. */
export async function examine(root: string, configFile?: string): Promise<readonly Finding[]> {
  return [
    node(process.versions.node),
    await nativeModule('duckdb', async () => (await import('../engine/probe.ts')).probeEngine()),
    await nativeModule('sqlite', () => Promise.resolve(probeStore())),
    ...folders(root),
    disk(root),
    configuration(root, configFile),
    input(root),
    lock(root),
    state(root),
    snapshot(root),
    credentials(process.env, homedir()),
  ];
}
