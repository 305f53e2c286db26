#!/usr/bin/env bash
# Installs, builds, fetches what marquee.yaml asks for, and backfills: from a fresh clone to a queryable warehouse in one
# command. Asks nothing, so cron may run it; the exit code is that of `marquee backfill`, whatever came of fetching.
#
#   bash run_pipeline.sh                    # uses the CSV files in raw/, or makes a demo when there are none
#   bash run_pipeline.sh --root /data/films # everything after the name goes to `marquee backfill`
#
# Running it again does only what is out of date.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

say() { printf '%s\n' "run_pipeline: $*" >&2; }
fail() {
  printf '%s\n' "run_pipeline: $1" "  next: $2" >&2
  exit "${3:-1}"
}

# Where the data are, how much to say: the few options of backfill that matter here as well.
root="$here"
config=()
root_given=false
quiet=false
only_help=false
arguments=("$@")
for ((i = 0; i < $#; i++)); do
  case "${arguments[i]}" in
  --root)
    ((i + 1 < $#)) || fail "--root needs a folder" "bash run_pipeline.sh --root FOLDER" 2
    root="${arguments[i + 1]}" root_given=true
    ;;
  --root=*) root="${arguments[i]#--root=}" root_given=true ;;
  --config)
    ((i + 1 < $#)) || fail "--config needs a file" "bash run_pipeline.sh --config FILE" 2
    config=(--config "${arguments[i + 1]}")
    ;;
  --config=*) config=("${arguments[i]}") ;;
  --quiet) quiet=true ;;
  -h | --help) only_help=true ;;
  esac
done

check_node() {
  command -v node >/dev/null || fail "node was not found, expected Node.js 20 or newer" "install it from https://nodejs.org"
  command -v npm >/dev/null || fail "npm was not found, expected it beside node" "install Node.js from https://nodejs.org"
  local version major minor
  version="$(node --version)"
  IFS=. read -r major minor _ <<<"${version#v}"
  ((major > 22 || (major == 22 && minor >= 12) || (major == 20 && minor >= 19))) ||
    fail "got Node.js $version, expected 20.19 or newer, or 22.12 or newer" "install a newer one from https://nodejs.org"
}

# Installed is: what the lock file says, for this Node (native modules are built for one). The stamp stands outside
# node_modules, since npm takes a foreign file there for a change.
install() {
  local stamp="$here/dist/.installed" npm_stamp="$here/node_modules/.package-lock.json" wanted
  wanted="$(node --version) $(cksum <"$here/package-lock.json")"
  if [[ -f "$npm_stamp" && -d "$here/node_modules/typescript" ]]; then
    if [[ -f "$stamp" && "$(<"$stamp")" == "$wanted" ]]; then return; fi
    # Somebody else's `npm ci` is as good as ours.
    if [[ ! -f "$stamp" && "$npm_stamp" -nt "$here/package-lock.json" ]]; then
      mkdir -p "$here/dist"
      printf '%s' "$wanted" >"$stamp"
      return
    fi
  fi
  say "installing packages"
  (cd "$here" && npm ci --include=dev --no-audit --no-fund --loglevel=error) >&2 ||
    fail "npm ci failed" "see its message above; it needs the network and, for better-sqlite3, a C++ toolchain"
  mkdir -p "$here/dist"
  printf '%s' "$wanted" >"$stamp"
}

# Built is: newer than every source. Folders count, so that a file that went away shows too.
build() {
  local stamp="$here/dist/.built"
  if [[ -f "$stamp" && -f "$here/dist/bin/marquee.cjs" &&
    -z "$(find "$here"/{src,operators,state,tsconfig.json,tsconfig.build.json,rolldown.config.mjs,package-lock.json} -newer "$stamp" -print -quit)" ]]; then
    return
  fi
  say "building"
  mkdir -p "$here/dist"
  touch "$stamp.new"
  (cd "$here" && npm run --silent build) >&2 || fail "the build failed" "see the compiler's message above"
  mv "$stamp.new" "$stamp"
}

marquee() { node "$here/dist/bin/marquee.cjs" "$@"; }

# A root without any CSV gets the demo; but where files were in force, their absence is a matter for the guard, not to
# be covered up with other films.
provide_input() {
  [[ -d "$root" ]] || fail "there is no folder $root" "make it, or give another one with --root" 2
  if [[ -d "$root/raw" && -n "$(find -L "$root/raw" -type f -iname '*.csv' ! -name '.*' -print -quit)" ]]; then return; fi
  if [[ -f "$root/.marquee/state.sqlite" && "$(marquee status --json --root "$root" || true)" != *'"files":[]'* ]]; then
    return
  fi
  say "no CSV files in $root/raw: making a demo of real films there"
  if $quiet; then marquee init --demo --root "$root" --quiet; else marquee init --demo --root "$root"; fi
}

# Without a fetch section in marquee.yaml this only says what could be fetched. What can't be had now, the next run gets.
fetch_new() {
  [[ -d "$root" ]] || return 0
  local more=()
  if $quiet; then more=(--quiet); fi
  # Results are those of the backfill, so nothing of this goes to stdout.
  marquee fetch --if-configured --root "$root" "${config[@]+"${config[@]}"}" "${more[@]+"${more[@]}"}" </dev/null >&2 ||
    say "not everything could be fetched: going on with what is in $root/raw"
}

check_node
install
build
if ! $only_help; then
  fetch_new
  provide_input
fi
if ! $root_given; then set -- --root "$root" "$@"; fi
exec node "$here/dist/bin/marquee.cjs" backfill "$@"
