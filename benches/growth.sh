#!/usr/bin/env bash
# Growth: one repository that holds all those named, against the sum of theirs.
#
#   benches/growth.sh REPOSITORY…       bare mirrors; ROUNDS=3 by default
#
# The one borrows their objects as alternates and has all their refs, each under `refs/<name>/`, so that all is
# reachable and nothing is copied. Each repository, the one, and the one with `--max-memory 400M` are run in turn,
# without the cache. Prints the rows of RESULTS.md and the ratio of the medians. The one must read all objects of the
# others (those that two of them share once), and tell as many findings with the limit as without; else it is said
# and the exit code is 1.
set -u
here=$(dirname "$0")
rounds=${ROUNDS:-3}
keydredge=${KEYDREDGE:-$here/../target/release/keydredge}
work=$(mktemp -d -p "${WORK:-${TMPDIR:-/tmp}}")
trap 'rm -rf "$work"' EXIT
# shellcheck source=measure.sh
. "$here/measure.sh"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
unset CI
export XDG_STATE_HOME=$work/.state XDG_CACHE_HOME=$work/.cache

cold=()
has_flag --no-cache && cold=(--no-cache)
history() {
    local name=$1 repository=$2
    shift 2
    measure "$name" "$keydredge" history "$repository" -f jsonl --no-ignore "${cold[@]}" "$@"
}

# objects NAME: how many objects the last run read
objects() {
    tail -n 1 "$work/$1.out" | grep -o '"objects":{[^}]*}' | grep -o '[0-9]\+' | awk '{sum += $1} END {print sum}'
}

all=$work/all.git
git init -q --bare "$all"
rm -rf "$all/refs/heads" "$all/hooks"
for repository in "$@"; do
    name=$(basename "$repository" .git)
    # A warm page cache for whoever comes first.
    cat "$repository"/objects/pack/* >/dev/null
    realpath "$repository/objects" >>"$all/objects/info/alternates"
    git -C "$repository" for-each-ref --format="%(objectname) refs/$name/%(refname)" | sed 's| refs/\([^/]*\)/refs/| refs/\1/|'
done >"$all/packed-refs"
mkdir -p "$all/refs/heads"

for _ in $(seq "$rounds"); do
    for repository in "$@"; do
        history "one-$(basename "$repository" .git)" "$repository"
    done
    history all "$all"
    history limited "$all" --max-memory 400M
done

echo '| repository | objects | s | processor s | anonymous MB | maximum MB | findings |'
echo '|---|---|---|---|---|---|---|'
row() {
    echo "| $1 | $(objects "$2") | $(median 1 "$2") | $(median 4 "$2") | $(median 2 "$2") | $(median 3 "$2") | $(findings "$2") |"
}
sum=0
work_sum=0
for repository in "$@"; do
    name=$(basename "$repository" .git)
    row "$name" "one-$name"
    sum=$(echo "$sum $(median 1 "one-$name")" | awk '{print $1 + $2}')
    work_sum=$(echo "$work_sum $(median 4 "one-$name")" | awk '{print $1 + $2}')
done
row 'all in one' all
row 'all in one, `--max-memory 400M`' limited
echo
compare() {
    echo "$2 $(median "$3" all) $(median "$3" limited)" | awk -v what="$1" '{
        printf "%s: the sum is %.2f s, all in one takes %.2f times that, under the limit %.2f times.\n", what, $1, $2 / $1, $3 / $1}'
}
compare 'Wall time' "$sum" 1
compare 'Processor time' "$work_sum" 4

wrong=0
expected=$(git -C "$all" cat-file --batch-all-objects --unordered --batch-check=x | wc -l)
for run in all limited; do
    if [ "$(objects $run)" != "$expected" ] || [ "$(findings $run)" != "$(findings all)" ]; then
        echo "WRONG: $run read $(objects $run) objects and told $(findings $run) findings; git lists $expected objects" >&2
        wrong=1
    fi
done
exit "$wrong"
