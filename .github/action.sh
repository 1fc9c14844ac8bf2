#!/usr/bin/env bash
# What action.yml runs. Everything comes in through the environment, so that no value of an event is ever
# part of a command, and the script can be run without GitHub (tests/cli/integrations.rs does).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ -z "${KEYDREDGE:-}" ]; then
    cargo build --release --locked --manifest-path "$here/Cargo.toml"
    KEYDREDGE="${CARGO_TARGET_DIR:-$here/target}/release/keydredge"
fi
sarif=${KEYDREDGE_SARIF:-keydredge.sarif}
case $sarif in
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
    echo "exit-code=$code" >>"$GITHUB_OUTPUT"
fi
exit "$code"
