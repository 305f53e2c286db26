import type { CommandEntry } from './invocation.ts';

/** All commands in the order in which `marquee --help` lists them. To add one: a file in src/commands/, an entry here. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'make the folders and a commented marquee.yaml',
    description:
      'Makes a folder in raw/ for each source and a marquee.yaml with every setting commented out. ' +
      'What exists already is left alone. With --demo, real films and price figures are put into raw/.',
    options: [
      { flags: '--demo', description: 'also write a demo: some 3,200 real films and US consumer prices' },
    ],
    examples: [
      ['marquee init', 'prepare the current folder'],
      ['marquee init --demo --root /tmp/demo', 'try marquee on real films'],
    ],
    load: () => import('../commands/init.ts'),
  },
];
