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
  {
    name: 'backfill',
    summary: 'bring the warehouse to what raw/ holds, once',
    description:
      'Looks at every file in raw/, takes the rows that changed through the pipeline, and publishes the result in ' +
      'curated_data/. Running it again changes nothing. A drop that would lose implausibly much is held.',
    options: [
      { flags: '--accept-all', description: 'take drops that would be held' },
      {
        flags: '--dry-run',
        description: 'say what would come of it, on a copy of the stores; change nothing',
      },
      { flags: '--profile', description: 'write where the time went to .marquee/profile.md' },
      { flags: '--fetch', description: 'first fetch what is new, as `marquee fetch` does' },
    ],
    examples: [
      ['marquee backfill', 'process what changed since the last run'],
      ['marquee backfill --json', 'the same, with the receipt as JSON'],
      ['marquee backfill --dry-run', 'see first what would change, and what would be held'],
      ['marquee backfill --fetch', 'get what is new elsewhere first'],
      ['marquee backfill --accept-all --quiet', 'from a script that knows what it drops'],
    ],
    load: () => import('../commands/backfill.ts'),
  },
  {
    name: 'fetch',
    summary: 'bring files of raw/ to what Kaggle, FRED and other places have',
    description:
      'Asks each place below `fetch.sources` in marquee.yaml (without it: the films and credits from Kaggle, prices ' +
      'from FRED) whether it has something new, and downloads only that. What was cut short is gone on with. A file is ' +
      'checked before it takes its place in raw/. Beside a watcher, the watcher does it.',
    arguments: [['[name...]', 'as below fetch.sources; all without one']],
    options: [
      {
        flags: '--kaggle-json <file>',
        description: "Kaggle's credential (default: as Kaggle's own tools find it)",
      },
      {
        flags: '--if-configured',
        description: 'only say what would be fetched where marquee.yaml has no fetch section',
      },
    ],
    examples: [
      ['marquee fetch', 'everything that is new'],
      ['marquee fetch cpi', 'only the price index; no credential is needed'],
      ['marquee fetch --json', 'for a script: what became of each'],
    ],
    load: () => import('../commands/fetch.ts'),
  },
  {
    name: 'watch',
    summary: 'keep the warehouse at what raw/ holds, until stopped',
    description:
      'Catches up with what changed while nobody watched, then takes each drop as soon as its file has settled. ' +
      'Failures are told and tried again. SIGINT or SIGTERM ends it with 0 within 5 s, a second one at once. ' +
      'Everything is logged to stderr: as text on a terminal, elsewhere as JSON.',
    options: [
      { flags: '--poll', description: 'look at the files in turn, for network drives (also watch.poll)' },
      {
        flags: '--log-format <format>',
        description: 'how to log (auto: text with a live status line on a terminal, else json)',
        choices: ['auto', 'text', 'json'],
      },
      {
        flags: '--metrics-port <port>',
        description: 'serve /metrics for Prometheus, and /healthz',
        kind: 'count',
      },
      { flags: '--metrics-host <host>', description: 'where to serve them (default: 127.0.0.1)' },
    ],
    examples: [
      ['marquee watch', 'in a terminal, or as a service'],
      [
        'marquee watch --json --quiet >> receipts.jsonl',
        'one receipt a line on stdout, only warnings on stderr',
      ],
    ],
    load: () => import('../commands/watch.ts'),
  },
  {
    name: 'query',
    summary: 'ask the published warehouse, read-only',
    description:
      'Prints a view, or the answer to one SELECT, from the published snapshot: as a table on a terminal, as CSV ' +
      'elsewhere. Nothing can be changed, and no file outside the snapshot be read. Lists are JSON in CSV.',
    arguments: [['[query...]', "a view's name, or SQL; without it, the views are listed"]],
    options: [
      { flags: '-f, --file <file>', description: 'read the SQL from a file (- for stdin)' },
      {
        flags: '--format <format>',
        description: 'how to print the rows',
        choices: ['table', 'csv', 'json', 'arrow', 'parquet'],
      },
      { flags: '-o, --output <file>', description: 'write to a file in place of stdout' },
      {
        flags: '--limit <rows>',
        description: 'stop after so many rows (0: all; a table shows 50)',
        kind: 'count',
      },
    ],
    examples: [
      ['marquee query', 'list the views'],
      ['marquee query top_movies --limit 10', 'the ten films with the highest real revenue'],
      [`marquee query "from genre_by_period where genre = 'Drama'"`, 'ask in SQL'],
      ['marquee query -f downstream/sql_analysis/03_roi_by_director_and_lead_actor.sql', 'run a query file'],
      ['marquee query movies_enriched --format parquet -o films.parquet', 'take the films elsewhere'],
    ],
    load: () => import('../commands/query.ts'),
  },
  {
    name: 'status',
    summary: 'what is in force: files, epoch, quarantine, held drops',
    description:
      'Shows the files in force, the last epoch with its receipt, and what is quarantined or held.',
    options: [{ flags: '--follow', description: 'stay, and show it again whenever it changes' }],
    examples: [
      ['marquee status', 'for a person'],
      ['marquee status --follow', 'beside a running watcher'],
      ['marquee status --json', 'for a script'],
    ],
    load: () => import('../commands/status.ts'),
  },
  {
    name: 'verify',
    summary: 'recompute everything from raw/ and compare it with what is published',
    description:
      'Recomputes every relation from the versions in force, in a throw-away database, and compares it with the ' +
      'published Parquet files and serving file: row counts, checksums, and the first rows that differ. Works beside a ' +
      'running marquee. Exits with 4 when something differs.',
    options: [
      { flags: '--sample <share>', description: 'only a random share of the films, such as 5%; faster' },
      { flags: '--seed <number>', description: 'choose the same sample again', kind: 'count' },
      { flags: '--repair', description: 'publish again what is missing or different; takes the lock' },
    ],
    examples: [
      ['marquee verify', 'prove that what is published is right'],
      ['marquee verify --sample 5%', 'check some films'],
      ['marquee verify --repair', 'put right what was changed behind marquee’s back'],
    ],
    load: () => import('../commands/verify.ts'),
  },
  {
    name: 'history',
    summary: 'list the epochs, or show the receipt of one',
    description:
      'Lists the committed epochs, newest first, with what each of them changed. With a number, shows that ' +
      "epoch's receipt: files, records, films affected, partitions rewritten, work per changed row, time by stage.",
    arguments: [['[epoch]', 'the number of an epoch']],
    options: [{ flags: '--limit <epochs>', description: 'list at most so many (0: all)', kind: 'count' }],
    examples: [
      ['marquee history', 'the last 20'],
      ['marquee history 7', 'the receipt of epoch 7'],
      ['marquee history --json --limit 0', 'all receipts, for a script'],
    ],
    load: () => import('../commands/history.ts'),
  },
  {
    name: 'held',
    summary: 'list the drops that were held, and what would go',
    description:
      'Lists the drops that would lose implausibly much: the file, its fingerprint, the reason, what would go with ' +
      'some examples, since when. Until one is accepted, the version before it stays in force.',
    examples: [
      ['marquee held', 'for a person'],
      ['marquee held --json', 'for a script'],
    ],
    load: () => import('../commands/held.ts'),
  },
  {
    name: 'accept',
    summary: 'let a held drop through',
    description:
      'Lets exactly these bytes through (or exactly this removal), now and whenever they come again. The next ' +
      'backfill takes them; while another marquee works on the root, it is asked to.',
    arguments: [['<fingerprint...>', 'as `marquee held` shows it; 6 or more of its first digits will do']],
    examples: [['marquee accept 3f2a91c0be77', 'then run marquee backfill']],
    load: () => import('../commands/accept.ts'),
  },
  {
    name: 'quarantine',
    summary: 'list the cells and records that were not taken, and why',
    description:
      'Lists what stands in raw/ but could not be used: where, what was got and what was expected. ' +
      'An entry goes away by itself once a good version of its file is dropped.',
    options: [
      { flags: '--source <name>', description: 'only of this source' },
      { flags: '--file <path>', description: 'only of this file (path below the root)' },
      { flags: '--code <code>', description: 'only of this kind, such as bad-money' },
      { flags: '--limit <rows>', description: 'show at most so many (0: all)', kind: 'count' },
    ],
    examples: [
      ['marquee quarantine', 'the first 50'],
      ['marquee quarantine --source cpi --limit 0', 'everything about prices'],
    ],
    load: () => import('../commands/quarantine.ts'),
  },
  {
    name: 'doctor',
    summary: 'check that marquee can work here, and say what to do where it cannot',
    description:
      'Checks Node, disk space, native modules, permissions, credentials, the lock and the state; changes nothing. ' +
      'Exits with 1 when something must be mended before marquee can run.',
    examples: [['marquee doctor', 'look at the current folder']],
    load: () => import('../commands/doctor.ts'),
  },
];
