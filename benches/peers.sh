#!/usr/bin/env bash
# Whole histories: keydredge and what is installed of its peers in turn, then keydredge again with its cache.
#
#   benches/peers.sh REPOSITORY…        bare mirrors; ROUNDS=3 by default
#
# Prints the rows of RESULTS.md. Peers run with their default rules and without the network; keydredge's first column
# is without its cache (`--no-cache`, where this build has one). "Again" is a second run with nothing new, "one commit"
# one after a commit that brings one file: both in a copy by hard links, so that nothing is written to REPOSITORY.
# Finding counts must be the same in each run of keydredge; where they are not, it is said and the exit code is 1.
set -u
here=$(dirname "$0")
rounds=${ROUNDS:-3}
keydredge=${KEYDREDGE:-$here/../target/release/keydredge}
work=$(mktemp -d -p "${WORK:-${TMPDIR:-/tmp}}")
trap 'rm -rf "$work"' EXIT
# shellcheck source=measure.sh
. "$here/measure.sh"
# A user's own configuration of git is none of the measurement's, and with `CI` set there is no cache.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
unset CI
export XDG_STATE_HOME=$work/.state XDG_CACHE_HOME=$work/.cache
export GIT_AUTHOR_NAME=bench GIT_AUTHOR_EMAIL=bench@example.org
export GIT_COMMITTER_NAME=bench GIT_COMMITTER_EMAIL=bench@example.org

cold=()
caches=
if has_flag --no-cache; then
    cold=(--no-cache)
    caches=yes
fi
wrong=0
ratios=()

# expect NAME COUNT: the last run told so many findings
expect() {
    local told
    told=$(findings "$1")
    if [ "$told" != "$2" ]; then
        echo "WRONG: $1 told $told findings, the run before $2" >&2
        wrong=1
    fi
}

# commit REPOSITORY NUMBER: a commit on HEAD that brings one file without a secret
commit() {
    local blob tree head
    export GIT_INDEX_FILE=$work/index
    rm -f "$work/index"
    git -C "$1" read-tree HEAD
    blob=$(seq "$2" "$(($2 + 40))" | git -C "$1" hash-object -w --stdin)
    git -C "$1" update-index --add --cacheinfo "100644,$blob,bench-$2.txt"
    tree=$(git -C "$1" write-tree)
    head=$(git -C "$1" commit-tree -p HEAD -m "bench $2" "$tree")
    git -C "$1" update-ref HEAD "$head"
    unset GIT_INDEX_FILE
}

echo '| repository | objects | keydredge s (anon / max MB) | kingfisher s (anon / max MB) | times as fast | rev-list s | again s | one commit s | findings |'
echo '|---|---|---|---|---|---|---|---|---|'
for repository in "$@"; do
    name=$(basename "$repository" .git)
    rm -rf "${work:?}"/*
    # A warm page cache for whoever comes first.
    cat "$repository"/objects/pack/* >/dev/null
    for _ in $(seq "$rounds"); do
        measure keydredge "$keydredge" history "$repository" -f jsonl --no-ignore "${cold[@]}"
        command -v kingfisher >/dev/null &&
            measure kingfisher kingfisher scan "$repository" --no-validate --no-update-check -f jsonl
        measure rev-list git -C "$repository" rev-list --objects --all --missing=allow-any
    done
    found=$(findings keydredge)
    objects=$(tail -n 1 "$work/keydredge.out" | grep -o '"objects":{[^}]*}' | grep -o '[0-9]\+' | awk '{sum += $1} END {print sum}')
    if [ -n "$caches" ]; then
        cp -al "$repository" "$work/copy.git" 2>/dev/null || cp -a "$repository" "$work/copy.git"
        rm -rf "$work/copy.git/keydredge"
        measure filling "$keydredge" history "$work/copy.git" -f jsonl --no-ignore
        expect filling "$found"
        for round in $(seq "$rounds"); do
            measure again "$keydredge" history "$work/copy.git" -f jsonl --no-ignore
            expect again "$found"
            commit "$work/copy.git" "$round"
            measure commit "$keydredge" history "$work/copy.git" -f jsonl --no-ignore
            expect commit "$found"
        done
    fi
    ratio=
    if [ -s "$work/kingfisher" ]; then
        ratio=$(echo "$(median 1 kingfisher) $(median 1 keydredge)" | awk '{printf "%.1f", $1 / $2}')
        ratios+=("$ratio")
    fi
    echo "| $name | ${objects:-} | $(median 1 keydredge) ($(median 2 keydredge) / $(median 3 keydredge)) | $(median 1 kingfisher) ($(median 2 kingfisher) / $(median 3 kingfisher)) | $ratio | $(median 1 rev-list) | $(median 1 again) | $(median 1 commit) | $found |"
done
if [ "${#ratios[@]}" -gt 0 ]; then
    echo
    printf '%s\n' "${ratios[@]}" | awk '{sum += log($1); if (NR == 1 || $1 < least) least = $1}
        END {printf "Geometric mean of the times as fast: %.1f; the least: %.1f.\n", exp(sum / NR), least}'
fi
exit "$wrong"
