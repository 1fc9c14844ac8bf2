#!/usr/bin/env bash
# What an audit of forks takes with the cache of their blobs and without it.
#
#   benches/forks.sh REPOSITORY [FORKS]       a bare mirror, and how many forks of it; 20 by default
#
# Each fork has three commits of its own. All are listed as file:// URLs, so that they are cloned as from a forge. Prints
# wall and processor seconds of both runs with what one clone takes, the size of the cache, and how many blobs were known;
# ends with 1 unless the merged answers have the same bytes. KEYDREDGE names the program, WORK a folder with room for two
# copies of the repository.
set -u
here=$(cd "$(dirname "$0")" && pwd)
keydredge=$(realpath "${KEYDREDGE:-$here/../target/release/keydredge}")
origin=$(realpath "$1") count=${2:-20}
work=$(mktemp -d -p "${WORK:-${TMPDIR:-/tmp}}")
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 XDG_STATE_HOME=$work/state XDG_CACHE_HOME=$work/cache
for name in AUTHOR COMMITTER; do export "GIT_${name}_NAME=A" "GIT_${name}_EMAIL=a@example.org"; done
unset CI
cd "$work" || exit 2
for at in $(seq "$count"); do
    fork=forks/fork$at.git
    # Of HEAD alone: a stored copy may lack objects of other refs, and git then refuses to serve them.
    git clone -q --bare --single-branch --no-tags "$origin" "$fork"
    for own in 1 2 3; do
        parent=$(git -C "$fork" rev-parse HEAD)
        blob=$(printf 'password = "%s"\n' "$(printf 'drawn %s %s' "$at" "$own" | sha256sum | cut -c1-20)" | git -C "$fork" hash-object -w --stdin)
        tree=$({ git -C "$fork" ls-tree HEAD; printf '100644 blob %s\tfork%s.ini\n' "$blob" "$own"; } | git -C "$fork" mktree)
        commit=$(echo "of fork $at" | git -C "$fork" commit-tree "$tree" -p "$parent")
        git -C "$fork" update-ref HEAD "$commit"
    done
    echo "file://$work/$fork"
done >urls
"$keydredge" audit list --from urls -o list
timed() {
    local name=$1 code=0
    shift
    command time -o "$name.time" -f '%e s, processor %U + %S s, largest process %M kB' "$@" >"$name.said" 2>&1 || code=$?
    echo "$name: exit $code, $(tail -n 1 "$name.time")"
}
timed 'one clone' git clone -q --mirror --no-local "file://$work/forks/fork1.git" one.git
rm -rf one.git
for round in $(seq "${ROUNDS:-1}"); do
    rm -rf without with
    timed without "$keydredge" audit run --list list --out without --exit-zero --no-cache
    timed with "$keydredge" audit run --list list --out with --exit-zero
done
tail -n 1 with.said
du -sk with/blobs | sed 's,\t.*, kB of cache,'
for out in without with; do
    "$keydredge" audit merge "$out" --list list -f jsonl -o "$out.jsonl" --exit-zero || true
done
cmp with.jsonl without.jsonl && echo 'the same bytes'
