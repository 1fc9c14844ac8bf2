# Measuring a command: sourced by the scripts beside it, which set `work` to a directory of their own.
#
# Wall time is taken around the process. Peak anonymous memory (RssAnon) is sampled every 20 ms, without a fork, so
# that sampling takes nothing from what is measured; the maximum resident set, mapped pages with it, is what GNU time
# tells, as it does processor time.

exec {pause}<> <(:)

# anonymous PID: peak of the anonymous memory of the processes under PID, kB, until there are none
anonymous() {
    local peak=0 child key value rest
    while kill -0 "$1" 2>/dev/null; do
        for child in $(<"/proc/$1/task/$1/children"); do
            while read -r key value rest; do
                [ "$key" = RssAnon: ] && [ "$value" -gt "$peak" ] && peak=$value
            done 2>/dev/null <"/proc/$child/status"
        done 2>/dev/null
        read -r -t 0.02 -u "$pause" rest
    done
    echo "$peak"
}

# measure NAME COMMAND…: appends "seconds anonymous-MB maximum-MB processor-seconds" to $work/NAME; its output is in $work/NAME.out
measure() {
    local name=$1 start end timer anon
    shift
    start=$EPOCHREALTIME
    /usr/bin/time -o "$work/time" -f '%M %U %S' "$@" >"$work/$name.out" 2>"$work/$name.err" &
    timer=$!
    anonymous "$timer" >"$work/anonymous" &
    wait "$timer"
    end=$EPOCHREALTIME
    wait
    anon=$(cat "$work/anonymous")
    tail -n 1 "$work/time" | awk -v start="$start" -v end="$end" -v anon="$anon" \
        '{printf "%.3f %d %d %.2f\n", end - start, anon / 1000, $1 / 1000, $2 + $3}' >>"$work/$name"
}

# median FIELD NAME: 1 is seconds, 2 anonymous MB, 3 maximum MB, 4 processor
# seconds; nothing where NAME was not measured
median() {
    [ -s "$work/$2" ] || return 0
    sort -n -k "$1,$1" "$work/$2" | awk -v field="$1" '{all[NR] = $field} END {print all[int((NR + 1) / 2)]}'
}

# findings NAME: how many keydredge told in its last run (`-f jsonl`)
findings() {
    grep -c '"type":"finding"' "$work/$1.out"
}

# has_flag FLAG: whether `history` of this build knows it
has_flag() {
    "$keydredge" history --help 2>/dev/null | grep -q -e "$1"
}
