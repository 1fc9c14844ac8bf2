#!/usr/bin/env bash
# What action.yml runs. Everything comes in through the environment, so that no value of an event is ever
# part of a command, and the script can be run without GitHub (tests/cli/integrations.rs does).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ -z "${KEYDREDGE:-}" ]; then
    cargo build --release --locked --manifest-path "$here/Cargo.toml"
    KEYDREDGE="${CARGO_TARGET_DIR:-$here/target}/release/keydredge"
fi
# By default action.yml names no file, and the report gets a new folder of its own. In the checkout a pull request
# could bring a link of its name: keydredge writes through none, and the check would fail for that alone.
sarif=${KEYDREDGE_SARIF-keydredge.sarif}
case $sarif in
    *$'\n'*)
        echo "The path of the SARIF report has a line break in it." >&2
        exit 2
        ;;
    "") sarif=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/keydredge.XXXXXXXX")/keydredge.sarif || exit 2 ;;
    /*) ;;
    *) sarif=$PWD/$sarif ;;
esac
cd -- "${KEYDREDGE_PATH:-.}"

flags=(--min-confidence "${KEYDREDGE_MIN_CONFIDENCE:-medium}" --fail-on "${KEYDREDGE_FAIL_ON:-low}" --report "sarif=$sarif")
base=${KEYDREDGE_BASE:-}
head=${KEYDREDGE_HEAD:-HEAD}
code=0
if [ -z "${base//0/}" ]; then
    echo "There is no base to compare with (a new branch, or no pull request): scanning the files as they are."
    "$KEYDREDGE" scan "${flags[@]}" . || code=$?
else
    "$KEYDREDGE" diff "${flags[@]}" -- "$base..$head" || code=$?
fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf '%s\n' "exit-code=$code" "sarif=$sarif" >>"$GITHUB_OUTPUT"
fi
exit "$code"
