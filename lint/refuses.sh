#!/usr/bin/env bash
# refuses.sh TEXT COMMAND…: passes if the command fails and says TEXT.
text=$1
shift
if out=$("$@" 2>&1); then
  echo "accepted: $*"
  exit 1
fi
printf '%s\n' "$out"
[[ $out == *"$text"* ]]
