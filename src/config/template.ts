/**
 * The text that `marquee init` writes as marquee.yaml: every key with its default and what it does, all commented
 * out, so that the file changes nothing until someone takes a `# ` away.
 */
export function writeCommentedConfig(): string {
  return `## marquee.yaml: every key is optional, and shown here with its default.
## To change one, take the "# " from its line and from the line of its section above it.
## Lines that begin with "##" explain. An unknown key is an error, so a slip of the pen shows at once.

## What the sources are called stands in sql/sources/; each has a folder of that name in raw/.
# sources:
#   movie_metadata:
##     Of two files with the same film, the one of higher rank wins, then the later name. Default rank: 0.
#     rank: { "fix*.csv": 10 }
##     A file that went away takes its rows along (retract), or leaves them (keep).
#     on_missing_file: retract
##     A file that is a link to one outside of its folder is refused (refuse), or taken (follow).
#     links_outside: refuse
#   genre_cast_director:
#     on_missing_file: retract
#   cpi:
#     on_missing_file: retract

## How nominal dollars become constant dollars.
# inflation:
##   The price index to use, as its column is called in raw/cpi/.
#   series: CPIAUCSL
##   Compare single months, or means of years.
#   basis: month
##   Whose dollars: latest, a year such as "2010", or a month such as "2024-07".
#   base: latest

## A new version of a file that would lose too much is held until \`marquee accept\`.
# guard:
##   Above this share of rows lost (or of known amounts lost), hold.
#   max_loss_share: 0.2
##   Files with fewer rows than this are not held for what they lose; a folder that goes away always is.
#   min_rows: 50

# roi:
##   Budgets below this many dollars say nothing about returns, and don't count for ratios.
#   min_budget: 1000

# watch:
##   A file is read once it has not changed for this long (milliseconds).
#   settle_ms: 300
##   Look through the whole of raw/ this often as well (seconds; 0: never).
#   rescan_s: 60
##   Ask for changes in place of being told; for network drives.
#   poll: false

# engine:
#   memory_limit: 700MB
#   threads: 2

## Whom to tell after each epoch. The receipt is JSON, on a command's standard input or as the body of a POST.
## A failure is told and changes nothing; the pipeline never waits.
# on_epoch:
##   A shell command, such as "cat >> receipts.jsonl"; it runs in this folder.
#   command: null
##   An http or https address, such as https://hooks.example/marquee.
#   url: null
##   Either is ended after so many seconds.
#   timeout_s: 30

## How long former snapshots stay readable: at least so many, and at least for so many minutes.
# retention:
#   snapshots: 5
#   minutes: 15

## What \`marquee fetch\` gets, and when a watcher does so by itself (credentials: docs/configuration.md).
# fetch:
##   Every 30m, 24h, 7d; or at the times of a cron pattern, such as cron: "0 6 * * *". Default: only when asked for.
#   every: 24h
##   A name, and one of kaggle (with file), fred and url; into: the source, if the name is another one.
#   sources:
#     movie_metadata: { kaggle: asaniczka/tmdb-movies-dataset-2023-930k-movies, file: TMDB_movie_dataset_v11.csv }
#     genre_cast_director: { kaggle: gayu14/tv-and-movie-metadata-with-genres-and-ratings-imbd, file: IMBD.csv }
#     cpi: { fred: CPIAUCSL }
`;
}
