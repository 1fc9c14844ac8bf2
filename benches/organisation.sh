#!/usr/bin/env bash
# An audit of real repositories: the same answer whole, in shards of which one is killed, and from clones.
#
#   benches/organisation.sh REPOSITORY…       bare mirrors; KEYDREDGE names the program, WORK a folder with room
#
# Prints what each run took, and whether the merged answer of four shards under `xargs -P 2`, of which one worker is killed
# in the middle and all are started again, has the same bytes as the unsharded one; that a missing receipt ends the merge
# with 3; and how much disk the folder of clones took at most, beside the largest clone. Ends with 1 if one of these does not
# hold.
set -u
here=$(cd "$(dirname "$0")" && pwd)
keydredge=$(realpath "${KEYDREDGE:-$here/../target/release/keydredge}")
work=$(mktemp -d -p "${WORK:-${TMPDIR:-/tmp}}")
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 XDG_STATE_HOME=$work/state XDG_CACHE_HOME=$work/cache
unset CI
paths=()
for repository in "$@"; do paths+=("$(realpath "$repository")"); done
cd "$work" || exit 2
wrong=0
fail() { echo "WRONG: $1" >&2; wrong=1; }

# timed NAME COMMAND…: wall and processor seconds of a command and of what it started
timed() {
    local name=$1 code=0
    shift
    command time -o "$name.time" -f '%e s, processor %U + %S s, largest process %M kB' "$@" >"$name.said" 2>&1 || code=$?
    echo "$name: exit $code, $(tail -n 1 "$name.time")"
}

# merged NAME LIST: the exit code of the merge of folder NAME, whose answer goes to NAME.jsonl
merged() {
    local code=0
    "$keydredge" audit merge "$1" --list "$2" -f jsonl -o "$1.jsonl" || code=$?
    echo "$code"
}

receipts() { find "$1" -name '*.json' 2>/dev/null | wc -l; }

"$keydredge" audit list "${paths[@]}" -o list
timed whole "$keydredge" audit run --list list --out whole --exit-zero
tail -n 2 whole.said
echo "whole: merge exits $(merged whole list), $(grep -c '"type":"finding"' whole.jsonl) findings over $# repositories"

shards() {
    seq 4 | xargs -P 2 -I{} "$keydredge" audit run --list list --shard {}/4 --out shards --exit-zero
}
kill_one() {
    # In the middle: a quarter of the receipts is there.
    until [ "$(receipts shards)" -ge $((($# + 3) / 4)) ]; do sleep 0.05; done
    local victim
    victim=$(pgrep -f "^$keydredge audit run --list list --shard .*--out shards" | head -n 1)
    kill -KILL "$victim" && echo "shards: killed one worker with $(receipts shards) of $# receipts"
}
kill_one "$@" &
shards >shards.said 2>&1
wait
code=$(merged shards list)
echo "shards: after the kill $(receipts shards) receipts, merge exits $code"
[ "$(receipts shards)" -lt $# ] && [ "$code" != 3 ] && fail "a merge without all receipts ended with $code"
timed again bash -c "$(declare -f shards); keydredge=$keydredge; shards"
echo "shards: merge exits $(merged shards list)"
cmp shards.jsonl whole.jsonl && echo 'shards: the same bytes as unsharded' || fail 'shards have another answer'
rm -f "$(find shards -name '*.json' | sort | head -n 1)"
code=$(merged shards list)
echo "a missing receipt: merge exits $code"
[ "$code" = 3 ] || fail "a missing receipt ended with $code"

# From clones, of what HEAD reaches: a stored copy may lack objects of other refs, and git then refuses to serve them.
for path in "${paths[@]}"; do
    git clone -q --bare --single-branch --no-tags "$path" "heads/$(basename "$path")"
    echo "file://$work/heads/$(basename "$path")"
done >urls
"$keydredge" audit list --from urls -o urls.list
largest=0
watch_disk() {
    local most=0 now
    while [ ! -e done ]; do
        now=$(du -sk clones 2>/dev/null | cut -f1)
        [ "${now:-0}" -gt "$most" ] && most=$now
        sleep 0.2
    done
    echo "$most" >most
}
watch_disk &
timed cloned "$keydredge" audit run --list urls.list --out cloned --work clones --exit-zero
touch done
wait
tail -n 2 cloned.said
for path in heads/*; do
    git clone -q --mirror --no-local "file://$work/$path" one.git
    size=$(du -sk one.git | cut -f1)
    rm -rf one.git
    [ "$size" -gt "$largest" ] && largest=$size
done
echo "clones: $(cat most) kB of disk at most; the largest of them has $largest kB"
[ "$(cat most)" -lt $((2 * largest)) ] || fail 'clones took more than twice the largest'
echo "cloned: merge exits $(merged cloned urls.list), $(grep -c '"type":"finding"' cloned.jsonl) findings"
exit "$wrong"
