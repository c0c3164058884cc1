#!/usr/bin/env bash
# Checks many device trees, one after the other, and keeps a SARIF and a JUnit file for each.
#
#   action/check-trees.sh RESULTS FAIL_ON TREE... [-- OPTION...]
#
# RESULTS   folder for BOARD.sarif and BOARD.xml, made when it is not there; the parts of a tree's path are joined by "-"
# FAIL_ON   error, warning, note or none
# TREE      a .dtb, or a folder: every .dtb below it
# OPTION    further options of "coalloc check"
#
# Exit code: 0 no finding at or above FAIL_ON, 1 some, 2 no tree at all, 3 a tree that could not be checked (the others still are).
set -u

if [ $# -lt 3 ]; then
  echo "usage: check-trees.sh RESULTS FAIL_ON TREE... [-- OPTION...]" >&2
  exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
results=$1
fail_on=$2
shift 2

trees=()
while [ $# -gt 0 ] && [ "$1" != "--" ]; do
  if [ -d "$1" ]; then
    while IFS= read -r -d '' tree; do trees+=("$tree"); done < <(find "$1" -name '*.dtb' -print0 | sort -z)
  else
    trees+=("$1")
  fi
  shift
done
[ "${1-}" = "--" ] && shift
if [ ${#trees[@]} -eq 0 ]; then
  echo "check-trees.sh: no .dtb among what was named" >&2
  exit 2
fi

mkdir -p "$results"
found=0
unread=0
for tree in "${trees[@]}"; do
  name=${tree#./}
  name=${name#/}
  name=${name%.dtb}
  name=${name//\//-}
  check=(node "$here/bin/coalloc.js" check "$tree" --fail-on "$fail_on" "$@")
  echo "::group::$tree"
  "${check[@]}"
  code=$?
  echo "::endgroup::"
  if [ $code -gt 1 ]; then
    echo "::error file=$tree::coalloc check ended with code $code"
    unread=$((unread + 1))
    continue
  fi
  [ $code -eq 1 ] && found=$((found + 1))
  "${check[@]}" --sarif >"$results/$name.sarif"
  "${check[@]}" --junit >"$results/$name.xml"
done

echo "${#trees[@]} trees: $found with findings at or above $fail_on, $unread not readable"
[ $unread -gt 0 ] && exit 3
[ $found -gt 0 ] && exit 1
exit 0
