#!/usr/bin/env bash
# tidy.sh FILE…: clang-tidy on each file, called by script/lint. A file whose own text, headers and
# rules were found clean before, in any clone, is passed over: the user's cache holds the hashes of
# what was clean, for 30 days after they were last of use.
set -uo pipefail
clean=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/keepsake/tidy
mkdir -p "$clean"
find "$clean" -type f -mtime +30 -delete
flags=(-std=c++20 -Iinclude -I. -isystem/usr/include/postgresql -Wno-everything)
status=0
for file in "$@"; do
  # What the file is made of: itself and each header of the project that it includes.
  parts=$(clang++-19 "${flags[@]}" -MM "$file" 2>/dev/null | tr -d '\\' | tr ' ' '\n' |
    grep -E '\.(h|cc)$' | sort -u)
  # shellcheck disable=SC2086
  hash=$({ clang-tidy-19 --version && cat .clang-tidy "${BASH_SOURCE[0]}" &&
    sha256sum $parts | sed "s|$PWD/||"; } | sha256sum | cut -c1-32)
  if [[ -n $parts && -e $clean/$hash ]]; then
    touch "$clean/$hash"
    continue
  fi
  if clang-tidy-19 --quiet "$file" -- "${flags[@]}" 2>"$clean/$$.err"; then
    : >"$clean/$hash"
  else
    grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -header-filter' "$clean/$$.err"
    status=1
  fi
done
rm -f "$clean/$$.err"
exit "$status"
