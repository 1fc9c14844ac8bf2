#!/usr/bin/env bash
# Whole histories, keydredge and what is installed of its peers in turn: wall seconds, peak memory, findings.
#
#   benches/peers.sh REPOSITORY…        bare mirrors; ROUNDS=3 by default
#
# Peers run with their default rules and without the network. Peak anonymous memory (RssAnon) is sampled
# every 20 ms; the maximum resident set, mapped pages with it, is what GNU time tells.
set -u
rounds=${ROUNDS:-3}
keydredge=${KEYDREDGE:-$(dirname "$0")/../target/release/keydredge}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# measure NAME COMMAND…: appends "seconds anonymous-MB maximum-MB" to $work/NAME
measure() {
    local name=$1 anon=0 now
    shift
    /usr/bin/time -o "$work/time" -f '%e %M' "$@" >"$work/$name.out" 2>/dev/null &
    local timer=$!
    sleep 0.01
    while kill -0 "$timer" 2>/dev/null; do
        for child in $(pgrep -P "$timer"); do
            now=$(awk '/^RssAnon/ {print $2}' "/proc/$child/status" 2>/dev/null)
            [ "${now:-0}" -gt "$anon" ] && anon=$now
        done
        sleep 0.02
    done
    wait "$timer"
    tail -n 1 "$work/time" | awk -v anon="$anon" '{printf "%s %d %d\n", $1, anon / 1000, $2 / 1000}' >>"$work/$name"
}

# median FIELD NAME
median() {
    sort -n -k "$1,$1" "$work/$2" | awk -v field="$1" '{all[NR] = $field} END {print all[int((NR + 1) / 2)]}'
}

printf '%-12s %-12s %9s %9s %9s %9s\n' repository program seconds anon-MB max-MB findings
for repository in "$@"; do
    name=$(basename "$repository" .git)
    rm -f "$work"/*
    for _ in $(seq "$rounds"); do
        measure keydredge "$keydredge" history "$repository" -f jsonl --no-ignore
        command -v kingfisher >/dev/null &&
            measure kingfisher kingfisher scan "$repository" --no-validate --no-update-check -f jsonl
        measure rev-list git -C "$repository" rev-list --objects --all --missing=allow-any
    done
    for program in keydredge kingfisher rev-list; do
        [ -s "$work/$program" ] || continue
        findings=-
        [ "$program" = keydredge ] && findings=$(grep -c '"type":"finding"' "$work/$program.out")
        [ "$program" = kingfisher ] && findings=$(grep -c '"rule"' "$work/$program.out")
        printf '%-12s %-12s %9s %9s %9s %9s\n' "$name" "$program" "$(median 1 $program)" "$(median 2 $program)" "$(median 3 $program)" "$findings"
    done
done
