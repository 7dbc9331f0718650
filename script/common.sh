# Shared by the programs of this folder: set-up, steps with times, quiet runs. Sourced, never run.
# shellcheck shell=bash

set -euo pipefail
exec </dev/null

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
logs=$root/build/log
mkdir -p "$logs"

# Two clones on one machine share compiled objects.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
# A home is where ccache keeps its objects; a service may run without one.
export HOME=${HOME:-/root}

say() { printf '%s\n' "$*"; }

# log_of NAME: where a step of that name logs.
log_of() { printf '%s/%s.log' "$logs" "$(tr -cs 'a-zA-Z0-9' '-' <<<"$1" | sed 's/-$//')"; }

# step NAME COMMAND…: runs the command with its output in build/log/NAME.log, and says in one line
# what was done and how long it took; on failure shows the part of the log that says why, and
# returns the command's status. A terminal sees the log's last line meanwhile.
step() {
  local name=$1 log status=0 start=$SECONDS ticker=
  shift
  log=$(log_of "$name")
  : >"$log"
  printf '  %-44s' "$name"
  if [[ -t 1 ]]; then
    while sleep 1; do
      printf '\r  %-44s %4d s  %s\e[K' "$name" $((SECONDS - start)) \
        "$(tail -n 1 "$log" | tr -cd '[:print:]' | cut -c1-40)"
    done &
    ticker=$!
  fi
  "$@" >"$log" 2>&1 || status=$?
  if [[ -n $ticker ]]; then
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    printf '\r  %-44s' "$name"
    printf '\e[K'
  fi
  if ((status == 0)); then
    printf ' %4d s\n' $((SECONDS - start))
  else
    printf ' %4d s  FAILED (%s)\n' $((SECONDS - start)) "${log#"$root"/}"
    explain "$log"
  fi
  return "$status"
}

# The part of a log that says why: failed compilations and tests, else its end.
explain() {
  local log=$1
  if grep -qE '^FAILED: |^The following tests FAILED|: error: ' "$log"; then
    grep -nE -A6 '^FAILED: |: error: |\[  FAILED  \]|Failure$|ERROR: (Address|Leak|Thread)|WARNING: Thread|^The following tests FAILED' \
      "$log" | head -n 60 | cut -c1-200
  else
    tail -n 60 "$log" | cut -c1-300
  fi | sed 's/^/    /'
}

# packages GROUP…: installs what script/packages.txt lists for the groups and the machine lacks.
# Without anything missing it neither needs the network nor root.
packages() {
  local groups=$* wanted missing=() package as_root=()
  wanted=$(awk -v groups=" $groups " '!/^#/ && NF == 2 && index(groups, " " $1 " ") { print $2 }' \
    script/packages.txt)
  for package in $wanted; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
      missing+=("$package")
  done
  ((${#missing[@]} == 0)) && return 0
  if (($(id -u) != 0)); then
    command -v sudo >/dev/null || {
      say "needs root or sudo to install: ${missing[*]}"
      return 1
    }
    as_root=(sudo)
  fi
  say "  installing: ${missing[*]}"
  step "apt update" "${as_root[@]}" apt-get update
  step "apt install" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}"
}

# configure PRESET [OPTION…]
configure() {
  local preset=$1
  shift
  step "configure $preset" cmake --preset "$preset" "$@"
}

# build PRESET [TARGET…]
build() {
  local preset=$1 targets=()
  shift
  (($# > 0)) && targets=(--target "$@")
  step "build $preset" cmake --build --preset "$preset" "${targets[@]}" -- -k 0
}

# Every C++ file that people write, one a line.
sources() {
  local folder folders=()
  for folder in apps backends bench examples fuzz include lint sim src tests; do
    [[ -d $folder ]] && folders+=("$folder")
  done
  find "${folders[@]}" -name testdata -prune -o \
    \( -name '*.h' -o -name '*.cc' \) ! -name '*.gen.h' -print | sort
}
