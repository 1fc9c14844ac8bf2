#!/usr/bin/env bash
# What action.yml runs. Everything comes in through the environment, so that no value of an event is ever
# part of a command, and the script can be run without GitHub (tests/cli/integrations.rs does).
#
# Without a base of the caller's, `keydredge ci` reads the event. Settings are never those of the commits that are judged:
# `ci` and `diff` take them from the base.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ -z "${KEYDREDGE:-}" ]; then
    case ${KEYDREDGE_INSTALL:-release} in
        release) KEYDREDGE=$("$here/.github/install.sh") || exit 2 ;;
        build)
            cargo build --release --locked --manifest-path "$here/Cargo.toml" || exit 2
            KEYDREDGE="${CARGO_TARGET_DIR:-$here/target}/release/keydredge"
            ;;
        *)
            echo "install is \`release\` or \`build\`, and not \`$KEYDREDGE_INSTALL\`." >&2
            exit 2
            ;;
    esac
fi
# Reports get a new folder of their own. In the checkout a pull request could bring a link of their names:
# keydredge writes through none, and the check would fail for that alone.
reports=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/keydredge.XXXXXXXX") || exit 2
sarif=${KEYDREDGE_SARIF-keydredge.sarif}
case $sarif in
    *$'\n'*)
        echo "The path of the SARIF report has a line break in it." >&2
        exit 2
        ;;
    "") sarif=$reports/keydredge.sarif ;;
    /*) ;;
    *) sarif=$PWD/$sarif ;;
esac
cd -- "${KEYDREDGE_PATH:-.}"

flags=(--report "sarif=$sarif")
# What is not given is up to the configuration.
[ -z "${KEYDREDGE_MIN_CONFIDENCE:-}" ] || flags+=(--min-confidence "$KEYDREDGE_MIN_CONFIDENCE")
[ -z "${KEYDREDGE_FAIL_ON:-}" ] || flags+=(--fail-on "$KEYDREDGE_FAIL_ON")
base=${KEYDREDGE_BASE:-}
if [ -n "$base" ] || [ -z "${GITHUB_EVENT_NAME:-}" ]; then
    # `ci` hands these on by itself.
    flags+=(--report "github=$reports/annotations" --report "markdown=$reports/summary.md")
fi
head=${KEYDREDGE_HEAD:-HEAD}
nothing=0000000000000000000000000000000000000000
default=refs/remotes/origin/${KEYDREDGE_DEFAULT_BRANCH:-}

# Not `rev-parse`, which would also find a tag of that name.
has() { git show-ref --quiet --verify -- "$1" 2>/dev/null; }

code=0
if [ -n "${base//0/}" ]; then
    "$KEYDREDGE" diff --policy-from BASE "${flags[@]}" -- "$base..$head" || code=$?
elif [ -z "$base" ] && [ -n "${GITHUB_EVENT_NAME:-}" ]; then
    "$KEYDREDGE" ci --fetch "${flags[@]}" || code=$?
elif has "$default" && git merge-base --is-ancestor -- "$head" "$default" 2>/dev/null; then
    echo "There is no base to compare with, and the commit is on the default branch: scanning the files as they are."
    "$KEYDREDGE" scan "${flags[@]}" . || code=$?
elif has "$default"; then
    echo "There is no base to compare with (a new branch): looking at what the default branch does not have."
    "$KEYDREDGE" diff --policy-from BASE "${flags[@]}" -- "$default..$head" || code=$?
else
    echo "There is no base to compare with, and no default branch: looking at every commit, with no settings of theirs."
    "$KEYDREDGE" diff --policy-from BASE "${flags[@]}" -- "$nothing..$head" || code=$?
fi
if [ -f "$reports/annotations" ]; then
    cat -- "$reports/annotations"
fi
if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$reports/summary.md" ]; then
    cat -- "$reports/summary.md" >>"$GITHUB_STEP_SUMMARY"
fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf '%s\n' "exit-code=$code" "sarif=$sarif" >>"$GITHUB_OUTPUT"
fi
exit "$code"
